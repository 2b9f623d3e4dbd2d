//! Signature Version 4, the signing side.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningInstructions, SigningSettings, sign,
};
use aws_sigv4::sign::v4;

use crate::target::Credentials;

/// How long a presigned handshake may be used.
const PRESIGNED_FOR: Duration = Duration::from_secs(60);

/// Whom a signature is for.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) region: String,
    pub(crate) service: String,
}

impl Scope {
    /// What every API of API Gateway wants.
    pub(crate) fn execute_api(region: &str) -> Self {
        Self { region: region.to_owned(), service: "execute-api".to_owned() }
    }
}

/// Why nothing could be signed.
pub(crate) type SigningError = Box<dyn std::error::Error + Send + Sync>;

/// The headers that sign a request of `url`.
pub(crate) fn headers(
    credentials: &Credentials,
    scope: &Scope,
    method: &str,
    url: &str,
    body: &[u8],
) -> Result<Vec<(String, String)>, SigningError> {
    let instructions = instructions(credentials, scope, method, url, body, SigningSettings::default())?;
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(instructions.headers().map(owned).collect())
}

/// The query that signs a handshake with `url`.
pub(crate) fn query(
    credentials: &Credentials,
    scope: &Scope,
    url: &str,
) -> Result<Vec<(String, String)>, SigningError> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(PRESIGNED_FOR);
    let instructions = instructions(credentials, scope, "GET", url, b"", settings)?;
    Ok(instructions.params().iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect())
}

fn instructions(
    credentials: &Credentials,
    scope: &Scope,
    method: &str,
    url: &str,
    body: &[u8],
    settings: SigningSettings,
) -> Result<SigningInstructions, SigningError> {
    let Credentials { access_key_id, secret_access_key, session_token } = credentials.clone();
    let identity =
        aws_credential_types::Credentials::new(access_key_id, secret_access_key, session_token, None, "conformance")
            .into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&scope.region)
        .name(&scope.service)
        .time(SystemTime::now())
        .settings(settings)
        .build()?
        .into();
    let signable = SignableRequest::new(method, url, std::iter::empty(), SignableBody::Bytes(body))?;
    Ok(sign(signable, &params)?.into_parts().0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        Credentials {
            access_key_id: "key".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: Some("to/ken=".to_owned()),
        }
    }

    #[test]
    fn a_presigned_query_names_everything_but_the_secret() {
        let signed = query(&credentials(), &Scope::execute_api("eu-west-1"), "https://host/stage?a=b").unwrap();
        let names: Vec<&str> = signed.iter().map(|(name, _)| name.as_str()).collect();
        for name in ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Expires", "X-Amz-Security-Token", "X-Amz-Signature"]
        {
            assert!(names.contains(&name), "{name} in {names:?}");
        }
        assert!(signed.iter().any(|(_, value)| value.contains("/eu-west-1/execute-api/aws4_request")), "{signed:?}");
        assert!(signed.iter().all(|(_, value)| !value.contains("secret")));
    }

    #[test]
    fn a_session_token_is_sent_in_a_header_of_its_own() {
        let signed =
            headers(&credentials(), &Scope::execute_api("us-east-1"), "POST", "https://host/a%3D", b"").unwrap();
        assert!(signed.contains(&("x-amz-security-token".to_owned(), "to/ken=".to_owned())), "{signed:?}");
        assert!(signed.iter().any(|(name, _)| name == "authorization"));
    }
}
