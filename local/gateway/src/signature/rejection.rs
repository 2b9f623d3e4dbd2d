//! Why a request was not believed: AWS's words for the caller, plain ones for the person who runs the stack.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::basic_format::basic_format;
use super::caller::Caller;
use super::requirements::{CLOCK_SKEW, SERVICE};
use local_core::settings;

/// Said once by a verifier that lets other access keys pass.
pub(super) const FOREIGN_KEY_WARNING: &str = "a request was signed with an access key that the local stack does not \
    know; such requests are accepted without a check of their signature (`--require-signature` refuses them)";

pub(super) const INVALID_SIGNATURE: &str = "InvalidSignatureException";
const ACCESS_DENIED: &str = "AccessDeniedException";
const INCOMPLETE_SIGNATURE: &str = "IncompleteSignatureException";

/// Why a request was not believed. The answer is always HTTP 403.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// What AWS calls it, for the header `x-amzn-ErrorType`.
    pub error_type: &'static str,
    /// AWS's words, for the caller.
    pub message: String,
    /// Which part is wrong and how to mend it, for the local log. Holds no part of a credential.
    pub reason: String,
}

impl Rejection {
    pub(super) fn new(error_type: &'static str, message: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { error_type, message: message.into(), reason: reason.into() }
    }

    /// The body of the answer as REST APIs, WebSocket APIs and `@connections` send it; HTTP APIs have a plainer form.
    pub(crate) fn body(&self) -> Value {
        // The one member whose name begins otherwise.
        let member = if self.error_type == ACCESS_DENIED { "Message" } else { "message" };
        json!({ member: self.message })
    }
}

pub(super) fn not_signed() -> Rejection {
    Rejection::new(
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
        format!(
            "the request is not signed: sign it with Signature Version 4 for service `{SERVICE}` and region `{}`",
            settings::REGION
        ),
    )
}

pub(super) fn other_scheme(authorization: &str) -> Rejection {
    Rejection::new(
        INCOMPLETE_SIGNATURE,
        format!("Authorization header requires 'Credential' parameter. {}", hashed(authorization)),
        "the request's authorization is not `AWS4-HMAC-SHA256`: sign it with Signature Version 4",
    )
}

pub(super) fn incomplete_header<'a>(
    missing: impl Iterator<Item = &'a str>,
    lacks_date: bool,
    authorization: &str,
) -> Rejection {
    let missing: Vec<&str> = missing.collect();
    let mut message: String =
        missing.iter().map(|name| format!("Authorization header requires '{name}' parameter. ")).collect();
    let mut reason = format!("the `Authorization` header lacks {}", missing.join(", "));
    if lacks_date {
        message.push_str("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
        reason = "a signed request needs an `X-Amz-Date` or a `Date` header".to_owned();
    }
    Rejection::new(INCOMPLETE_SIGNATURE, message + &hashed(authorization), reason)
}

pub(super) fn incomplete_query<'a>(missing: impl Iterator<Item = &'a str>) -> Rejection {
    let missing: Vec<&str> = missing.collect();
    let message = format!(
        "AWS query-string parameters must include {}. Re-examine the query-string parameters.",
        missing.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
    );
    Rejection::new(INCOMPLETE_SIGNATURE, message, format!("the presigned URL lacks {}", missing.join(", ")))
}

pub(super) fn lifetime_out_of_range(longest_seconds: i64) -> Rejection {
    let text = format!("X-Amz-Expires must be a number of seconds from 1 to {longest_seconds}");
    Rejection::new(INCOMPLETE_SIGNATURE, text.clone(), text)
}

pub(super) fn malformed_credential(credential: &str) -> Rejection {
    Rejection::new(
        INCOMPLETE_SIGNATURE,
        format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
        ),
        format!("the credential must look like `KEY/20260102/{}/{SERVICE}/aws4_request`", settings::REGION),
    )
}

pub(super) fn malformed_date(date: &str) -> Rejection {
    Rejection::new(
        INCOMPLETE_SIGNATURE,
        format!("Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"),
        "the request's date is not in the form `20260102T030405Z`",
    )
}

pub(super) fn expired(time: &str, earliest: Timestamp, now: Timestamp) -> Rejection {
    let (earliest, now, skew) = (basic_format(earliest), basic_format(now), CLOCK_SKEW.as_mins());
    Rejection::new(
        INVALID_SIGNATURE,
        format!("Signature expired: {time} is now earlier than {earliest} ({now} - {skew} min.)"),
        format!(
            "the request was signed at {time}, more than {skew} minutes ago: it was held back, or the signer's clock is slow"
        ),
    )
}

pub(super) fn not_yet_current(time: &str, latest: Timestamp, now: Timestamp) -> Rejection {
    let (latest, now, skew) = (basic_format(latest), basic_format(now), CLOCK_SKEW.as_mins());
    Rejection::new(
        INVALID_SIGNATURE,
        format!("Signature not yet current: {time} is still later than {latest} ({now} + {skew} min.)"),
        format!("the request was signed at {time}, more than {skew} minutes ahead: the signer's clock is fast"),
    )
}

pub(super) fn presigned_url_expired(time: &str, now: Timestamp) -> Rejection {
    let now = basic_format(now);
    Rejection::new(
        INVALID_SIGNATURE,
        format!("Signature expired: {time} is now earlier than {now}"),
        format!("the presigned URL of {time} has expired: make a new one, or a longer `X-Amz-Expires`"),
    )
}

pub(super) fn unknown_access_key() -> Rejection {
    Rejection::new(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        format!(
            "the request is signed with an unknown access key; use the local credentials (`{}`)",
            settings::ACCESS_KEY
        ),
    )
}

pub(super) fn access_denied(caller: &Caller, action: &str, resource: &str) -> Rejection {
    let user = caller.user_arn();
    Rejection::new(
        ACCESS_DENIED,
        format!("User: {user} is not authorized to perform: {action} on resource: {resource}"),
        format!(
            "`{user}` may do nothing here: use the local credentials (`{}`), and on AWS a policy that allows `{action}`",
            settings::ACCESS_KEY
        ),
    )
}

pub(super) fn host_not_signed() -> Rejection {
    Rejection::new(
        INVALID_SIGNATURE,
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        "the `Host` header is not among the signed headers",
    )
}

pub(super) fn signature_mismatch(canonical_request: &str, string_to_sign: &str, reason: String) -> Rejection {
    let message = format!(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
         Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this \
         request should have been\n'{canonical_request}'\n\nThe String-to-Sign should have been\n'{string_to_sign}'\n"
    );
    Rejection::new(INVALID_SIGNATURE, message, reason)
}

/// AWS does not repeat an authorization, only its digest.
fn hashed(authorization: &str) -> String {
    let digest = STANDARD.encode(Sha256::digest(authorization));
    format!("(Hashed with SHA-256 and encoded with Base64) Authorization={digest}")
}
