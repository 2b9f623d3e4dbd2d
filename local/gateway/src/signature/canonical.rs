//! The canonical request: what caller and verifier sign independently of each other
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).

use std::fmt::Write;

use http::request::Parts;
use http::{HeaderMap, HeaderName};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::claim::Claim;
use super::rejection::{self, Rejection};

/// Everything but RFC 3986's unreserved characters is encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// Paths keep their slashes.
const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');
/// A payload hash that stands for any payload.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The text that is signed, and what in it cannot be as the caller meant it.
pub(super) struct CanonicalRequest {
    pub(super) text: String,
    /// Headers that were signed and did not arrive.
    pub(super) missing_headers: Vec<String>,
    /// Whether `x-amz-content-sha256` names another body.
    pub(super) body_differs: bool,
}

impl CanonicalRequest {
    /// Why a signature over another request than this one is rejected.
    pub(super) fn mismatch(&self, string_to_sign: &str) -> Rejection {
        let reason = if self.body_differs {
            "the body is not the one that `x-amz-content-sha256` names: it was changed after signing".to_owned()
        } else if !self.missing_headers.is_empty() {
            format!("signed headers did not arrive: {}", self.missing_headers.join(", "))
        } else {
            "the signature does not match: another secret key, or the request was changed after signing (a proxy that \
         rewrites `Host` or the path does so); the answer shows the canonical request that was expected"
                .to_owned()
        };
        rejection::signature_mismatch(&self.text, string_to_sign, reason)
    }

    pub(super) fn new(claim: &Claim, parts: &Parts, body: &[u8]) -> Self {
        let mut names = claim.signed_headers.clone();
        names.sort_unstable();
        let claimed_hash = header_value(&parts.headers, "x-amz-content-sha256");
        let actual_hash = sha256_hex(body);
        let payload_hash = match claimed_hash.as_deref() {
            Some(UNSIGNED_PAYLOAD) => UNSIGNED_PAYLOAD,
            _ => &actual_hash,
        };
        let mut text = format!(
            "{}\n{}\n{}\n",
            parts.method,
            canonical_path(parts.uri.path()),
            canonical_query(parts.uri.query().unwrap_or_default()),
        );
        for name in &names {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name}:{}", header_value(&parts.headers, name).unwrap_or_default());
        }
        let _ = write!(text, "\n{}\n{payload_hash}", names.join(";"));
        Self {
            text,
            body_differs: claimed_hash.is_some_and(|claimed| claimed != payload_hash),
            missing_headers: names.into_iter().filter(|name| !parts.headers.contains_key(name.as_str())).collect(),
        }
    }
}

pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The wire's path with dot segments and empty segments removed, encoded once more: every service but S3 does so.
fn canonical_path(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let is_directory = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    let slash = if is_directory && !segments.is_empty() { "/" } else { "" };
    format!("/{}{slash}", utf8_percent_encode(&segments.join("/"), RESERVED_IN_PATH))
}

/// Decoded pairs (`+` is a space), encoded again and sorted by their encoded text, without the signature itself.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key != "X-Amz-Signature")
        .map(|(key, value)| (encode(&key), encode(&value)))
        .collect();
    pairs.sort_unstable();
    pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// All values of a header joined with commas, every run of spaces in them made one.
fn header_value(headers: &HeaderMap, name: &str) -> Option<String> {
    let name = HeaderName::try_from(name).ok()?;
    let values: Vec<String> = headers
        .get_all(name)
        .iter()
        .map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        })
        .collect();
    (!values.is_empty()).then(|| values.join(","))
}
