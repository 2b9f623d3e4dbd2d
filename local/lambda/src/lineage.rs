//! How often one chain of invocations has come to a function: Lambda's guard against endless recursion.
//!
//! Lambda counts in the tracing header, in a field `Lineage`, and AWS SDKs send on what a function got: they read it from
//! `_X_AMZN_TRACE_ID`, which a runtime sets for each invocation, or from the context of the invocation
//! (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>). What stands in the field is Lambda's own affair.
//! It is seen as `Lineage=a87bd80c:1|68fd508a:5`, and here it is that: for each function a part of a hash, and how often the
//! chain has come back to it. The form `1:a87bd80c:5` is read, too.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Invocations of a function in one chain, of which the next is stopped.
/// <https://aws.amazon.com/about-aws/whats-new/2023/07/aws-lambda-detects-recursive-loops-lambda-functions/>
const LONGEST_CHAIN: u32 = 16;

/// Entries that are passed on: more functions than any chain has, and no header without end.
const MAX_ENTRIES: usize = 64;

/// Where an invocation stands in its chain.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// The tracing header that it gets.
    Next(String),
    /// It is one too many.
    OneTooMany,
}

/// The place of an invocation of the function `arn` whose caller sent `trace_id`; without limit where the function
/// `allows_recursion`.
pub(super) fn link(trace_id: &str, arn: &str, allows_recursion: bool) -> Link {
    let own = hash(arn);
    let mut others = Vec::new();
    let mut lineage = Vec::new();
    for field in trace_id.split(';').filter(|field| !field.trim().is_empty()) {
        match field.trim().strip_prefix("Lineage=") {
            Some(entries) => lineage.extend(entries.split('|').filter_map(entry)),
            None => others.push(field),
        }
    }
    let before = lineage.iter().filter(|(hash, _)| *hash == own).map(|(_, count)| *count).max();
    let count = before.map_or(0, |before| before.saturating_add(1));
    if count >= LONGEST_CHAIN && !allows_recursion {
        return Link::OneTooMany;
    }
    lineage.retain(|(hash, _)| *hash != own);
    lineage.truncate(MAX_ENTRIES - 1);
    lineage.push((own.as_str(), count));
    let mut header = others.join(";");
    for (index, (hash, count)) in lineage.iter().enumerate() {
        let start = match (index, header.is_empty()) {
            (0, true) => "Lineage=",
            (0, false) => ";Lineage=",
            _ => "|",
        };
        // Writing to a string cannot fail.
        let _ = write!(header, "{start}{hash}:{count}");
    }
    Link::Next(header)
}

/// A hash and how often the chain has come back to it; what is written in another way is nobody's.
fn entry(text: &str) -> Option<(&str, u32)> {
    let (rest, count) = text.trim().rsplit_once(':')?;
    let hash = rest.rsplit(':').next()?;
    let is_hash = hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some((hash, count.parse().ok()?)).filter(|_| is_hash)
}

fn hash(arn: &str) -> String {
    Sha256::digest(arn)[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "Root=1-5e66d96f-7491f09e3bc41d6e8a0b5c2f;Parent=53995c3f42cd8ad8;Sampled=0";

    /// The header after so many invocations of `functions` in turn.
    fn chain(functions: &[&str], invocations: usize) -> Link {
        let mut header = ROOT.to_owned();
        for function in functions.iter().cycle().take(invocations) {
            match link(&header, function, false) {
                Link::Next(next) => header = next,
                Link::OneTooMany => return Link::OneTooMany,
            }
        }
        Link::Next(header)
    }

    #[test]
    fn functions_that_invoke_each_other_are_counted_each() {
        assert!(matches!(chain(&["ping", "pong"], 32), Link::Next(_)));
        assert_eq!(chain(&["ping", "pong"], 33), Link::OneTooMany);
    }

    #[test]
    fn what_else_is_in_a_header_stays_and_what_is_no_lineage_is_dropped() {
        let own = hash("f");
        for (header, expected) in [
            ("", format!("Lineage={own}:0")),
            (ROOT, format!("{ROOT};Lineage={own}:0")),
            ("Lineage=a87bd80c:1|68fd508a:5;Root=1-2-3", format!("Root=1-2-3;Lineage=a87bd80c:1|68fd508a:5|{own}:0")),
            (&format!("Root=1; Lineage=25:{own}:3"), format!("Root=1;Lineage={own}:4")),
            ("Lineage=nonsense|:|::1|a87bd80c:-1|a87bd80c:99999999999|äää:1", format!("Lineage={own}:0")),
        ] {
            assert_eq!(link(header, "f", false), Link::Next(expected), "{header}");
        }
        let long = format!("Lineage={}", ["a87bd80c:1"; 10_000].join("|"));
        assert!(matches!(link(&long, "f", false), Link::Next(header) if header.len() < 1_000));
    }
}
