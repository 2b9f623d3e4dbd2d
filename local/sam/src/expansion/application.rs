//! `AWS::Serverless::Application`: a stack within the stack.

use super::generated::Generated;
use super::resource::SamResource;
use super::schema::{self, Kind, Property, optional, required};
use super::source::Source;
use super::state::Expansion;
use super::tags;
use crate::problem::Problem;
use crate::scalar::scalar_text;

const PROPERTIES: [Property; 6] = [
    required("Location", Kind::TextOrMap),
    optional("TemplateUrl", Kind::Text),
    optional("Parameters", Kind::Map),
    optional("NotificationARNs", Kind::List),
    optional("Tags", Kind::Map),
    optional("TimeoutInMinutes", Kind::Integer),
];

/// Generates an `AWS::CloudFormation::Stack`. The URL of an application of the Serverless Application Repository is not
/// known without asking it: such a stack has no `TemplateURL`.
pub(super) fn expand<'s>(resource: &SamResource<'s>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    schema::check(&resource.properties, &[&PROPERTIES], expansion)?;
    let location = resource.properties.require("Location")?;
    let place = resource.properties.place();
    let mut stack = Generated::new(resource.logical_id, "AWS::CloudFormation::Stack", resource, place)
        .attributes(resource.dependent_attributes())
        .copy(&resource.properties, &["Parameters", "NotificationARNs", "TimeoutInMinutes"]);
    let mut added = vec![("lambda:createdBy", "SAM".to_owned())];
    if location.value().is_string() {
        stack = stack.set_from("TemplateURL", Some(location));
    } else {
        added.push(("serverlessrepo:applicationId", text(&location, "ApplicationId", expansion)?));
        added.push(("serverlessrepo:semanticVersion", text(&location, "SemanticVersion", expansion)?));
    }
    let added: Vec<_> = added.iter().map(|(key, value)| (*key, value.as_str())).collect();
    expansion.add(stack.set_some("Tags", tags::list(&added, resource.get("Tags").as_ref())?))
}

/// The text that a property of `location` is, or refers to.
fn text(location: &Source<'_>, name: &str, expansion: &Expansion<'_>) -> Result<String, Problem> {
    let source = location.require(name)?;
    let value = expansion.resolve_mappings(source.value())?;
    match scalar_text(&value) {
        Some(text) if text.is_empty() => Err(source.problem("is empty", &format!("give `{name}` a value"))),
        Some(text) => Ok(text),
        None => {
            let hint = "write text, `Ref` of a parameter, or `Fn::FindInMap`";
            Err(source.problem("is not text whose value is known", hint))
        }
    }
}
