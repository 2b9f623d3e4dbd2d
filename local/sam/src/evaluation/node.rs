//! Typed access to the properties of a resource: evaluated when asked for, with errors that name the property.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::resolver::Resolver;
use crate::document::Resource;
use crate::expansion::{Origin, Place};
use crate::problem::Problem;
use crate::scalar::scalar_text;

/// A value in a resource, with its place. Its outermost level is not an intrinsic.
#[derive(Clone)]
pub(crate) struct Node<'r> {
    value: Cow<'r, Value>,
    logical_id: &'r str,
    /// Where the resource comes from, if it is generated.
    origin: Option<&'r Origin>,
    path: String,
    resolver: &'r Resolver<'r>,
}

impl<'r> Node<'r> {
    /// The `Properties` of a resource.
    pub(crate) fn properties(
        logical_id: &'r str,
        resource: &'r Resource,
        resolver: &'r Resolver<'r>,
    ) -> Result<Self, Problem> {
        let root = Self::root(logical_id, resource, resolver);
        match root.child("Properties".to_owned(), Cow::Borrowed(&resource.properties))? {
            // Paths in messages start below `Properties`.
            Some(properties) => Ok(Self { path: String::new(), ..properties }),
            None => Err(root.problem("has no `Properties`", "give it `Properties`")),
        }
    }

    /// The `Metadata` of a resource, if it has any.
    pub(crate) fn metadata(
        logical_id: &'r str,
        resource: &'r Resource,
        resolver: &'r Resolver<'r>,
    ) -> Result<Option<Self>, Problem> {
        let root = Self::root(logical_id, resource, resolver);
        root.child("Metadata".to_owned(), Cow::Borrowed(&resource.metadata))
    }

    fn root(logical_id: &'r str, resource: &'r Resource, resolver: &'r Resolver<'r>) -> Self {
        let value = Cow::Borrowed(&Value::Null);
        Self { value, logical_id, origin: resource.origin.as_ref(), path: String::new(), resolver }
    }

    /// The value under `key`; `None` where it is missing, null or `AWS::NoValue`.
    pub(crate) fn get(&self, key: &str) -> Result<Option<Self>, Problem> {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        match &self.value {
            Cow::Borrowed(Value::Object(object)) => {
                object.get(key).map_or(Ok(None), |value| self.child(path, Cow::Borrowed(value)))
            }
            Cow::Owned(Value::Object(object)) => {
                object.get(key).map_or(Ok(None), |value| self.child(path, Cow::Owned(value.clone())))
            }
            _ => Err(self.must_be("a map")),
        }
    }

    /// The value under `key`, which must be there.
    pub(crate) fn require(&self, key: &str) -> Result<Self, Problem> {
        let value = self.get(key)?;
        value.ok_or_else(|| self.problem(&format!("has no `{key}`"), &format!("give it `{key}`")))
    }

    /// The text under `key`, if there is one.
    pub(crate) fn text_at(&self, key: &str) -> Result<Option<String>, Problem> {
        self.get(key)?.map(|node| node.text()).transpose()
    }

    /// Whether `key` has a value. One that cannot be evaluated counts: it is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        !matches!(self.get(key), Ok(None))
    }

    /// The keys of a map, sorted.
    pub(crate) fn keys(&self) -> Result<Vec<String>, Problem> {
        let mut keys: Vec<String> = self.object()?.keys().cloned().collect();
        keys.sort();
        Ok(keys)
    }

    /// The items of a list, without those that are `AWS::NoValue`.
    pub(crate) fn items(&self) -> Result<Vec<Self>, Problem> {
        let Value::Array(items) = self.value.as_ref() else {
            return Err(self.must_be("a list"));
        };
        let mut nodes = Vec::new();
        for (index, item) in items.iter().enumerate() {
            nodes.extend(self.child(format!("{}[{index}]", self.path), Cow::Owned(item.clone()))?);
        }
        Ok(nodes)
    }

    /// The entries of a map of texts.
    pub(crate) fn texts(&self) -> Result<BTreeMap<String, String>, Problem> {
        let mut texts = BTreeMap::new();
        for key in self.keys()? {
            if let Some(text) = self.text_at(&key)? {
                texts.insert(key, text);
            }
        }
        Ok(texts)
    }

    /// A text; numbers and booleans count as their text.
    pub(crate) fn text(&self) -> Result<String, Problem> {
        let text = scalar_text(&self.value).ok_or_else(|| self.must_be("text"))?;
        if text.contains("{{resolve:") {
            let hint = "take the value from a parameter, and pass it with `--parameter-overrides`";
            return Err(self.problem("has a dynamic reference, which only AWS can resolve", hint));
        }
        Ok(text)
    }

    /// The whole number under `key` within `range`, if there is one.
    pub(crate) fn integer_at(&self, key: &str, range: RangeInclusive<u64>) -> Result<Option<u64>, Problem> {
        self.get(key)?.map(|node| node.integer(range)).transpose()
    }

    /// The boolean under `key`, if there is one.
    pub(crate) fn boolean_at(&self, key: &str) -> Result<Option<bool>, Problem> {
        self.get(key)?.map(|node| node.boolean()).transpose()
    }

    /// The places of those of `properties` that are there, also without a value.
    pub(crate) fn places_of(&self, properties: &[&str]) -> Vec<String> {
        let given = properties.iter().filter(|property| self.has(property));
        given.map(|property| self.place_of(property)).collect()
    }

    /// Where the property `key` is, whether or not it has a value.
    pub(crate) fn place_of(&self, key: &str) -> String {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        self.place_of_path(path)
    }

    /// Whether the resource is generated, and not written by the author.
    pub(crate) fn is_generated(&self) -> bool {
        self.origin.is_some()
    }

    /// A whole number within `range`, also as text.
    pub(crate) fn integer(&self, range: RangeInclusive<u64>) -> Result<u64, Problem> {
        let number = scalar_text(&self.value).and_then(|text| text.trim().parse().ok());
        number.filter(|number| range.contains(number)).ok_or_else(|| match *range.end() {
            u64::MAX => self.must_be("a whole number"),
            _ => self.must_be(&format!("a whole number from {} to {}", range.start(), range.end())),
        })
    }

    /// A number that is not negative, also as text.
    pub(crate) fn number(&self) -> Result<f64, Problem> {
        let number = scalar_text(&self.value).and_then(|text| text.trim().parse().ok());
        let number = number.filter(|number: &f64| number.is_finite() && *number >= 0.0);
        number.ok_or_else(|| self.must_be("a number that is not negative"))
    }

    /// A boolean, also as text.
    pub(crate) fn boolean(&self) -> Result<bool, Problem> {
        match scalar_text(&self.value).map(|text| text.to_ascii_lowercase()).as_deref() {
            Some("true" | "yes" | "on") => Ok(true),
            Some("false" | "no" | "off") => Ok(false),
            _ => Err(self.must_be("`true` or `false`")),
        }
    }

    /// The whole value, every intrinsic in it evaluated.
    pub(crate) fn json(&self) -> Result<Value, Problem> {
        let value = self.resolver.deep(&self.value).map_err(|problem| problem.at(&self.place()))?;
        Ok(value.unwrap_or_default())
    }

    /// The value, with the intrinsics in it unevaluated.
    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    /// Where the author wrote this, such as "`Environment.Variables` of `Fn`".
    pub(crate) fn place(&self) -> String {
        self.place_of_path(self.path.clone())
    }

    fn place_of_path(&self, path: String) -> String {
        let place = match self.origin {
            Some(origin) => origin.find(&path),
            None => Place { logical_id: self.logical_id.to_owned(), path },
        };
        place.to_string()
    }

    /// A problem with this value: "`path` of `resource` …".
    pub(crate) fn problem(&self, message: &str, hint: &str) -> Problem {
        Problem::new(format!("{} {message}", self.place()), hint)
    }

    fn child(&self, path: String, value: Cow<'r, Value>) -> Result<Option<Self>, Problem> {
        let resolver = self.resolver;
        let value = match value {
            Cow::Borrowed(value) => resolver.shallow(value),
            Cow::Owned(value) => {
                resolver.shallow(&value).map(|value| value.map(|value| Cow::Owned(value.into_owned())))
            }
        };
        let node = |value| Self { value, logical_id: self.logical_id, origin: self.origin, path, resolver };
        match value {
            Ok(None) => Ok(None),
            Ok(Some(value)) if value.is_null() => Ok(None),
            Ok(Some(value)) => Ok(Some(node(value))),
            Err(problem) => Err(problem.at(&node(Cow::Owned(Value::Null)).place())),
        }
    }

    fn object(&self) -> Result<&Map<String, Value>, Problem> {
        self.value.as_object().ok_or_else(|| self.must_be("a map"))
    }

    fn must_be(&self, kind: &str) -> Problem {
        let found = match self.value.as_ref() {
            Value::Null => "null".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "a map".to_owned(),
            // Long texts say nothing more than their beginning, which may be a secret's, too.
            scalar => {
                let text = self.resolver.secrets.hide(&scalar_text(scalar).unwrap_or_default());
                format!("`{}`", text.chars().take(60).collect::<String>())
            }
        };
        self.problem(&format!("must be {kind}, not {found}"), "correct the property, or what it refers to")
    }
}
