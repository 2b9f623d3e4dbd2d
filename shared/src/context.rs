//! The context that an authorizer returns: API Gateway repeats it in every later event of the connection.

use std::collections::HashMap;
use std::fmt;

use serde::de::value::{Error as ValueError, MapDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use crate::Error;

/// Reads the context of any authorizer into a type of the application.
pub(crate) fn read<T: DeserializeOwned>(context: &HashMap<String, Value>) -> Result<T, Error> {
    let fields = context.iter().map(|(name, value)| (name.as_str(), Scalar(value)));
    T::deserialize(MapDeserializer::<_, ValueError>::new(fields))
        .map_err(|_content| Error::Event("an authorizer context of another shape"))
}

/// A value of a context: text, a number or a boolean.
///
/// Whether numbers and booleans arrive as such or as text differs between API Gateway's own documentation and observed
/// events, so either is read as what the application asks for.
#[derive(Clone, Copy)]
struct Scalar<'a>(&'a Value);

impl<'de> IntoDeserializer<'de, ValueError> for Scalar<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parsed_from_text {
    ($($method:ident => $visit:ident: $type:ty,)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
            match self.0 {
                Value::String(text) => match text.parse::<$type>() {
                    Ok(value) => visitor.$visit(value),
                    Err(_) => self.deserialize_any(visitor),
                },
                _ => self.deserialize_any(visitor),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Scalar<'de> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.0.deserialize_any(visitor).map_err(without_content)
    }

    parsed_from_text! {
        deserialize_bool => visit_bool: bool,
        deserialize_i8 => visit_i64: i64,
        deserialize_i16 => visit_i64: i64,
        deserialize_i32 => visit_i64: i64,
        deserialize_i64 => visit_i64: i64,
        deserialize_u8 => visit_u64: u64,
        deserialize_u16 => visit_u64: u64,
        deserialize_u32 => visit_u64: u64,
        deserialize_u64 => visit_u64: u64,
        deserialize_f32 => visit_f64: f64,
        deserialize_f64 => visit_f64: f64,
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Value::Number(_) | Value::Bool(_) => visitor.visit_string(self.0.to_string()),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.0.deserialize_enum(name, variants, visitor).map_err(without_content)
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

fn without_content(_error: impl fmt::Display) -> ValueError {
    serde::de::Error::custom("another shape")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Plan {
        Free,
        Paid,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Player {
        principal_id: String,
        level: u8,
        rating: f64,
        is_admin: bool,
        plan: Plan,
        team: Option<String>,
        id: PlayerId,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct PlayerId(u64);

    fn context(value: &Value) -> HashMap<String, Value> {
        value.as_object().unwrap().clone().into_iter().collect()
    }

    #[test]
    fn values_arrive_as_themselves_or_as_text() {
        let typed = json!({
            "principalId": 7, "level": 3, "rating": 1.5, "isAdmin": true, "plan": "paid", "id": 9, "integrationLatency": 41,
        });
        let text = json!({
            "principalId": "7", "level": "3", "rating": "1.5", "isAdmin": "true", "plan": "paid", "id": "9", "team": null,
        });
        for value in [typed, text] {
            let expected = Player {
                principal_id: "7".to_owned(),
                level: 3,
                rating: 1.5,
                is_admin: true,
                plan: Plan::Paid,
                team: None,
                id: PlayerId(9),
            };
            assert_eq!(read::<Player>(&context(&value)).unwrap(), expected, "{value}");
        }
    }

    #[test]
    fn a_context_of_another_shape_is_an_error_without_its_content() {
        for value in [json!({}), json!({ "principalId": "secret", "level": "secret" }), json!({ "plan": "secret" })] {
            let error = read::<Player>(&context(&value)).unwrap_err();
            assert_eq!(error.to_string(), "the event has an authorizer context of another shape");
        }
    }
}
