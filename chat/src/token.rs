//! A chat token: the secret that opens one connection.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ChatClaims;

/// Random bytes of a token: as many as its hash has.
const SECRET_BYTES: usize = 32;

/// Characters of a token: its bytes in base64url without padding.
const TOKEN_LENGTH: usize = (SECRET_BYTES * 8).div_ceil(6);

/// Characters of a fingerprint, with 6 bits each. With 96 bits, no second token has the fingerprint of a given one.
const FINGERPRINT_LENGTH: usize = 16;

/// A chat token as its bearer knows it. Only its hash is ever stored, so whoever reads the table can open nothing.
pub struct ChatToken(String);

impl ChatToken {
    /// A new secret. Base64url without padding: it must be a legal `Sec-WebSocket-Protocol`, where `=` is not.
    pub(crate) fn random() -> Self {
        let mut secret = [0; SECRET_BYTES];
        rand::rng().fill_bytes(&mut secret);
        Self(URL_SAFE_NO_PAD.encode(secret))
    }

    /// The token that a client offers as its only or first subprotocol. `None` if that cannot be a token: it is not looked up.
    pub fn offered<'a>(mut protocols: impl Iterator<Item = &'a str>) -> Option<Self> {
        let is_token = |text: &&str| {
            text.len() == TOKEN_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        protocols.next().filter(is_token).map(|token| Self(token.to_owned()))
    }

    /// Whether these are the claims of this token. A client must not open a connection with the claims of one token and redeem
    /// another.
    pub fn has_claims(&self, claims: &ChatClaims) -> bool {
        self.fingerprint() == claims.token
    }

    /// The text that the bearer offers, and that must be echoed to it.
    pub fn into_protocol(self) -> String {
        self.0
    }

    pub(crate) fn fingerprint(&self) -> TokenFingerprint {
        TokenFingerprint(self.hash().chars().take(FINGERPRINT_LENGTH).collect())
    }

    /// What the table knows the token by.
    pub(crate) fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.as_bytes()))
    }
}

/// The beginning of a token's hash, by which a session knows its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenFingerprint(String);

impl fmt::Debug for ChatToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ChatToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_legal_subprotocol_and_no_secret_of_its_hash() {
        let token = ChatToken::random();
        assert_ne!(token.hash(), ChatToken::random().hash());
        assert!(!format!("{token:?}{}", token.hash()).contains(&token.0));
        let protocol = token.into_protocol();
        assert!(protocol.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{protocol}");
    }
}
