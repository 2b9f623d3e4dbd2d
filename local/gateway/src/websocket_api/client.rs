//! A client, as the gateway knows it from its handshake on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use local_core::faults::{ConnectionTarget, Faults, Marks};

use super::handshake_request::HandshakeRequest;
use super::identifiers;
use crate::signature::Caller;

/// What is known of a client from its handshake on.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) connection_id: String,
    pub(super) connected_at: Timestamp,
    pub(super) source_ip: String,
    pub(super) user_agent: Option<String>,
    /// Who signed the handshake, if the API asks for that.
    pub(super) caller: Option<Caller>,
    /// The API key of the handshake, if the API asks for one.
    pub(super) api_key: Option<String>,
    /// The authorizer's context and principal, if there is an authorizer.
    pub(super) authorizer: Option<BTreeMap<String, String>>,
    /// Which faults may choose the connection.
    pub(super) marks: Marks,
}

impl Client {
    /// Who sent `asked`, and at this moment.
    pub(super) fn of(asked: &HandshakeRequest, faults: &Faults) -> Self {
        Self {
            connection_id: identifiers::mint(),
            connected_at: Timestamp::now(),
            source_ip: asked.source_ip.clone(),
            user_agent: asked.user_agent.clone(),
            caller: None,
            api_key: None,
            authorizer: None,
            marks: faults.marks(asked.query.as_ref(), &asked.headers),
        }
    }

    /// The connection as a fault plan knows it.
    pub(super) fn as_fault_target(&self) -> ConnectionTarget<'_> {
        ConnectionTarget { connection_id: &self.connection_id, marks: &self.marks }
    }
}
