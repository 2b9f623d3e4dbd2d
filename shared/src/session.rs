//! A session: what the application's own authorizer knows about a client, and until when.

use std::collections::HashMap;
use std::fmt;
use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;

/// The one context key: values must be scalars, and numbers may or may not arrive as text, so the complete session is one
/// text, base64url of JSON.
const CONTEXT_KEY: &str = "session";

/// Claims with an end: a [`crate::AuthorizerResponse`] carries them into every later event of the connection.
///
/// API Gateway does not run the authorizer again for as long as the connection lives, up to two hours. So the end travels
/// with the claims, and [`Session::claims`] checks it each time.
///
/// API Gateway limits an authorizer's response to 8 KB (quotas, "Size of authorizer result"), so the claims must stay well
/// below 6 KB of JSON.
///
/// ```
/// use parlor::{Error, Session};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Claims {
///     user: String,
/// }
///
/// let session = Session::new(Claims { user: "ada".to_owned() }, 1_700_000_000);
/// assert!(matches!(session.claims(), Err(Error::SessionEnded)), "it ended in 2023");
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session<T> {
    ends_at: u64,
    claims: T,
}

/// Without the claims, which may be confidential.
impl<T> fmt::Debug for Session<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Session").field("ends_at", &self.ends_at).finish_non_exhaustive()
    }
}

impl<T> Session<T> {
    /// Claims that are valid until `ends_at`, in seconds since the epoch, such as the `exp` of a JWT.
    pub fn new(claims: T, ends_at: u64) -> Self {
        Self { ends_at, claims }
    }

    /// When the session ends, in seconds since the epoch.
    pub fn ends_at(&self) -> u64 {
        self.ends_at
    }

    /// Whether its end has passed.
    pub fn is_over(&self) -> bool {
        self.ends_at <= UNIX_EPOCH.elapsed().unwrap_or_default().as_secs()
    }

    /// The claims of a session that is not over.
    ///
    /// # Errors
    /// [`Error::SessionEnded`]
    pub fn claims(&self) -> Result<&T, Error> {
        if self.is_over() { Err(Error::SessionEnded) } else { Ok(&self.claims) }
    }

    /// The claims, whether or not the session is over: for cleaning up, never for deciding what a client may do.
    pub fn claims_even_if_over(&self) -> &T {
        &self.claims
    }
}

impl<T: Serialize> Session<T> {
    /// The authorizer context that carries this session.
    pub(crate) fn to_context(&self) -> Result<HashMap<String, Value>, Error> {
        let encoded = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).map_err(Error::Json)?);
        Ok(HashMap::from([(CONTEXT_KEY.to_owned(), Value::String(encoded))]))
    }
}

impl<T: DeserializeOwned> Session<T> {
    pub(crate) fn from_context(context: &HashMap<String, Value>) -> Result<Self, Error> {
        let encoded = context.get(CONTEXT_KEY).and_then(Value::as_str).ok_or(Error::Event("no session"))?;
        let unreadable = Error::Event("a session that cannot be read");
        let Ok(json) = URL_SAFE_NO_PAD.decode(encoded) else { return Err(unreadable) };
        serde_json::from_slice(&json).map_err(|_content| unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR_FUTURE: u64 = 32_503_680_000;

    #[test]
    fn a_session_survives_the_way_through_the_gateway() {
        let session = Session::new(vec!["Zoë 🦀".to_owned()], FAR_FUTURE);
        let read = Session::from_context(&session.to_context().unwrap()).unwrap();
        assert_eq!(read, session);
        assert_eq!(read.claims().unwrap(), &["Zoë 🦀"]);
    }

    #[test]
    fn claims_of_a_session_that_is_over_are_withheld() {
        let session = Session::new("ada", 1_700_000_000);
        assert!(session.is_over());
        assert!(!Session::new("ada", u64::MAX).is_over(), "a JWT may say so");
        assert!(matches!(session.claims(), Err(Error::SessionEnded)));
        assert_eq!(*session.claims_even_if_over(), "ada");
    }

    #[test]
    fn a_context_of_another_authorizer_is_an_error_not_a_panic() {
        for value in [Value::Null, Value::from(3), Value::from("%%"), Value::from("e30")] {
            let context = HashMap::from([(CONTEXT_KEY.to_owned(), value)]);
            assert!(Session::<()>::from_context(&context).is_err());
        }
        assert!(Session::<()>::from_context(&HashMap::new()).is_err());
    }
}
