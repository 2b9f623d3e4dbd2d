//! The values of flags.

use std::net::Ipv6Addr;
use std::time::Duration;

use jiff::SignedDuration;

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let duration = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_not_a_number) => text
            .parse::<SignedDuration>()
            .ok()
            .and_then(|duration| Duration::try_from(duration).ok())
            .ok_or("a duration looks like `90s`, `10m` or `2h`")?,
    };
    if duration.is_zero() { Err("a duration is longer than zero".to_owned()) } else { Ok(duration) }
}

pub(super) fn endpoint(text: &str) -> Result<String, String> {
    match reqwest::Url::parse(text) {
        // Both flags are for services on this machine or near it; the local stack has no TLS client.
        Ok(url) if url.scheme() == "http" && url.has_host() => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("an endpoint looks like `http://127.0.0.1:9000`".to_owned()),
    }
}

/// A name or an address; an IPv6 address may be in brackets, as in a URL.
pub(super) fn host(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    if bare.parse::<Ipv6Addr>().is_ok() || !text.is_empty() && text.bytes().all(is_name) {
        Ok(bare.to_ascii_lowercase())
    } else {
        Err("a host looks like `192.168.1.5` or `laptop.local`, without a port".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_or_are_seconds() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("2h", 7200), ("1h 30m", 5400), ("45", 45)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for text in ["", "0", "0s", "-5s", "-5", "soon", "10 parsecs"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn endpoints_are_plain_http_urls() {
        assert_eq!(endpoint("http://127.0.0.1:9000/").as_deref(), Ok("http://127.0.0.1:9000"));
        for text in ["127.0.0.1:9000", "https://example.com", "file:///tmp", ""] {
            assert!(endpoint(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for (text, expected) in [("192.168.1.5", "192.168.1.5"), ("Laptop.local", "laptop.local"), ("[::1]", "::1")] {
            assert_eq!(host(text).as_deref(), Ok(expected));
        }
        for text in ["", "laptop:3000", "http://laptop", "a b", "[laptop]"] {
            assert!(host(text).is_err(), "{text}");
        }
    }
}
