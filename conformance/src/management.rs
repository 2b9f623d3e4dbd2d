//! A call of `@connections`, signed well or badly.

use tokio::time::timeout;

use crate::shortfall::{Shortfall, Verdict};
use crate::signing::{self, Scope};
use crate::target::{Api, Credentials};
use crate::wire::{Request, Response, exchange};
use crate::world::PATIENCE;

/// A call before it is sent.
#[derive(Clone)]
pub(crate) struct Call {
    api: Api,
    method: &'static str,
    target: String,
    body: Vec<u8>,
    scope: Scope,
    /// `None` is a call without a signature.
    signer: Option<Credentials>,
}

impl Call {
    /// A call about connection `id`, spelt as SDKs spell it.
    pub(crate) fn new(api: &Api, method: &'static str, id: &str, scope: Scope, signer: Credentials) -> Self {
        let target = format!("{}/@connections/{}", api.management.path, id.replace('=', "%3D"));
        Self { api: api.clone(), method, target, body: Vec::new(), scope, signer: Some(signer) }
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Goes to another path of the same host.
    pub(crate) fn target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    pub(crate) fn region(mut self, region: &str) -> Self {
        region.clone_into(&mut self.scope.region);
        self
    }

    pub(crate) fn service(mut self, service: &str) -> Self {
        service.clone_into(&mut self.scope.service);
        self
    }

    pub(crate) fn signed_by(mut self, signer: Option<Credentials>) -> Self {
        self.signer = signer;
        self
    }

    /// Sends it, and tells the answer.
    pub(crate) async fn send(self) -> Verdict<Response> {
        let mut headers = vec![("Connection".to_owned(), "close".to_owned())];
        if let Some(signer) = &self.signer {
            let url = self.api.management.http_url(&self.target);
            let signed = signing::headers(signer, &self.scope, self.method, &url, &self.body);
            headers.extend(signed.map_err(|error| Shortfall::new("a request that can be signed", error))?);
        }
        let request = Request {
            method: self.method.to_owned(),
            target: self.target,
            headers,
            body: self.body,
            receive_buffer: None,
        };
        match timeout(PATIENCE, exchange(&self.api.management, &request)).await {
            Ok(Ok(exchanged)) => Ok(exchanged.response),
            Ok(Err(error)) => Err(Shortfall::new("an answer to the call", error)),
            Err(_) => Err(Shortfall::new("an answer to the call", format!("nothing within {PATIENCE:?}"))),
        }
    }
}
