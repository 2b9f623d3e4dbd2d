//! `Fn::ForEach` of `AWS::LanguageExtensions`: an entry of a map for each item of a collection.

use serde_json::{Map, Value};

use crate::evaluation::Resolver;
use crate::intrinsic;
use crate::problem::Problem;
use crate::scalar::scalar_text;

/// The beginning of a loop's key; its name follows.
const LOOP: &str = "Fn::ForEach::";
/// The characters that a template may have after its loops are expanded (CloudFormation quotas, template in S3).
const LONGEST_TEMPLATE: usize = 1 << 20;
/// How deep loops may be nested ("Fn::ForEach" in the CloudFormation user guide).
const DEEPEST: usize = 5;

/// `template` with its loops expanded. Collections are evaluated by `resolver`, which knows no resources.
///
/// # Errors
/// A loop is malformed, its collection cannot be told, or the template becomes too long.
pub(crate) fn expand(template: Map<String, Value>, resolver: &Resolver<'_>) -> Result<Map<String, Value>, Problem> {
    let mut expansion = Expansion { resolver, length: 0 };
    expansion.map(template, 0)
}

/// Whether `value` has a loop.
pub(crate) fn has_loop(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.iter().any(|(key, value)| key.starts_with(LOOP) || has_loop(value)),
        Value::Array(items) => items.iter().any(has_loop),
        _ => false,
    }
}

struct Expansion<'r> {
    resolver: &'r Resolver<'r>,
    /// The characters of keys and texts so far.
    length: usize,
}

impl Expansion<'_> {
    fn map(&mut self, object: Map<String, Value>, depth: usize) -> Result<Map<String, Value>, Problem> {
        let mut result = Map::new();
        for (key, value) in object {
            let entries = match key.strip_prefix(LOOP) {
                Some(name) => self.iterate(name, &value, depth + 1)?,
                None => Map::from_iter([(key.clone(), self.value(value, depth)?)]),
            };
            for (key, value) in entries {
                self.count(key.len())?;
                if result.contains_key(&key) {
                    return Err(Problem::new(format!("`{key}` is generated twice by a loop"), "give it another name"));
                }
                result.insert(key, value);
            }
        }
        Ok(result)
    }

    fn value(&mut self, value: Value, depth: usize) -> Result<Value, Problem> {
        Ok(match value {
            Value::Object(object) => self.map(object, depth)?.into(),
            Value::Array(items) => items.into_iter().map(|item| self.value(item, depth)).collect::<Result<_, _>>()?,
            Value::String(text) => {
                self.count(text.len())?;
                text.into()
            }
            scalar => scalar,
        })
    }

    /// The entries that the loop `name` generates.
    fn iterate(&mut self, name: &str, arguments: &Value, depth: usize) -> Result<Map<String, Value>, Problem> {
        let problem = |message: &str, hint: &str| Problem::new(format!("the loop `{name}` {message}"), hint);
        if depth > DEEPEST {
            return Err(problem("is nested too deep", "nest at most 5 loops"));
        }
        let (identifier, collection, body) = match arguments.as_array().map(Vec::as_slice) {
            Some([Value::String(identifier), collection, Value::Object(body)]) => (identifier, collection, body),
            _ => return Err(problem("is malformed", "write `[Identifier, collection, {Key: value}]`")),
        };
        let place = || format!("the collection of the loop `{name}`");
        let collection = self.resolver.deep(collection).map_err(|problem| problem.at(&place()))?;
        let Some(Value::Array(items)) = collection else {
            return Err(problem("has a collection that is not a list", "write a list, or `!Ref` of a list parameter"));
        };
        let mut entries = Map::new();
        for item in &items {
            let item = scalar_text(item).ok_or_else(|| problem("has an item that is not text", "write texts"))?;
            for (key, value) in body {
                self.count(
                    item.len().saturating_mul(occurrences(key, identifier) + occurrences_in(value, identifier)),
                )?;
                let key = replace(key, identifier, &item);
                let value = substitute(value, identifier, &item);
                let value = self.map(Map::from_iter([(key.clone(), value)]), depth)?;
                for (key, value) in value {
                    if entries.insert(key.clone(), value).is_some() {
                        return Err(problem(&format!("generates `{key}` twice"), "write `${Identifier}` in its key"));
                    }
                }
            }
        }
        Ok(entries)
    }

    fn count(&mut self, length: usize) -> Result<(), Problem> {
        self.length = self.length.saturating_add(length);
        if self.length > LONGEST_TEMPLATE {
            return Err(Problem::new("loops make the template longer than 1 MB", "shorten their collections"));
        }
        Ok(())
    }
}

/// How often `text` has the identifier.
fn occurrences(text: &str, identifier: &str) -> usize {
    text.matches(&format!("{{{identifier}}}")).count()
}

/// How often the keys and texts in `value` have the identifier.
fn occurrences_in(value: &Value, identifier: &str) -> usize {
    match value {
        Value::Object(object) => {
            object.iter().map(|(key, value)| occurrences(key, identifier) + occurrences_in(value, identifier)).sum()
        }
        Value::Array(items) => items.iter().map(|item| occurrences_in(item, identifier)).sum(),
        Value::String(text) => occurrences(text, identifier) + usize::from(text == identifier),
        _ => 0,
    }
}

/// `value` with the item in place of the identifier.
fn substitute(value: &Value, identifier: &str, item: &str) -> Value {
    if intrinsic::referenced(value) == Some(identifier) {
        return item.into();
    }
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (replace(key, identifier, item), substitute(value, identifier, item)))
            .collect(),
        Value::Array(items) => items.iter().map(|value| substitute(value, identifier, item)).collect(),
        Value::String(text) => replace(text, identifier, item).into(),
        scalar => scalar.clone(),
    }
}

/// `text` with the item in place of `${Identifier}`, and only its letters and digits in place of `&{Identifier}`.
fn replace(text: &str, identifier: &str, item: &str) -> String {
    let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
    text.replace(&format!("${{{identifier}}}"), item).replace(&format!("&{{{identifier}}}"), &plain)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::evaluation::ReturnValues;
    use crate::options::FunctionNames;
    use crate::parameters::{Parameter, Parameters};
    use crate::secrets::Secrets;

    fn expanded(template: &Value) -> Result<Value, Problem> {
        let (mappings, resources) = (json!({"Sizes": {"dev": {"all": ["s", "m"]}}}), BTreeMap::new());
        let parameters = [("Names".to_owned(), Parameter::List(vec!["a".into(), "b-1".into()]))];
        let resolver = Resolver {
            stack_name: String::new(),
            secrets: &Secrets::default(),
            depth: Cell::new(0),
            parameters: Parameters { values: parameters.into(), ..Parameters::default() },
            imports: &BTreeMap::new(),
            mappings: mappings.as_object().unwrap(),
            conditions: BTreeMap::new(),
            resources: &ReturnValues::new(&resources, BTreeMap::new(), FunctionNames::LogicalId, ""),
        };
        expand(template.as_object().unwrap().clone(), &resolver).map(Value::Object)
    }

    #[test]
    fn an_entry_is_generated_for_each_item() {
        let table = [
            (
                json!({"Fn::ForEach::L": ["X", ["a", "b"], {"T${X}": {"Name": {"Ref": "X"}, "To": {"Fn::Sub": "${X}-${Y}"}}}]}),
                json!({"Ta": {"Name": "a", "To": {"Fn::Sub": "a-${Y}"}}, "Tb": {"Name": "b", "To": {"Fn::Sub": "b-${Y}"}}}),
            ),
            (
                json!({"Fn::ForEach::L": ["X", {"Ref": "Names"}, {"T&{X}": "${X}"}], "Z": 1}),
                json!({"Ta": "a", "Tb1": "b-1", "Z": 1}),
            ),
            (
                json!({"P": {"Fn::ForEach::L": ["X", {"Fn::FindInMap": ["Sizes", "dev", "all"]}, {"${X}": 1}]}}),
                json!({"P": {"s": 1, "m": 1}}),
            ),
            (
                json!({"Fn::ForEach::A": ["X", [1, 2], {"Fn::ForEach::B": ["Y", ["c", "d"], {"${X}${Y}": {"Ref": "X"}}]}]}),
                json!({"1c": "1", "1d": "1", "2c": "2", "2d": "2"}),
            ),
            (json!({"Fn::ForEach::L": ["X", [], {"${X}": 1}]}), json!({})),
        ];
        for (template, expected) in table {
            assert_eq!(expanded(&template), Ok(expected), "{template}");
        }
    }

    #[test]
    fn what_is_not_a_loop_is_rejected() {
        let deep = (0..6).fold(json!({"${X}": 1}), |body, _| json!({"Fn::ForEach::L": ["X", ["a"], body]}));
        let many: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
        let table = [
            (json!({"Fn::ForEach::L": ["X", ["a"]]}), "is malformed"),
            (json!({"Fn::ForEach::L": ["X", "a", {"${X}": 1}]}), "is not a list"),
            (json!({"Fn::ForEach::L": ["X", {"Ref": "Missing"}, {"${X}": 1}]}), "the collection of the loop `L`"),
            (json!({"Fn::ForEach::L": ["X", ["a", "b"], {"T": 1}]}), "generates `T` twice"),
            (json!({"Fn::ForEach::L": ["X", [["a"]], {"T": 1}]}), "is not text"),
            (json!({"Ta": 1, "Fn::ForEach::L": ["X", ["a"], {"T${X}": 1}]}), "generated twice"),
            (deep, "nested too deep"),
            (
                json!({"Fn::ForEach::A": ["X", many, {"Fn::ForEach::B": ["Y", many, {"${X}-${Y}": "a long text"}]}]}),
                "longer than 1 MB",
            ),
        ];
        for (template, words) in table {
            let problem = expanded(&template).unwrap_err();
            assert!(problem.message().contains(words), "{template}: {}", problem.message());
        }
    }
}
