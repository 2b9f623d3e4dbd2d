//! Whether a request comes from our own page. Other pages in the same browser, and names that somebody else's DNS
//! points at this machine, must not use the local credentials.

use http::HeaderMap;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};

use local_core::loopback;

/// The reason for a refusal, if there is one.
///
/// The content type matters because browsers ask before they send JSON to another origin, and nobody here agrees.
pub(super) fn refusal(headers: &HeaderMap, own: &str) -> Option<&'static str> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if loopback::foreign_host(headers, own).is_some() {
        return Some("only the stack's own address may be used: open the page where the terminal says");
    }
    let host = text(HOST.as_str()).unwrap_or_default();
    if text(ORIGIN.as_str()).is_some_and(|origin| !origin.eq_ignore_ascii_case(&format!("http://{host}"))) {
        return Some("only the stack's own page may use this: the request comes from another origin");
    }
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return Some("only the stack's own page may use this: the browser says that the request is not same-origin");
    }
    let content_type = text(CONTENT_TYPE.as_str()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Some("the content type must be application/json");
    }
    None
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::refusal;

    #[test]
    fn only_the_own_page_is_let_in() {
        let json = ("content-type", "application/json");
        let host = ("host", "127.0.0.1:3000");
        for (headers, is_let_in) in [
            (vec![host, json], true),
            (vec![("host", "localhost:3000"), ("content-type", "Application/JSON; charset=utf-8")], true),
            (vec![host, json, ("origin", "http://127.0.0.1:3000"), ("sec-fetch-site", "same-origin")], true),
            (vec![json], false),
            (vec![host, host, json], false),
            (vec![("host", "evil.example:3000"), json], false),
            (vec![("host", "127.0.0.1:3001"), json], false),
            (vec![("host", "127.0.0.1"), json], false),
            (vec![host, json, ("origin", "http://localhost:3000")], false),
            (vec![host, json, ("origin", "https://127.0.0.1:3000")], false),
            (vec![host, json, ("origin", "null")], false),
            (vec![host, json, ("sec-fetch-site", "same-site")], false),
            (vec![host, json, ("sec-fetch-site", "none")], false),
            (vec![host], false),
            (vec![host, ("content-type", "text/plain")], false),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.append(*name, value.parse().unwrap());
            }
            assert_eq!(refusal(&map, "127.0.0.1:3000").is_none(), is_let_in, "{headers:?}");
        }
    }
}
