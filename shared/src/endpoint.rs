//! The only place that builds a management URL.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The base URL of `@connections` of one stage, such as `https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev`.
///
/// ```
/// use parlor::Endpoint;
///
/// let endpoint: Endpoint = "https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev".parse()?;
/// let host = "abcdef1234.execute-api.us-east-1.amazonaws.com";
/// assert_eq!(endpoint, Endpoint::of_stage(host, "dev", "abcdef1234", "us-east-1"));
/// # Ok::<(), parlor::InvalidEndpoint>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint(String);

impl Endpoint {
    /// Derives the endpoint from an event's fields.
    ///
    /// | host of the event | endpoint |
    /// |---|---|
    /// | `{api}.execute-api.{region}.amazonaws.com` | `https`, that host, the stage |
    /// | a custom domain | the execute-api host of the API: a custom domain needs its mapping key instead of the stage, and no event has that key |
    /// | a host with a port, as the local stack has | `http`, that host and port, the stage |
    ///
    /// An API whose execute-api endpoint is disabled needs `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI`, which
    /// [`Sockets`](crate::Sockets) prefers to any endpoint.
    pub fn of_stage(domain_name: &str, stage: &str, api_id: &str, region: &str) -> Self {
        if has_port(domain_name) {
            Self(format!("http://{domain_name}/{stage}"))
        } else if domain_name.contains(".execute-api.") {
            Self(format!("https://{domain_name}/{stage}"))
        } else {
            let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
            Self(format!("https://{api_id}.execute-api.{region}.{suffix}/{stage}"))
        }
    }

    /// The URL, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let url = url.trim_end_matches('/');
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or(InvalidEndpoint)?;
        let has_host = !rest.is_empty() && !rest.starts_with('/');
        let is_plain = rest.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'@'));
        if has_host && is_plain { Ok(Self(url.to_owned())) } else { Err(InvalidEndpoint) }
    }
}

impl TryFrom<String> for Endpoint {
    type Error = InvalidEndpoint;

    fn try_from(url: String) -> Result<Self, Self::Error> {
        url.parse()
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.0
    }
}

/// The text is not an `http` or `https` URL of a stage.
///
/// ```
/// use parlor::{Endpoint, InvalidEndpoint};
///
/// assert_eq!("wss://example.com/dev".parse::<Endpoint>(), Err(InvalidEndpoint));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the URL of a stage")]
pub struct InvalidEndpoint;

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// API Gateway listens at port 443 only, and domain names in its events have no port.
fn has_port(domain_name: &str) -> bool {
    domain_name.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_of_stages_are_endpoints() {
        for url in ["https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev", "http://127.0.0.1:3001/dev/"] {
            let endpoint: Endpoint = url.parse().unwrap();
            assert_eq!(endpoint.as_str(), url.trim_end_matches('/'));
        }
        for text in
            ["", "https://", "https:///dev", "wss://host/dev", "host/dev", "https://user@host/dev", "https://a b"]
        {
            assert_eq!(text.parse::<Endpoint>(), Err(InvalidEndpoint), "{text}");
        }
    }

    #[test]
    fn endpoints_follow_the_host_of_the_event() {
        let table = [
            (
                "abcdef1234.execute-api.us-east-1.amazonaws.com",
                "us-east-1",
                "https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev",
            ),
            (
                "abcdef1234.execute-api.cn-north-1.amazonaws.com.cn",
                "cn-north-1",
                "https://abcdef1234.execute-api.cn-north-1.amazonaws.com.cn/dev",
            ),
            ("ws.example.com", "eu-west-1", "https://abcdef1234.execute-api.eu-west-1.amazonaws.com/dev"),
            ("ws.example.com.cn", "cn-north-1", "https://abcdef1234.execute-api.cn-north-1.amazonaws.com.cn/dev"),
            ("192.168.1.5:3001", "us-east-1", "http://192.168.1.5:3001/dev"),
            ("laptop.local:3001", "us-east-1", "http://laptop.local:3001/dev"),
            ("localhost.example.com", "us-east-1", "https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev"),
            ("127.0.0.1:3001", "us-east-1", "http://127.0.0.1:3001/dev"),
            ("localhost:3001", "us-east-1", "http://localhost:3001/dev"),
            ("[::1]:3001", "us-east-1", "http://[::1]:3001/dev"),
        ];
        for (domain_name, region, expected) in table {
            let endpoint = Endpoint::of_stage(domain_name, "dev", "abcdef1234", region);
            assert_eq!(endpoint.as_str(), expected, "for {domain_name}");
        }
    }
}
