//! The source template, read with the place of each value. Intrinsics stay as they are written.

use serde_json::{Map, Value};

use super::place::Place;
use crate::intrinsic;
use crate::problem::Problem;

/// A value of the source template.
#[derive(Clone, Debug)]
pub(crate) struct Source<'s> {
    value: &'s Value,
    place: Place,
}

impl<'s> Source<'s> {
    /// `value`, which is written at `place`.
    pub(crate) fn new(value: &'s Value, place: Place) -> Self {
        Self { value, place }
    }

    /// The value as it is written.
    pub(crate) fn value(&self) -> &'s Value {
        self.value
    }

    /// Where it is written.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// The value under `key`; `None` where it is missing or null, or where this is not a map.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Self { value, place: self.place.below(key) })
    }

    /// The value under `key`, unless it is empty: SAM often treats `""`, `{}`, `[]`, `false` and `0` as missing.
    pub(crate) fn filled(&self, key: &str) -> Option<Self> {
        self.get(key).filter(Self::is_set)
    }

    /// The value under `key`.
    ///
    /// # Errors
    /// It is missing or null.
    pub(crate) fn require(&self, key: &str) -> Result<Self, Problem> {
        self.get(key).ok_or_else(|| self.problem(&format!("has no `{key}`"), &format!("give it `{key}`")))
    }

    /// The entries of a map in the order of the template, without those that are null.
    ///
    /// # Errors
    /// This is not a map.
    pub(crate) fn entries(&self) -> Result<Vec<(&'s str, Self)>, Problem> {
        let Value::Object(object) = self.value else { return Err(self.must_be("a map")) };
        let keys = object.keys().map(|key| self.get(key).map(|value| (key.as_str(), value)));
        Ok(keys.flatten().collect())
    }

    /// The items of a list.
    ///
    /// # Errors
    /// This is not a list.
    pub(crate) fn items(&self) -> Result<Vec<Self>, Problem> {
        let Value::Array(items) = self.value else { return Err(self.must_be("a list")) };
        let place = |index| self.place.below(&format!("[{index}]"));
        Ok(items.iter().enumerate().map(|(index, value)| Self { value, place: place(index) }).collect())
    }

    /// The items of a list, or this value alone where it is not a list.
    pub(crate) fn items_or_self(&self) -> Vec<Self> {
        self.items().unwrap_or_else(|_single| vec![self.clone()])
    }

    /// A text.
    ///
    /// # Errors
    /// This is not a text; an intrinsic is not one either.
    pub(crate) fn text(&self) -> Result<&'s str, Problem> {
        self.value.as_str().ok_or_else(|| self.must_be("text"))
    }

    /// The map.
    ///
    /// # Errors
    /// This is not a map.
    pub(crate) fn map(&self) -> Result<&'s Map<String, Value>, Problem> {
        self.value.as_object().ok_or_else(|| self.must_be("a map"))
    }

    /// Whether this is an intrinsic such as `Ref` or `Fn::Sub`, whose value is not known yet.
    pub(crate) fn is_intrinsic(&self) -> bool {
        intrinsic::call(self.value).is_some()
    }

    /// The condition and the two values of an `Fn::If`; `None` where this is not one.
    ///
    /// # Errors
    /// The `Fn::If` does not have three arguments.
    pub(crate) fn choice(&self) -> Result<Option<[Self; 3]>, Problem> {
        let Some(("Fn::If", _)) = intrinsic::call(self.value) else { return Ok(None) };
        let arguments = self.get("Fn::If").and_then(|arguments| arguments.items().ok()).unwrap_or_default();
        let three = <[Self; 3]>::try_from(arguments);
        let invalid =
            |_arguments| self.problem("has an `Fn::If` without three arguments", "give it a condition and two values");
        three.map(Some).map_err(invalid)
    }

    /// Whether this is `Ref: AWS::NoValue`.
    pub(crate) fn is_no_value(&self) -> bool {
        intrinsic::referenced(self.value) == Some("AWS::NoValue")
    }

    /// Whether this says anything: SAM ignores many a property that is `false`, `0` or empty.
    pub(crate) fn is_set(&self) -> bool {
        is_filled(self.value)
    }

    /// Whether this is `true`, as a boolean.
    pub(crate) fn is_true(&self) -> bool {
        self.value == &Value::Bool(true)
    }

    /// A problem with this value: "`path` of `resource` …".
    pub(crate) fn problem(&self, message: &str, hint: &str) -> Problem {
        Problem::new(format!("{} {message}", self.place), hint)
    }

    /// The problem that this value is not `kind`, such as "a map".
    pub(crate) fn must_be(&self, kind: &str) -> Problem {
        self.problem(&format!("is not {kind}"), "correct the property")
    }
}

/// Whether a value counts as given: null, `false`, zero and what has no characters, items or entries do not.
pub(crate) fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(boolean) => *boolean,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(object) => !object.is_empty(),
    }
}
