//! The official signer signs, the verifier verifies.

mod signer;

use local_core::events::Reporter;
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{PayloadChecksumKind, SignableBody, SignatureLocation, SigningSettings};
use aws_sigv4::sign::v4;
use http::Request;
use http::request::Parts;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use super::{Rejection, Verifier, claim, string_to_sign};
use signer::{HOST, Signer};

fn verify(parts: &Parts) -> Result<super::Caller, Rejection> {
    Verifier::new(false, Reporter::default()).verify(parts, b"{}")
}

fn refuse(parts: &Parts) -> Rejection {
    verify(parts).unwrap_err()
}

fn presigning() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(60));
    settings
}

const TARGETS: &[&str] = &[
    "/",
    "/dev",
    "/dev/",
    "/dev//double/./dots/../",
    "/dev/@connections/SOqGjdZioAMCEeg=",
    "/dev/@connections/SOqGjdZioAMCEeg%3D",
    "/dev/%40connections/SOqGjdZioAMCEeg%3D",
    "/tags/arn:aws:thing:us-east-1:123456789012:room/x",
    "/tags/arn%3Aaws%3Athing%3Aus-east-1%3A123456789012%3Aroom%2Fx?tagKeys=b&tagKeys=a",
    "/a%20b/%C3%BC/~_-.!*'()",
    "/?",
    "/?empty=&alone&a=1&a=0&A=2&a-b=3&ab=4",
    "/?key%5B%5D=a%2Fb&q=a+b%20c%2Bd&u=%C3%BC~",
];

#[test]
fn what_the_official_signer_signs_is_believed() {
    for target in TARGETS {
        for method in ["GET", "POST", "DELETE"] {
            let caller = verify(&Signer::default().sign(method, target));
            assert_eq!(caller.map(|caller| caller.access_key), Ok("local".to_owned()), "{method} {target}");
        }
    }
}

#[test]
fn what_the_official_signer_presigns_is_believed() {
    for target in TARGETS {
        let parts = Signer { settings: presigning(), ..Signer::default() }.sign("GET", target);
        assert!(parts.headers.get("authorization").is_none());
        assert_eq!(verify(&parts).map_err(|rejection| rejection.message).err(), None, "{target}");
    }
}

/// Requests that boto3 and the JavaScript SDK made for `http://127.0.0.1:3001` on 2026-01-02 at 03:04:05.
#[test]
fn what_other_sdks_sign_is_believed() {
    let requests: Vec<serde_json::Value> = serde_json::from_str(include_str!("tests/signed_by_sdks.json")).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    for signed in &requests {
        let mut request = Request::builder().method(text(&signed["method"]).as_str()).uri(text(&signed["target"]));
        for (name, value) in signed["headers"].as_object().unwrap() {
            request = request.header(name, text(value));
        }
        let parts = request.header("host", "127.0.0.1:3001").body(()).unwrap().into_parts().0;
        let body = text(&signed["body"]);
        let soon = "2026-01-02T03:04:30Z".parse().unwrap();
        let verified = Verifier::new(true, Reporter::default()).verify_at(&parts, body.as_bytes(), soon);
        assert_eq!(verified.map_err(|rejection| rejection.message).err(), None, "{signed}");
    }
}

#[test]
fn session_tokens_checksums_and_odd_headers_are_signed_too() {
    let settings = {
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings
    };
    let headers = [("x-amz-meta", "  a   b "), ("x-repeated", "1"), ("x-repeated", "2"), ("user-agent", "not signed")];
    let signed = Signer { session_token: Some("token"), settings: settings.clone(), ..Signer::default() };
    assert!(verify(&signed.sign_with_headers("POST", "/", &headers)).is_ok());
    let unsigned_payload = Signer { body: SignableBody::UnsignedPayload, settings, ..Signer::default() };
    assert!(Verifier::new(true, Reporter::default()).verify(&unsigned_payload.sign("POST", "/"), b"any body").is_ok());
}

#[test]
fn a_date_header_stands_in_for_x_amz_date() {
    let mut parts = Request::get("/")
        .header("host", HOST)
        .header("date", "Fri, 02 Jan 2026 03:04:05 GMT")
        .body(())
        .unwrap()
        .into_parts()
        .0;
    let authorization = |signature: &str| {
        format!(
            "AWS4-HMAC-SHA256 Credential=local/20260102/us-east-1/execute-api/aws4_request, SignedHeaders=date;host, Signature={signature}"
        )
    };
    parts.headers.insert("authorization", authorization("0").parse().unwrap());
    let claim = claim::Claim::of(&parts).unwrap();
    let canonical = super::CanonicalRequest::new(&claim, &parts, b"");
    let key = v4::generate_signing_key("local", SystemTime::from(claim.time), "us-east-1", "execute-api");
    let signature = v4::calculate_signature(key, string_to_sign(&claim, &canonical.text).as_bytes());
    parts.headers.insert("authorization", authorization(&signature).parse().unwrap());
    let soon = "2026-01-02T03:05:00Z".parse().unwrap();
    assert!(Verifier::new(false, Reporter::default()).verify_at(&parts, b"", soon).is_ok());
}

#[test]
fn an_unsigned_request_misses_its_token() {
    let parts = Request::get("/?a=b").header("host", HOST).body(()).unwrap().into_parts().0;
    let rejection = refuse(&parts);
    assert_eq!(rejection.error_type, "MissingAuthenticationTokenException");
    assert_eq!(rejection.message, "Missing Authentication Token");
}

#[test]
fn a_broken_header_is_incomplete() {
    for broken in [
        "Bearer abc",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=",
        "AWS4-ECDSA-P256-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=0",
    ] {
        let request = Request::get("/").header("x-amz-date", "20260102T030405Z").header("authorization", broken);
        let rejection = refuse(&request.body(()).unwrap().into_parts().0);
        assert_eq!(rejection.error_type, "IncompleteSignatureException", "{broken}");
    }
}

#[test]
fn another_secret_is_shown_the_canonical_request() {
    let rejection = refuse(&Signer { secret_key: "other", ..Signer::default() }.sign("GET", "/tags/a%3Ab"));
    assert_eq!(rejection.error_type, "InvalidSignatureException");
    assert!(rejection.message.starts_with("The request signature we calculated does not match"));
    assert!(rejection.message.contains("'GET\n/tags/a%253Ab\n\n"), "{}", rejection.message);
}

#[test]
fn a_changed_request_is_refused() {
    let signed = || Signer::default().sign("POST", "/dev?a=1");
    assert!(Verifier::new(false, Reporter::default()).verify(&signed(), b"{ }").is_err());
    let mut other_path = signed();
    other_path.uri = "/prod?a=1".parse().unwrap();
    assert!(verify(&other_path).is_err());
    let mut other_host = signed();
    other_host.headers.insert("host", "localhost:3002".parse().unwrap());
    assert!(verify(&other_host).is_err());
    let mut other_checksum = signed();
    other_checksum.headers.insert("x-amz-content-sha256", "0".parse().unwrap());
    assert!(refuse(&other_checksum).reason.contains("`x-amz-content-sha256`"));
    let mut lost_header = signed();
    lost_header.headers.remove("content-type");
    assert_eq!(refuse(&lost_header).reason, "signed headers did not arrive: content-type");
}

#[test]
fn a_scope_names_region_service_and_day() {
    let region = refuse(&Signer { region: "eu-west-1", ..Signer::default() }.sign("GET", "/"));
    assert_eq!(region.message, "Credential should be scoped to a valid region, not 'eu-west-1'. ");
    let service = refuse(&Signer { service: "sts", ..Signer::default() }.sign("GET", "/"));
    assert_eq!(service.error_type, "InvalidSignatureException");
    assert_eq!(service.message, "Credential should be scoped to correct service: 'execute-api'. ");
    assert!(service.reason.contains("`sts`") && service.reason.contains("`execute-api`"), "{}", service.reason);
    let mut yesterday = Signer::default().sign("GET", "/");
    yesterday.headers.insert("x-amz-date", "20000101T000000Z".parse().unwrap());
    assert!(refuse(&yesterday).message.starts_with("Date in Credential scope does not match"));
}

#[test]
fn signatures_live_five_minutes_and_presigned_ones_as_long_as_they_say() {
    let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let at = |minutes: i64, settings: SigningSettings| {
        let parts = Signer { time: now + minutes.minutes(), settings, ..Signer::default() }.sign("GET", "/");
        Verifier::new(true, Reporter::default())
            .verify_at(&parts, b"{}", now)
            .map_err(|rejection| rejection.message)
            .err()
    };
    for minutes in [-5, 0, 5] {
        assert_eq!(at(minutes, SigningSettings::default()), None);
    }
    assert_eq!(
        at(-6, SigningSettings::default()).unwrap(),
        "Signature expired: 20260102T025805Z is now earlier than 20260102T025905Z (20260102T030405Z - 5 min.)"
    );
    assert_eq!(
        at(6, SigningSettings::default()).unwrap(),
        "Signature not yet current: 20260102T031005Z is still later than 20260102T030905Z (20260102T030405Z + 5 min.)"
    );
    assert_eq!(at(-1, presigning()), None);
    assert!(at(-2, presigning()).unwrap().starts_with("Signature expired"));
}

#[test]
fn an_unknown_key_passes_unless_signatures_are_required() {
    let parts = Signer { access_key: "AKIDEXAMPLE", secret_key: "other", ..Signer::default() }.sign("GET", "/");
    assert_eq!(verify(&parts).unwrap().access_key, "AKIDEXAMPLE");
    let rejection = Verifier::new(true, Reporter::default()).verify(&parts, b"{}").unwrap_err();
    assert_eq!(rejection.error_type, "UnrecognizedClientException");
}

proptest! {
    #[test]
    fn no_claim_panics(authorization in "(AWS4-HMAC-SHA256 )?[ -~]{0,80}", date in "[ -~]{0,20}", query in "[!-~&&[^#\"<>`{}\\\\^|]]{0,60}") {
        let request = Request::get(format!("/?X-Amz-Algorithm=AWS4-HMAC-SHA256&{query}"));
        let presigned = request.body(()).unwrap().into_parts().0;
        prop_assert!(verify(&presigned).is_err());
        let request = Request::get("/").header("authorization", authorization).header("x-amz-date", date);
        prop_assert!(verify(&request.body(()).unwrap().into_parts().0).is_err());
    }

    #[test]
    fn any_path_and_query_is_canonicalised_as_the_signer_does(path in "[a-zA-Z0-9/.%~_:@=+!$&'()*,;-]{0,40}", query in "[a-zA-Z0-9/.~_:@=+!$&'()*,;-]{0,40}") {
        let path = path.replace('%', "%25");
        let target = format!("/{path}?{query}");
        prop_assert!(verify(&Signer::default().sign("GET", &target)).is_ok(), "{target}");
    }
}
