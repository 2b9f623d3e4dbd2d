//! Members that name a review handler.

use serde_json::Value;

use super::Fields;
use crate::room::ReviewHandlerChange;
use crate::{FallbackResult, Field};

/// Longest ARN of a review handler (`LambdaArn` of the ivschat model).
const MAX_FUNCTION_ARN_LENGTH: usize = 170;

impl Fields {
    /// The ARN of a function, or nothing.
    pub(in crate::requests) fn review_uri(&mut self, name: &str) -> Option<String> {
        let uri = self.text(name, 0, MAX_FUNCTION_ARN_LENGTH)?;
        if uri.is_empty() || is_function_arn(&uri) {
            return Some(uri);
        }
        self.wrong(name, "must be the ARN of a function, or empty");
        None
    }

    pub(in crate::requests) fn review_handler(&mut self, name: &str) -> Option<ReviewHandlerChange> {
        let Value::Object(members) = self.get(name)? else {
            self.wrong(name, "must be an object");
            return None;
        };
        let mut inner = Self { members: members.clone(), problems: Vec::new() };
        let uri = inner.review_uri("uri");
        let fallback_result = inner.fallback_result("fallbackResult");
        let is_fine = inner.problems.is_empty();
        self.problems.extend(inner.problems.into_iter().map(|field| Field {
            name: format!("{name}.{}", field.name),
            message: format!("{name}.{}", field.message),
        }));
        is_fine.then_some(ReviewHandlerChange { uri, fallback_result })
    }

    fn fallback_result(&mut self, name: &str) -> Option<FallbackResult> {
        let result = FallbackResult::parse(self.get(name)?.as_str().unwrap_or_default());
        if result.is_none() {
            self.wrong(name, "must be ALLOW or DENY");
        }
        result
    }
}

/// `arn:aws:lambda:[a-z0-9-]+:[0-9]{12}:function:.+`
fn is_function_arn(text: &str) -> bool {
    let mut parts = text.splitn(7, ':');
    let mut next = || parts.next().unwrap_or_default();
    let prefix = [next(), next(), next()] == ["arn", "aws", "lambda"];
    let region = next();
    let account = next();
    let rest = (next(), next());
    prefix
        && !region.is_empty()
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && rest.0 == "function"
        && !rest.1.is_empty()
}
