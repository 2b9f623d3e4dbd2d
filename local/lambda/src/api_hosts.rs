//! The local addresses of the template's APIs, for the variables of functions.

use std::collections::BTreeMap;

/// Follows the id of an API in the host that it has on AWS.
const EXECUTE_API: &str = ".execute-api.";

/// What that host ends with, in the partitions of AWS.
const URL_SUFFIXES: [&str; 2] = [".amazonaws.com", ".amazonaws.com.cn"];

/// API Gateway listens at this port only. A URL may name it.
const PORT: &str = ":443";

/// Schemes on AWS, and those of the local stack's addresses.
const SCHEMES: [(&str, &str); 2] = [("https://", "http://"), ("wss://", "ws://")];

/// The host and port of each API of a template, by the API's id: the `domainName` of the API's events.
#[derive(Clone, Debug, Default)]
pub struct ApiHosts(BTreeMap<String, String>);

impl FromIterator<(String, String)> for ApiHosts {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(hosts: T) -> Self {
        Self(hosts.into_iter().collect())
    }
}

impl ApiHosts {
    /// Replaces the execute-api host of each API in `text` by the local host and port, and `https` and `wss` before it by `http`
    /// and `ws`. The region does not matter: an id belongs to one API.
    ///
    /// The host of any other API stays as it is.
    pub(super) fn localize(&self, text: &str) -> String {
        let mut localized = String::new();
        let mut rest = text;
        while let Some(marker) = rest.find(EXECUTE_API) {
            let (before, from_host) = rest.split_at(rest[..marker].trim_end_matches(is_of_host).len());
            let (host, after) = from_host.split_at(from_host.len() - from_host.trim_start_matches(is_of_host).len());
            match (self.local(host), without_port(after)) {
                (Some(local), Some(after)) => {
                    let (before, scheme) = split_scheme(before);
                    localized.extend([before, scheme, local]);
                    rest = after;
                }
                _ => {
                    localized.extend([before, host]);
                    rest = after;
                }
            }
        }
        localized.push_str(rest);
        localized
    }

    /// The host and port here of the API that has `host` on AWS.
    fn local(&self, host: &str) -> Option<&str> {
        let (api_id, domain) = host.split_once(EXECUTE_API)?;
        let region = URL_SUFFIXES.iter().find_map(|suffix| domain.strip_suffix(suffix))?;
        if region.is_empty() || region.contains('.') {
            return None;
        }
        self.0.get(api_id).map(String::as_str)
    }
}

/// Whether a character may be in the name of a host.
fn is_of_host(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '.'
}

/// The text without the scheme at its end, and the scheme that the local stack has instead.
fn split_scheme(text: &str) -> (&str, &'static str) {
    let found = SCHEMES.iter().find_map(|(scheme, local)| Some((text.strip_suffix(scheme)?, *local)));
    found.unwrap_or((text, ""))
}

/// What follows a host, without API Gateway's port; `None` if it begins with another port.
fn without_port(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(PORT).unwrap_or(text);
    let has_port = |text: &str| text.starts_with(|character: char| character.is_ascii_digit());
    let is_other = has_port(rest) && rest.len() < text.len() || rest.strip_prefix(':').is_some_and(has_port);
    (!is_other).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_api_becomes_its_local_address() {
        let hosts: ApiHosts =
            [("chat012345", "127.0.0.1:3001"), ("http012345", "box.local:3002"), ("v601234567", "[::1]:1")]
                .map(|(id, host)| (id.to_owned(), host.to_owned()))
                .into_iter()
                .collect();
        for (text, expected) in [
            ("https://chat012345.execute-api.us-east-1.amazonaws.com/dev", "http://127.0.0.1:3001/dev"),
            ("wss://chat012345.execute-api.us-east-1.amazonaws.com/dev", "ws://127.0.0.1:3001/dev"),
            ("https://http012345.execute-api.us-east-1.amazonaws.com", "http://box.local:3002"),
            ("https://v601234567.execute-api.us-east-1.amazonaws.com/", "http://[::1]:1/"),
            // Functions that write the scheme themselves get a host: the gateway's port accepts TLS.
            ("chat012345.execute-api.us-east-1.amazonaws.com", "127.0.0.1:3001"),
            ("https://chat012345.execute-api.eu-west-1.amazonaws.com/dev", "http://127.0.0.1:3001/dev"),
            ("https://chat012345.execute-api.cn-north-1.amazonaws.com.cn/dev", "http://127.0.0.1:3001/dev"),
            ("https://chat012345.execute-api.us-east-1.amazonaws.com:443/dev", "http://127.0.0.1:3001/dev"),
            (
                r#"{"é":"wss://chat012345.execute-api.us-east-1.amazonaws.com/dev","b":"https://http012345.execute-api.us-east-1.amazonaws.com"}"#,
                r#"{"é":"ws://127.0.0.1:3001/dev","b":"http://box.local:3002"}"#,
            ),
        ] {
            assert_eq!(hosts.localize(text), expected, "{text}");
        }
    }

    #[test]
    fn a_value_that_names_no_api_of_the_template_stays_as_it_is() {
        let hosts: ApiHosts = [("chat012345".to_owned(), "127.0.0.1:3001".to_owned())].into_iter().collect();
        for text in [
            "",
            "plain é",
            ".execute-api.",
            "https://other01234.execute-api.us-east-1.amazonaws.com/dev",
            "https://a-chat012345.execute-api.us-east-1.amazonaws.com/dev",
            "https://chat012345.execute-api.us-east-1.amazonaws.com.example.com/dev",
            "https://chat012345.execute-api.us-east-1.example.com/dev",
            "https://chat012345.execute-api.amazonaws.com/dev",
            "https://chat012345.execute-api..amazonaws.com/dev",
            "arn:aws:execute-api:us-east-1:123456789012:chat012345/dev/*",
            "https://chat012345.example.com",
            "https://chat012345.execute-api.us-east-1.amazonaws.com:4430/dev",
            "https://chat012345.execute-api.us-east-1.amazonaws.com:8080",
        ] {
            assert_eq!(hosts.localize(text), text);
        }
    }
}
