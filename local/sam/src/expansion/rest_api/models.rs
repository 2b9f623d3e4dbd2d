//! `Models`: schemas of bodies.

use crate::expansion::rest_document::Document;
use crate::expansion::source::Source;
use crate::problem::Problem;

/// Adds the schemas to the document.
///
/// # Errors
/// A schema is not a map with a `type`.
pub(super) fn add(models: &Source<'_>, document: &mut Document) -> Result<(), Problem> {
    for (name, model) in models.entries()? {
        let schema = model.map()?;
        if model.filled("type").is_none() {
            return Err(model.problem("has no `type`", "give the schema a `type`, such as `object`"));
        }
        let name = name.to_lowercase();
        document.section("definitions")?.insert(name.clone(), schema.clone().into());
        for section in ["definitions", "components.schemas"] {
            document.written_at(format!("{section}.{name}"), model.place());
        }
    }
    Ok(())
}
