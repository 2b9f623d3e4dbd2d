//! Signature Version 4, the verifying side: who called, or why AWS would not believe it.
//!
//! The canonical request is built here, because AWS prints it in its refusals and because the official signer insists
//! on choosing date and headers itself; the keys and the signature come from that signer's crate. The tests hold both
//! against each other.

mod basic_format;
mod caller;
mod canonical;
mod claim;
mod rejection;
mod requirements;
mod scope;
mod signer;

use std::sync::Once;
use std::time::SystemTime;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::request::Parts;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use caller::Caller;
use canonical::CanonicalRequest;
use claim::Claim;
use local_core::events::Reporter;
use local_core::settings;
pub use rejection::Rejection;
pub use requirements::{CLOCK_SKEW, SERVICE};
pub use signer::sign;

/// Checks requests against the local credentials.
#[derive(Debug)]
pub struct Verifier {
    require_signature: bool,
    foreign_key_warning: Once,
    reporter: Reporter,
}

impl Verifier {
    /// A verifier for the local credentials. Signatures made with any other access key cannot be checked: they are
    /// accepted with one warning, or refused where `require_signature` says so.
    pub fn new(require_signature: bool, reporter: Reporter) -> Self {
        Self { require_signature, foreign_key_warning: Once::new(), reporter }
    }

    /// Tells who signed the request, by its `Authorization` header or by its query string (a presigned URL).
    ///
    /// `parts` is the request as it came over the wire, its path not decoded; `body` is all of its body.
    ///
    /// # Errors
    /// The request is not signed, or AWS would refuse it.
    pub fn verify(&self, parts: &Parts, body: &[u8]) -> Result<Caller, Rejection> {
        self.verify_at(parts, body, Timestamp::now())
    }

    /// Tells who signed the request, if they may do `action` with `resource`: everybody may, but for
    /// [`settings::DENIED_ACCESS_KEY`].
    ///
    /// # Errors
    /// As [`Self::verify`], and for a caller who may not.
    pub fn authorize(&self, parts: &Parts, body: &[u8], action: &str, resource: &str) -> Result<Caller, Rejection> {
        let caller = self.verify(parts, body)?;
        if caller.access_key == settings::DENIED_ACCESS_KEY {
            return Err(rejection::access_denied(&caller, action, resource));
        }
        Ok(caller)
    }

    fn verify_at(&self, parts: &Parts, body: &[u8], now: Timestamp) -> Result<Caller, Rejection> {
        let claim = Claim::of(parts)?;
        scope::check(&claim)?;
        check_time(&claim, now)?;
        if let Some(secret_key) = secret_key(&claim.access_key) {
            check_signature(&claim, secret_key, parts, body)?;
        } else if self.require_signature {
            return Err(rejection::unknown_access_key());
        } else {
            self.foreign_key_warning.call_once(|| self.reporter.warning(rejection::FOREIGN_KEY_WARNING));
        }
        Ok(Caller { access_key: claim.access_key })
    }
}

fn secret_key(access_key: &str) -> Option<&'static str> {
    match access_key {
        settings::ACCESS_KEY => Some(settings::SECRET_KEY),
        settings::DENIED_ACCESS_KEY => Some(settings::DENIED_SECRET_KEY),
        _ => None,
    }
}

fn check_time(claim: &Claim, now: Timestamp) -> Result<(), Rejection> {
    let earliest = now.checked_sub(CLOCK_SKEW).unwrap_or(Timestamp::MIN);
    let latest = now.checked_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX);
    match claim.expires {
        _ if claim.time > latest => Err(rejection::not_yet_current(&claim.time_text, latest, now)),
        Some(lifetime) if claim.time.checked_add(lifetime).unwrap_or(Timestamp::MAX) < now => {
            Err(rejection::presigned_url_expired(&claim.time_text, now))
        }
        None if claim.time < earliest => Err(rejection::expired(&claim.time_text, earliest, now)),
        _ => Ok(()),
    }
}

fn check_signature(claim: &Claim, secret_key: &str, parts: &Parts, body: &[u8]) -> Result<(), Rejection> {
    if !claim.signed_headers.iter().any(|name| name == "host") {
        return Err(rejection::host_not_signed());
    }
    let canonical = CanonicalRequest::new(claim, parts, body);
    let string_to_sign = string_to_sign(claim, &canonical.text);
    let time = SystemTime::from(claim.time);
    let key = generate_signing_key(secret_key, time, &claim.region, &claim.service);
    let expected = calculate_signature(key, string_to_sign.as_bytes());
    // Comparing digests takes as long for a nearly right signature as for a wrong one.
    let matches = Sha256::digest(expected) == Sha256::digest(&claim.signature);
    if matches && !canonical.body_differs {
        return Ok(());
    }
    Err(canonical.mismatch(&string_to_sign))
}

fn string_to_sign(claim: &Claim, canonical_request: &str) -> String {
    let Claim { date, region, service, terminator, time_text, .. } = claim;
    let digest = canonical::sha256_hex(canonical_request.as_bytes());
    format!("{}\n{time_text}\n{date}/{region}/{service}/{terminator}\n{digest}", claim::ALGORITHM)
}

#[cfg(test)]
mod tests;
