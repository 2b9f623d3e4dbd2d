//! Which function, and which alias or version of it, a call of the Invoke API is for.

use super::invoke_rejection::InvokeRejection;
use local_core::invocation::FunctionReference;

/// The parameter of the query that names an alias or a version.
const PARAMETER: &str = "Qualifier";

/// The longest qualifier (Lambda API, `Invoke`).
const LONGEST_QUALIFIER: usize = 128;

/// The name in `NAME`, `NAME:QUALIFIER`, an ARN or a part of one.
pub(super) fn unqualified(name: &str) -> &str {
    split(name).0
}

/// The function that a call is for, by the name in its path and by its query.
///
/// # Errors
/// The name and the query have different qualifiers, or the qualifier is not one that Lambda accepts.
pub(super) fn parse(name: &str, query: Option<&str>) -> Result<FunctionReference, InvokeRejection> {
    let (name, of_name) = split(name);
    let parameters = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let of_query = parameters.filter(|(parameter, value)| parameter == PARAMETER && !value.is_empty()).last();
    let qualifier = match (of_name, of_query) {
        (Some(of_name), Some((_, of_query))) if of_name != of_query => {
            return Err(InvokeRejection::DifferentQualifiers);
        }
        (Some(of_name), _) => Some(of_name.to_owned()),
        (None, of_query) => of_query.map(|(_, value)| value.into_owned()),
    };
    match qualifier {
        Some(qualifier) if !is_valid(&qualifier) => Err(InvokeRejection::InvalidQualifier(qualifier)),
        qualifier => Ok(FunctionReference { name: name.to_owned(), qualifier }),
    }
}

/// The name and the qualifier.
fn split(name: &str) -> (&str, Option<&str>) {
    let name = name.rsplit_once("function:").map_or(name, |(_, name)| name);
    match name.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier).filter(|qualifier| !qualifier.is_empty())),
        None => (name, None),
    }
}

fn is_valid(qualifier: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'$' | b'_' | b'-');
    qualifier.len() <= LONGEST_QUALIFIER && qualifier.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_many_names() {
        for (name, query, expected) in [
            ("echo", None, "echo"),
            ("echo", Some(""), "echo"),
            ("echo", Some("Qualifier="), "echo"),
            ("echo", Some("Other=live"), "echo"),
            ("echo", Some("Qualifier=live"), "echo:live"),
            ("echo", Some("Qualifier=%24LATEST"), "echo:$LATEST"),
            ("echo:", None, "echo"),
            ("echo:$LATEST", None, "echo:$LATEST"),
            ("echo:live", None, "echo:live"),
            ("echo:live", Some("Qualifier=live"), "echo:live"),
            ("function:echo", None, "echo"),
            ("123456789012:function:echo", None, "echo"),
            ("123456789012:function:echo:7", None, "echo:7"),
            ("arn:aws:lambda:us-east-1:123456789012:function:echo", None, "echo"),
            ("arn:aws:lambda:us-east-1:123456789012:function:echo:live", None, "echo:live"),
        ] {
            let found = parse(name, query).unwrap();
            assert_eq!(found.to_string(), expected, "{name} {query:?}");
            assert_eq!(unqualified(name), found.name);
        }
    }

    #[test]
    fn a_qualifier_that_lambda_does_not_accept_is_rejected() {
        assert!(matches!(parse("echo:live", Some("Qualifier=blue")), Err(InvokeRejection::DifferentQualifiers)));
        for qualifier in ["a b", "a:b", "é", "a\nb", &"a".repeat(129)] {
            assert!(
                matches!(parse(&format!("echo:{qualifier}"), None), Err(InvokeRejection::InvalidQualifier(_))),
                "{qualifier}"
            );
        }
    }
}
