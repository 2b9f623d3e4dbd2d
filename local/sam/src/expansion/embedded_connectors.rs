//! Connectors within other resources: the attribute `Connectors` of the source.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::place::Place;
use crate::problem::Problem;

/// Takes the attribute `Connectors` out of all resources and adds each connector as a resource of its own. The places
/// are those of these resources.
///
/// # Errors
/// A connector is not one, or its id is taken.
pub(super) fn take_out(resources: &mut Map<String, Value>) -> Result<BTreeMap<String, Place>, Problem> {
    let mut connectors = Map::new();
    let mut places = BTreeMap::new();
    for (source, body) in resources.iter_mut() {
        let Some(embedded) = body.as_object_mut().and_then(|body| body.shift_remove("Connectors")) else { continue };
        let place = Place::resource(source).below("Connectors");
        let Value::Object(embedded) = embedded else { return Err(not_a_map(&place)) };
        for (key, connector) in embedded {
            let place = place.below(&key);
            let logical_id = format!("{source}{key}");
            connectors.insert(logical_id.clone(), with_source(connector, source, &place)?);
            places.insert(logical_id, place);
        }
    }
    for (logical_id, connector) in connectors {
        if resources.contains_key(&logical_id) {
            let place = places.get(&logical_id).map(ToString::to_string).unwrap_or_default();
            let message = format!("{place} generates the resource `{logical_id}`, which the template has already");
            return Err(Problem::new(message, "rename one of them"));
        }
        resources.insert(logical_id, connector);
    }
    Ok(places)
}

/// A connector of its own.
fn with_source(connector: Value, source: &str, place: &Place) -> Result<Value, Problem> {
    let Value::Object(mut connector) = connector else { return Err(not_a_map(place)) };
    let Some(Value::Object(properties)) = connector.get_mut("Properties") else {
        return Err(Problem::new(
            format!("{place} has no map of `Properties`"),
            "write `Destination` and `Permissions` below `Properties`",
        ));
    };
    let mut description = Map::from_iter([("Id".to_owned(), source.into())]);
    if let Some(reference) = properties.shift_remove("SourceReference") {
        let place = place.below("SourceReference");
        let Value::Object(reference) = reference else { return Err(not_a_map(&place)) };
        if let Some(key) = reference.keys().find(|key| *key != "Qualifier") {
            let message = format!("{place} has `{key}`, but the source is `{source}` already");
            return Err(Problem::new(message, format!("remove `{key}`: only `Qualifier` fits here")));
        }
        description.extend(reference);
    }
    properties.insert("Source".to_owned(), description.into());
    connector.insert("Type".to_owned(), "AWS::Serverless::Connector".into());
    Ok(connector.into())
}

fn not_a_map(place: &Place) -> Problem {
    Problem::new(format!("{place} is not a map"), "correct the attribute")
}
