//! What an authorizer decided, repeated by API Gateway in every later event of the connection.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;

/// The one context key: values must be scalars, and numbers may or may not arrive as strings, so the whole session is
/// one string, base64url of JSON.
const CONTEXT_KEY: &str = "session";

/// Where a connection belongs, until when, and what else its authorizer wants remembered.
///
/// API Gateway caps an authorizer's result at 8 KB, so `claims` must stay well below 6 KB of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session<T> {
    /// The audience that the connection joins.
    pub group: String,
    /// Whose connection it is. One member may have several.
    pub member: String,
    /// When the session ends, in seconds since the epoch.
    pub ends_at: u64,
    /// Whatever the domain needs with every message.
    pub claims: T,
}

impl<T> Session<T> {
    /// Whether its time has passed.
    pub fn is_over(&self) -> bool {
        UNIX_EPOCH + Duration::from_secs(self.ends_at) <= SystemTime::now()
    }
}

impl<T: Serialize> Session<T> {
    /// The authorizer context that carries this session.
    pub(crate) fn to_context(&self) -> Result<HashMap<&'static str, String>, Error> {
        Ok(HashMap::from([(CONTEXT_KEY, URL_SAFE_NO_PAD.encode(serde_json::to_vec(self)?))]))
    }
}

/// An authorizer context as an event repeats it, not yet read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context(pub(crate) HashMap<String, Value>);

impl Context {
    pub(crate) fn session<T: DeserializeOwned>(&self) -> Result<Session<T>, Error> {
        let encoded = self.0.get(CONTEXT_KEY).and_then(Value::as_str).ok_or(Error::Event("no session"))?;
        let unreadable = Error::Event("a session that cannot be read");
        let Ok(json) = URL_SAFE_NO_PAD.decode(encoded) else {
            return Err(unreadable);
        };
        serde_json::from_slice(&json).map_err(|_cause| unreadable)
    }

    /// The session without its claims: what a handler needs that knows nothing of the domain.
    pub(crate) fn membership(&self) -> Result<Session<IgnoredAny>, Error> {
        self.session()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_survives_the_way_through_the_gateway() {
        let session = Session {
            group: "room".to_owned(),
            member: "Zoë 🦀".to_owned(),
            ends_at: 1_700_000_000,
            claims: vec!["a".to_owned()],
        };
        let context = session.to_context().unwrap();
        let repeated = context.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value))).collect();
        let context = Context(repeated);
        assert_eq!(context.session::<Vec<String>>().unwrap(), session);
        assert_eq!(context.membership().unwrap().member, "Zoë 🦀");
    }

    #[test]
    fn a_context_that_is_not_ours_is_an_error_not_a_panic() {
        for value in [Value::Null, Value::from(3), Value::from("%%"), Value::from("e30")] {
            let context = Context(HashMap::from([(CONTEXT_KEY.to_owned(), value)]));
            assert!(context.session::<()>().is_err());
        }
        assert!(Context::default().session::<()>().is_err());
    }
}
