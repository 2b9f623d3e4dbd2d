//! The addresses of the stack: for programs that start it, and for the web page.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use crate::command_line::StackOptions;
use crate::web::Site;
use local_core::settings;
use local_gateway::tls::Tls;
use local_sam::Template;

use super::host::Host;
use super::ports::Ports;

/// The address of every service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ready {
    /// Absent for a stack without a page.
    pub(super) web: Option<String>,
    pub(super) web_socket_apis: BTreeMap<String, WebSocketApi>,
    pub(super) http_apis: BTreeMap<String, String>,
    pub(super) lambda: String,
    pub(super) dynamodb: String,
    /// The file to trust for `https` and `wss`; absent without TLS.
    pub(super) certificate_authority: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
pub(super) struct WebSocketApi {
    /// Where clients connect.
    pub(super) url: String,
    /// The URL before `/@connections/{id}`.
    pub(super) management: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    ready: bool,
    ready_ms: u128,
    #[serde(flatten)]
    addresses: &'a Ready,
    region: &'static str,
    credentials: Credentials,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    access_key_id: &'static str,
    secret_access_key: &'static str,
}

impl Ready {
    pub(super) fn new(
        options: &StackOptions,
        template: &Template,
        host: &Host,
        ports: &Ports,
        tls: Option<&Tls>,
    ) -> Self {
        let authority = |listener| host.authority(listener);
        let web_socket_apis =
            template.web_socket_apis.iter().zip(&ports.apis.web_socket_apis).map(|(api, listener)| {
                let path = format!("{}/{}", authority(listener), api.stage);
                let addresses = WebSocketApi { url: format!("ws://{path}"), management: format!("http://{path}") };
                (api.logical_id.clone(), addresses)
            });
        let http_apis = template.http_apis.iter().zip(&ports.apis.http_apis).map(|(api, listener)| {
            // The stage `$default` has no segment in the path.
            let stage = if api.stage == "$default" { String::new() } else { format!("/{}", api.stage) };
            (api.logical_id.clone(), format!("http://{}{stage}", authority(listener)))
        });
        let embedded = || ports.dynamodb.as_ref().map(|listener| format!("http://{}", authority(listener)));
        Self {
            web: ports.web.as_ref().map(|listener| format!("http://{}", authority(listener))),
            web_socket_apis: web_socket_apis.collect(),
            http_apis: http_apis.collect(),
            lambda: format!("http://{}", authority(&ports.lambda)),
            dynamodb: options.dynamodb.clone().or_else(embedded).unwrap_or_default(),
            certificate_authority: tls.map(|tls| tls.trust.authority_file.clone()),
        }
    }

    /// The line that `--json` promises.
    #[expect(clippy::expect_used, reason = "structs and maps with text keys are always JSON")]
    pub(super) fn json(&self, elapsed: Duration) -> String {
        let line = Line {
            ready: true,
            ready_ms: elapsed.as_millis(),
            addresses: self,
            region: settings::REGION,
            credentials: Credentials { access_key_id: settings::ACCESS_KEY, secret_access_key: settings::SECRET_KEY },
        };
        serde_json::to_string(&line).expect("addresses are JSON")
    }

    /// What the web page's server needs; the page itself does not get the credentials.
    pub(super) fn site(&self, directory: PathBuf, authority: String) -> Site {
        let web_socket_apis: BTreeMap<_, _> =
            self.web_socket_apis.iter().map(|(id, api)| (id, json!({ "url": api.url }))).collect();
        let stack = json!({
            "webSocketApis": web_socket_apis,
            "httpApis": self.http_apis.keys().collect::<Vec<_>>(),
            "region": settings::REGION,
            "accountId": settings::ACCOUNT_ID,
        });
        Site { directory, authority, stack, http_apis: self.http_apis.clone() }
    }
}
