//! The members of a request's body, and everything that is wrong with them.

mod review;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::attributes::AttributesError;
use crate::identifier::MAX_ARN_LENGTH;
use crate::listing::Place;
use crate::{Attributes, Capability, Exception, Field, Id, Reason, RoomArn};

/// Tags of a room, and the lengths of their keys and values in characters (`Tags`, `TagKey`, `TagValue` of the ivschat
/// model).
pub(super) const MAX_TAGS: usize = 50;
const MAX_TAG_KEY_LENGTH: usize = 128;
const MAX_TAG_VALUE_LENGTH: usize = 256;
/// Keys that AWS keeps for itself, in any case ("Tagging your AWS resources").
const RESERVED_TAG_PREFIX: &str = "aws:";
/// Longest pagination token (`PaginationToken` of the ivschat model).
const MAX_TOKEN_LENGTH: usize = 1_024;

/// Reads members one by one and collects what is wrong, so that the caller learns everything at once. A reader returns
/// `None` for a member that is absent or wrong.
pub(super) struct Fields {
    members: Map<String, Value>,
    problems: Vec<Field>,
}

impl Fields {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Exception> {
        let members = match body.trim_ascii() {
            b"" => Some(Map::new()),
            text => serde_json::from_slice(text).ok(),
        };
        let other = || Exception::Validation { reason: Reason::Other, fields: Vec::new() };
        Ok(Self { members: members.ok_or_else(other)?, problems: Vec::new() })
    }

    /// Ends the reading: `required` is what the request cannot do without, and `None` only if a reader has reported it.
    pub(super) fn finish<T>(self, required: Option<T>) -> Result<T, Exception> {
        match required {
            Some(required) if self.problems.is_empty() => Ok(required),
            _ => Err(Exception::Validation { reason: Reason::FieldValidationFailed, fields: self.problems }),
        }
    }

    /// The members of the model that belong to its later logging operations.
    pub(super) fn refuse_logging(&mut self, name: &str) {
        if self.get(name).is_some() {
            self.wrong(name, "is not supported: this service has no logging configurations");
        }
    }

    pub(super) fn id(&mut self, name: &str) -> Option<Id> {
        self.require(name)?;
        let Value::String(text) = self.get(name)? else {
            self.wrong(name, "must be a string");
            return None;
        };
        let id = Id::parse(text);
        if id.is_none() {
            self.wrong(name, "must have 12 letters and digits");
        }
        id
    }

    pub(super) fn place(&mut self, name: &str) -> Option<Place> {
        let token = self.text(name, 0, MAX_TOKEN_LENGTH).filter(|token| !token.is_empty())?;
        let place = Place::parse(&token);
        if place.is_none() {
            self.wrong(name, "must be what an earlier call returned");
        }
        place
    }

    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.get(name)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong(name, format_args!("must be a whole number from {} to {}", range.start(), range.end()));
        }
        number
    }

    pub(super) fn name(&mut self, name: &str, longest: usize) -> Option<String> {
        let text = self.text(name, 0, longest)?;
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
            return Some(text);
        }
        self.wrong(name, "must consist of letters, digits, `-` and `_`");
        None
    }

    pub(super) fn required_text(&mut self, name: &str, longest: usize) -> Option<String> {
        self.require(name)?;
        self.text(name, 1, longest)
    }

    pub(super) fn room(&mut self, name: &str) -> Option<RoomArn> {
        let text = self.required_text(name, MAX_ARN_LENGTH)?;
        let room = RoomArn::parse(&text);
        if room.is_none() {
            self.wrong(name, "must be the ARN of a room");
        }
        room
    }

    pub(super) fn capabilities(&mut self, name: &str) -> Option<Vec<Capability>> {
        let value = self.get(name)?;
        let parse = |names: &Vec<Value>| names.iter().map(|name| Capability::parse(name.as_str()?)).collect();
        let named: Option<Vec<_>> = value.as_array().and_then(parse);
        if named.is_none() {
            self.wrong(name, format_args!("must be a list of {}", Capability::ALL.map(Capability::name).join(", ")));
        }
        // Each once, however often it is named: the session has to stay small.
        named.map(|named| Capability::ALL.into_iter().filter(|capability| named.contains(capability)).collect())
    }

    pub(super) fn attributes(&mut self, name: &str) -> Option<Attributes> {
        match Attributes::parse(self.get(name)?) {
            Ok(attributes) => return Some(attributes),
            Err(AttributesError::NotStrings) => self.wrong(name, "must be a map of strings to strings"),
            Err(AttributesError::TooLarge) => self.wrong(name, "must not exceed 1 KB"),
        }
        None
    }

    pub(super) fn required_tags(&mut self, name: &str) -> Option<BTreeMap<String, String>> {
        self.require(name)?;
        self.tags(name)
    }

    pub(super) fn tags(&mut self, name: &str) -> Option<BTreeMap<String, String>> {
        let value = self.get(name)?;
        let strings = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        let tags: Option<BTreeMap<_, _>> = value.as_object().and_then(|map| map.iter().map(strings).collect());
        let Some(tags) = tags else {
            self.wrong(name, "must be a map of strings to strings");
            return None;
        };
        let too_long = |key: &str, value: &str| {
            key.is_empty() || key.chars().count() > MAX_TAG_KEY_LENGTH || value.chars().count() > MAX_TAG_VALUE_LENGTH
        };
        if tags.len() > MAX_TAGS {
            self.wrong(name, format_args!("must not have more than {MAX_TAGS} entries"));
        } else if tags.iter().any(|(key, value)| too_long(key, value)) {
            let lengths = format_args!(
                "keys must have 1 to {MAX_TAG_KEY_LENGTH} characters, values up to {MAX_TAG_VALUE_LENGTH}"
            );
            self.wrong(name, lengths);
        } else if tags.keys().any(|key| is_reserved(key)) {
            self.wrong(name, "keys must not begin with `aws:`");
        } else {
            return Some(tags);
        }
        None
    }

    pub(super) fn text(&mut self, name: &str, shortest: usize, longest: usize) -> Option<String> {
        let Value::String(text) = self.get(name)? else {
            self.wrong(name, "must be a string");
            return None;
        };
        let text = text.clone();
        if (shortest..=longest).contains(&text.chars().count()) {
            return Some(text);
        }
        self.wrong(name, format_args!("must have {shortest} to {longest} characters"));
        None
    }

    fn require(&mut self, name: &str) -> Option<()> {
        if self.get(name).is_none() {
            self.wrong(name, "is required");
            return None;
        }
        Some(())
    }

    /// A member that is `null` is absent.
    fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    fn wrong(&mut self, name: &str, problem: impl Display) {
        self.problems.push(Field { name: name.to_owned(), message: format!("{name} {problem}") });
    }
}

/// Reads the ARN that stands in the path of a tag operation.
pub(super) fn resource(arn: &str) -> Result<RoomArn, Exception> {
    RoomArn::parse(arn).ok_or_else(|| Exception::wrong_field("resourceArn", "resourceArn must be the ARN of a room"))
}

/// Checks the keys that shall be removed.
pub(super) fn check_tag_keys(name: &str, keys: &[String]) -> Result<(), Exception> {
    let too_long = |key: &String| key.is_empty() || key.chars().count() > MAX_TAG_KEY_LENGTH;
    let problem = if keys.is_empty() {
        "is required".to_owned()
    } else if keys.len() > MAX_TAGS {
        format!("must not have more than {MAX_TAGS} entries")
    } else if keys.iter().any(too_long) {
        format!("keys must have 1 to {MAX_TAG_KEY_LENGTH} characters")
    } else if keys.iter().any(|key| is_reserved(key)) {
        "keys must not begin with `aws:`".to_owned()
    } else {
        return Ok(());
    };
    Err(Exception::wrong_field(name, format!("{name} {problem}")))
}

fn is_reserved(tag_key: &str) -> bool {
    tag_key.to_ascii_lowercase().starts_with(RESERVED_TAG_PREFIX)
}
