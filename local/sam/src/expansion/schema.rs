//! Which properties a SAM resource or event may have.

use serde_json::Value;

use super::source::Source;
use super::state::Expansion;
use crate::problem::Problem;

/// What the value of a property must look like. An intrinsic fits all but [`Kind::Literal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Text,
    Map,
    List,
    TextOrMap,
    TextOrList,
    /// A whole number, also as text.
    Integer,
    Boolean,
    /// A boolean that cannot be an intrinsic.
    Literal,
}

/// A property that SAM knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) is_required: bool,
}

/// A property that may be missing.
pub(super) const fn optional(name: &'static str, kind: Kind) -> Property {
    Property { name, kind, is_required: false }
}

/// A property that must be there.
pub(super) const fn required(name: &'static str, kind: Kind) -> Property {
    Property { name, kind, is_required: true }
}

/// Checks the properties of a resource or an event. One that SAM does not know is a warning: newer versions may know it.
///
/// # Errors
/// A property is missing, or has a value of another kind.
pub(super) fn check(
    properties: &Source<'_>,
    known: &[&[Property]],
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    for (name, value) in properties.entries()? {
        match known.iter().flat_map(|part| part.iter()).find(|property| property.name == name) {
            None => {
                expansion.warn(format!("SAM rejects `{name}` of {}: it does not know the property", properties.place()))
            }
            Some(property) => check_kind(&value, property.kind)?,
        }
    }
    let missing = known
        .iter()
        .flat_map(|part| part.iter())
        .find(|property| property.is_required && properties.get(property.name).is_none());
    missing.map_or(Ok(()), |property| properties.require(property.name).map(drop))
}

/// Checks the kind of a value.
pub(super) fn check_kind(source: &Source<'_>, kind: Kind) -> Result<(), Problem> {
    let value = source.value();
    if kind != Kind::Literal && source.is_intrinsic() {
        return Ok(());
    }
    let is_integer = || match value {
        Value::Number(number) => number.is_i64() || number.is_u64(),
        Value::String(text) => text.parse::<i64>().is_ok(),
        _ => false,
    };
    let (fits, name) = match kind {
        Kind::Any => (true, ""),
        Kind::Text => (value.is_string(), "text"),
        Kind::Map => (value.is_object(), "a map"),
        Kind::List => (value.is_array(), "a list"),
        Kind::TextOrMap => (value.is_string() || value.is_object(), "text or a map"),
        Kind::TextOrList => (value.is_string() || value.is_array(), "text or a list"),
        Kind::Integer => (is_integer(), "a whole number"),
        Kind::Boolean | Kind::Literal => (value.is_boolean(), "`true` or `false`"),
    };
    if fits { Ok(()) } else { Err(source.must_be(name)) }
}
