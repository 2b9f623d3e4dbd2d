//! Mock integrations: API Gateway answers by itself.

use http::StatusCode;
use regex_lite::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::gateway::Gateway;
use super::integration_outcome::IntegrationOutcome;
use super::mapping::Scope;
use super::proxy_response::ProxyResponse;
use local_sam::{Mock, Route};

/// The key of the response that takes what no other does.
const DEFAULT: &str = "$default";

/// What a request template is evaluated to.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    status_code: u16,
}

/// Asks `mock` about `event`.
pub(super) fn ask(gateway: &Gateway, route: &Route, mock: &Mock, event: &Value) -> IntegrationOutcome {
    let body = event["body"].as_str().unwrap_or_default();
    let scope = Scope { context: &event["requestContext"], stage_variables: &gateway.api.stage_variables, body };
    let requested: Option<Request> = serde_json::from_str(&scope.evaluate(&mock.request)).ok();
    let Some(status) = requested.and_then(|request| StatusCode::from_u16(request.status_code).ok()) else {
        return IntegrationOutcome::Broken("the mock's request template gives no JSON with a `statusCode`".to_owned());
    };
    // One-way routes need no response.
    if !route.returns_response {
        return IntegrationOutcome::Answered(ProxyResponse::new(status, None));
    }
    match response(mock, status) {
        Some(template) => {
            let body = template.as_deref().map(|template| scope.evaluate(template));
            IntegrationOutcome::Answered(ProxyResponse::new(status, body))
        }
        None => IntegrationOutcome::Broken(format!("the mock has no integration response for {}", status.as_u16())),
    }
}

/// The integration response for `status`: by its number, by a pattern, or the one for all.
fn response(mock: &Mock, status: StatusCode) -> Option<&Option<String>> {
    let matches = |key: &str| {
        let pattern = key.strip_prefix('/').and_then(|key| key.strip_suffix('/'));
        let pattern = pattern.and_then(|pattern| Regex::new(&format!("^(?:{pattern})$")).ok());
        pattern.is_some_and(|pattern| pattern.is_match(status.as_str()))
    };
    let by_pattern = || mock.responses.iter().find(|(key, _)| matches(key)).map(|(_, template)| template);
    mock.responses.get(status.as_str()).or_else(by_pattern).or_else(|| mock.responses.get(DEFAULT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_chosen_by_number_then_by_pattern_then_by_default() {
        let responses =
            [("201", "number"), (r"/2\d{2}/", "pattern"), ("$default", "default"), ("/(/", "no pattern at all")];
        let responses = responses.map(|(key, text)| (key.to_owned(), Some(text.to_owned()))).into();
        let mock = Mock { request: String::new(), responses };
        for (status, expected) in [(201, "number"), (200, "pattern"), (404, "default")] {
            let found = response(&mock, StatusCode::from_u16(status).unwrap()).unwrap();
            assert_eq!(found.as_deref(), Some(expected), "{status}");
        }
        assert_eq!(response(&Mock::default(), StatusCode::OK), None);
    }
}
