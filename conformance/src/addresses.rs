//! Where the APIs are, in the forms in which stacks tell it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Address;
use crate::address::InvalidAddress;
use crate::target::{Api, Credentials};

/// What a file of addresses says.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// APIs by their logical ids.
    pub apis: BTreeMap<String, Api>,
    /// The region, if it is said.
    pub region: Option<String>,
    /// The credentials of a local stack.
    pub credentials: Option<Credentials>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Stack(Stack),
    /// The outputs of a CloudFormation stack: each is a WebSocket URL, called like its API.
    Outputs(Vec<Output>),
}

/// The line that `parlor --json` prints.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stack {
    web_socket_apis: BTreeMap<String, Urls>,
    region: Option<String>,
    credentials: Option<Keys>,
}

#[derive(Deserialize)]
struct Urls {
    url: String,
    management: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    output_key: String,
    output_value: String,
}

impl Addresses {
    /// Reads the line of `parlor --json`, or the outputs of the stack on AWS.
    ///
    /// # Errors
    /// It is neither, or an address in it is none; in words.
    pub fn read(text: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(text)
            .map_err(|_| "neither the line that `parlor --json` prints nor the outputs of a stack".to_owned())?;
        let named = |name: String, url: &str, management: Option<&str>| {
            api(url, management).map(|api| (name, api)).map_err(|invalid| invalid.to_string())
        };
        match document {
            Document::Stack(Stack { web_socket_apis, region, credentials }) => {
                let apis =
                    web_socket_apis.into_iter().map(|(name, urls)| named(name, &urls.url, urls.management.as_deref()));
                let credentials = credentials.map(|Keys { access_key_id, secret_access_key, session_token }| {
                    Credentials { access_key_id, secret_access_key, session_token }
                });
                Ok(Self { apis: apis.collect::<Result<_, _>>()?, region, credentials })
            }
            Document::Outputs(outputs) => {
                let apis = outputs.into_iter().map(|output| named(output.output_key, &output.output_value, None));
                Ok(Self { apis: apis.collect::<Result<_, _>>()?, region: None, credentials: None })
            }
        }
    }
}

/// An API by its WebSocket URL. On AWS `@connections` is on the same host, below the same stage.
///
/// # Errors
/// One of the URLs is none.
pub fn api(url: &str, management: Option<&str>) -> Result<Api, InvalidAddress> {
    let url: Address = url.parse()?;
    let management = management.map_or(Ok(url.clone()), str::parse)?;
    Ok(Api { url, management })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_stack_tells_addresses_region_and_credentials() {
        let line = r#"{"ready":true,"webSocketApis":{"MainApi":{"url":"ws://127.0.0.1:3001/dev","management":"http://127.0.0.1:3009/dev"}},
            "region":"us-east-1","credentials":{"accessKeyId":"local","secretAccessKey":"local"}}"#;
        let read = Addresses::read(line).unwrap();
        assert_eq!(read.apis["MainApi"].url.port, 3001);
        assert_eq!(read.apis["MainApi"].management.port, 3009);
        assert_eq!(read.credentials.unwrap().access_key_id, "local");
    }

    #[test]
    fn the_outputs_of_a_stack_tell_addresses() {
        let outputs = r#"[{"OutputKey":"MainApi","OutputValue":"wss://a.execute-api.eu-west-1.amazonaws.com/conformance","Description":"x"}]"#;
        let read = Addresses::read(outputs).unwrap();
        let api = &read.apis["MainApi"];
        assert!(api.management.secure);
        assert_eq!(api.management.path, "/conformance");
        for broken in ["", "{}", "[1]", r#"[{"OutputKey":"A","OutputValue":"nowhere"}]"#] {
            assert!(Addresses::read(broken).is_err(), "{broken}");
        }
    }
}
