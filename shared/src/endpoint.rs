//! The only place that builds a management URL.

use std::fmt;

/// The base URL of `@connections` of one stage, such as `https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint(String);

impl Endpoint {
    /// Derives the endpoint from what an event says about its API.
    ///
    /// | host of the event | endpoint |
    /// |---|---|
    /// | `{api}.execute-api.{region}.amazonaws.com` | `https`, that host, the stage |
    /// | a custom domain | the execute-api host of the API: a custom domain would want its mapping key instead of the stage, and no event names that key |
    /// | a host with a port, as the local stack | `http`, that host and port, the stage |
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

    /// An endpoint that was written down earlier, by [`Endpoint::as_str`].
    pub(crate) fn recorded(url: String) -> Self {
        Self(url)
    }

    /// The URL, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// API Gateway is at port 443 only, and its domain names have none.
fn has_port(domain_name: &str) -> bool {
    domain_name.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("chat.example.com", "eu-west-1", "https://abcdef1234.execute-api.eu-west-1.amazonaws.com/dev"),
            ("chat.example.com.cn", "cn-north-1", "https://abcdef1234.execute-api.cn-north-1.amazonaws.com.cn/dev"),
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
