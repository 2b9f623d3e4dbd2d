//! What a signed request says about its signature, before anybody believes it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::HeaderMap;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp, civil};

use super::basic_format::basic_format;
use super::rejection::{self, Rejection};

/// The only algorithm of Signature Version 4; API Gateway does not support 4A.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Longest life of a presigned URL: 7 days
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>).
const LONGEST_LIFETIME_SECONDS: i64 = 604_800;

/// The parts of a signature.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) access_key: String,
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) terminator: String,
    /// Lower case, in the order of the claim.
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
    pub(super) time: Timestamp,
    /// `time` in the form that is signed, such as `20260102T030405Z`.
    pub(super) time_text: String,
    /// How long a presigned URL lives; `None` for a signature in the headers.
    pub(super) expires: Option<SignedDuration>,
}

impl Claim {
    pub(super) fn of(parts: &Parts) -> Result<Self, Rejection> {
        if let Some(value) = parts.headers.get(http::header::AUTHORIZATION) {
            return Self::from_header(&String::from_utf8_lossy(value.as_bytes()), &parts.headers);
        }
        let query = parts.uri.query().unwrap_or_default();
        match query.contains("X-Amz-Algorithm=") {
            true => Self::from_query(query),
            false => Err(rejection::not_signed()),
        }
    }

    fn from_header(authorization: &str, headers: &HeaderMap) -> Result<Self, Rejection> {
        let Some((ALGORITHM, fields)) = authorization.split_once(' ') else {
            return Err(rejection::other_scheme(authorization));
        };
        let fields: BTreeMap<&str, &str> = fields.split(',').filter_map(|field| field.trim().split_once('=')).collect();
        let present = |name| fields.get(name).copied().filter(|value| !value.is_empty());
        let date = header_text(headers, "x-amz-date").or_else(|| header_text(headers, "date"));
        let (Some(credential), Some(signature), Some(signed_headers), Some(date)) =
            (present("Credential"), present("Signature"), present("SignedHeaders"), &date)
        else {
            let missing =
                ["Credential", "Signature", "SignedHeaders"].into_iter().filter(|name| present(name).is_none());
            return Err(rejection::incomplete_header(missing, date.is_none(), authorization));
        };
        Self::from_fields(credential, signed_headers, signature, date, None)
    }

    fn from_query(query: &str) -> Result<Self, Rejection> {
        let fields: BTreeMap<Cow<'_, str>, Cow<'_, str>> = form_urlencoded::parse(query.as_bytes()).collect();
        let present = |name| fields.get(name).map(|value| value.as_ref()).filter(|value| !value.is_empty());
        if present("X-Amz-Algorithm") != Some(ALGORITHM) {
            return Err(rejection::other_scheme(present("X-Amz-Algorithm").unwrap_or_default()));
        }
        const NEEDED: [&str; 5] =
            ["X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date", "X-Amz-Expires"];
        let [Some(credential), Some(signature), Some(signed_headers), Some(date), Some(expires)] = NEEDED.map(present)
        else {
            return Err(rejection::incomplete_query(NEEDED.into_iter().filter(|name| present(name).is_none())));
        };
        let lifetime = expires.parse().ok().filter(|seconds| (1..=LONGEST_LIFETIME_SECONDS).contains(seconds));
        let lifetime = lifetime.ok_or_else(|| rejection::lifetime_out_of_range(LONGEST_LIFETIME_SECONDS))?;
        Self::from_fields(credential, signed_headers, signature, date, Some(SignedDuration::from_secs(lifetime)))
    }

    fn from_fields(
        credential: &str,
        signed_headers: &str,
        signature: &str,
        date: &str,
        expires: Option<SignedDuration>,
    ) -> Result<Self, Rejection> {
        let elements: Vec<&str> = credential.split('/').collect();
        let &[access_key, scope_date, region, service, terminator] = elements.as_slice() else {
            return Err(rejection::malformed_credential(credential));
        };
        let time = parse_time(date).ok_or_else(|| rejection::malformed_date(date))?;
        Ok(Self {
            access_key: access_key.to_owned(),
            date: scope_date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            terminator: terminator.to_owned(),
            signed_headers: signed_headers.split(';').map(str::to_ascii_lowercase).collect(),
            signature: signature.to_owned(),
            time,
            time_text: basic_format(time),
            expires,
        })
    }
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// `X-Amz-Date` is in the basic format of ISO 8601; a `Date` header usually in that of RFC 2822.
fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text) {
        return time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    }
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}
