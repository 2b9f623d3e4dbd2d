//! The identifiers of API Gateway: 16 characters, url-safe base64, the last a `=`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

/// Characters of an identifier, the padding included.
const LENGTH: usize = 16;
/// The bytes behind an identifier: 15 characters and one `=`.
const BYTES: usize = 11;

/// A new connection, message or request id.
pub(super) fn mint() -> String {
    URL_SAFE.encode(rand::random::<[u8; BYTES]>())
}

/// Whether `text` could be a connection id.
pub(super) fn is_well_formed(text: &str) -> bool {
    let symbol = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == LENGTH && text.strip_suffix('=').is_some_and(|symbols| symbols.bytes().all(symbol))
}

/// A new value of `X-Amzn-Trace-Id`: `Root=1-<seconds in 8 hex digits>-<24 hex digits>`.
pub(super) fn mint_trace_id() -> String {
    let seconds = jiff::Timestamp::now().as_second();
    let (high, low): (u32, u64) = (rand::random(), rand::random());
    format!("Root=1-{seconds:08x}-{high:08x}{low:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_identifier_is_well_formed() {
        assert!((0..1000).all(|_| is_well_formed(&mint())));
    }

    #[test]
    fn only_the_shape_of_an_identifier_is_accepted() {
        assert!(is_well_formed("SOqGjdZioAMCEeg="));
        assert!(is_well_formed("JC1dgf9yoAMCK-g="));
        for malformed in
            ["", "gone", "SOqGjdZioAMCEeg", "SOqGjdZioAMCEegg", "SOqGjdZi/AMCEeg=", "SOqGjdZioAMCEeg%3D", "äääääää="]
        {
            assert!(!is_well_formed(malformed), "{malformed}");
        }
    }

    #[test]
    fn a_trace_id_has_the_form_of_x_ray() {
        let trace_id = mint_trace_id();
        let digits = trace_id.strip_prefix("Root=1-").expect(&trace_id);
        assert_eq!(digits.split('-').map(str::len).collect::<Vec<_>>(), [8, 24]);
    }
}
