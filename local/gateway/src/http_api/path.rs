//! Paths as HTTP APIs see them, which is not as they came over the wire.

use percent_encoding::percent_decode_str;

/// The path of an event (`rawPath`), or `None` where API Gateway answers 400.
///
/// HTTP APIs decode paths twice and cut what follows a `?` after the first time: `%2F` arrives as `/`, `%252F` too,
/// `a%3Fb` as `a`, and `%25` followed by no hexadecimal number is refused. Nowhere documented; these are captures
/// from a live API (<https://github.com/hotsock/voker>, `vokerhttp/testdata/ingress-paths.json`).
pub(super) fn decode(wire_path: &str) -> Option<String> {
    let once = decode_once(wire_path)?;
    let before_query = once.split('?').next().unwrap_or_default();
    decode_once(before_query)
}

fn decode_once(text: &str) -> Option<String> {
    let mut escapes = text.split('%').skip(1);
    let well_formed = escapes.all(|escape| escape.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2);
    well_formed.then(|| percent_decode_str(text).decode_utf8_lossy().into_owned())
}

/// The path that routes are matched with: without a named stage, which stands first in every path of its API.
pub(super) fn within_stage<'a>(raw_path: &'a str, stage: &str) -> Option<&'a str> {
    if stage == "$default" {
        return Some(raw_path);
    }
    match raw_path.strip_prefix('/')?.strip_prefix(stage)? {
        "" => Some("/"),
        rest => rest.starts_with('/').then_some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, within_stage};

    #[test]
    fn paths_arrive_as_captured_from_a_live_api() {
        for (wire, event) in [
            ("/capture/plain", Some("/capture/plain")),
            ("/capture/space%20value", Some("/capture/space value")),
            ("/capture/question%3Fvalue", Some("/capture/question")),
            ("/capture/percent%25done", None),
            ("/capture/hash%23value", Some("/capture/hash#value")),
            ("/capture/slash%2Fvalue", Some("/capture/slash/value")),
            ("/capture/unicode-%CE%BB-%E4%B8%96%E7%95%8C", Some("/capture/unicode-λ-世界")),
            ("/capture/literal%252Fvalue", Some("/capture/literal/value")),
            ("/capture/literal%253Fvalue", Some("/capture/literal?value")),
            ("/capture/literal%2525value", Some("/capture/literal%value")),
        ] {
            assert_eq!(decode(wire).as_deref(), event, "{wire}");
        }
    }

    #[test]
    fn a_named_stage_stands_first_in_the_path() {
        for (path, stage, route) in [
            ("/a/b", "$default", Some("/a/b")),
            ("/dev/a", "dev", Some("/a")),
            ("/dev/", "dev", Some("/")),
            ("/dev", "dev", Some("/")),
            ("/device", "dev", None),
            ("/a", "dev", None),
            ("/", "dev", None),
        ] {
            assert_eq!(within_stage(path, stage), route, "{path} {stage}");
        }
    }
}
