//! Where an API is.

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// A `ws`, `wss`, `http` or `https` URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub(crate) secure: bool,
    /// Host and port as the `Host` header says them.
    pub(crate) authority: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Without a slash at its end.
    pub(crate) path: String,
}

impl Address {
    /// The URL for a request of `target`, as a signer wants it.
    pub(crate) fn http_url(&self, target: &str) -> String {
        format!("{}://{}{target}", if self.secure { "https" } else { "http" }, self.authority)
    }

    /// The last segment of the path: the stage.
    pub(crate) fn stage(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// No address of a service; says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAddress(String);

impl fmt::Display for InvalidAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is no `ws`, `wss`, `http` or `https` URL", self.0)
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let invalid = || InvalidAddress(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| invalid())?;
        let secure = match uri.scheme_str() {
            Some("ws" | "http") => false,
            Some("wss" | "https") => true,
            _ => return Err(invalid()),
        };
        let (host, authority) = (uri.host().ok_or_else(invalid)?, uri.authority().ok_or_else(invalid)?);
        Ok(Self {
            secure,
            authority: authority.as_str().to_owned(),
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_knows_host_port_and_stage() {
        let address: Address = "wss://abc.execute-api.us-east-1.amazonaws.com/dev/".parse().unwrap();
        assert_eq!((address.secure, address.port, address.stage()), (true, 443, "dev"));
        assert_eq!(address.http_url("/dev?a"), "https://abc.execute-api.us-east-1.amazonaws.com/dev?a");
        let address: Address = "http://[::1]:3001/dev".parse().unwrap();
        assert_eq!((address.host.as_str(), address.authority.as_str(), address.port), ("::1", "[::1]:3001", 3001));
        for text in ["", "dev", "ftp://host/", "wss:///dev", "a b"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
