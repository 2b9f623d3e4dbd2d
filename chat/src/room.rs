//! A room as the table and the wire know it. Its attribute names stand in this file and nowhere else.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use crate::{RoomArn, Time};

/// Code points of a message where the room says nothing (`RoomMaxMessageLength` of the ivschat model: 1 to 500).
pub const DEFAULT_MESSAGE_LENGTH: u32 = 500;
/// The most code points of a message that a room may allow (`RoomMaxMessageLength` of the ivschat model: 1 to 500).
pub(crate) const MAX_MESSAGE_LENGTH: u32 = 500;
/// Messages a second where the room says nothing (`RoomMaxMessageRatePerSecond` of the ivschat model: 1 to 100).
pub const DEFAULT_MESSAGE_RATE: u32 = 10;

/// Partition key.
pub(crate) const ROOM_ID: &str = "roomId";
/// Sort key.
pub(crate) const ITEM: &str = "item";
/// The sort key of the room itself.
const ROOM_ITEM: &str = "room";
pub(crate) const ARN: &str = "arn";
const NAME: &str = "name";
const MAXIMUM_MESSAGE_LENGTH: &str = "maximumMessageLength";
const MAXIMUM_MESSAGE_RATE: &str = "maximumMessageRatePerSecond";
const REVIEW_URI: &str = "reviewUri";
const REVIEW_FALLBACK: &str = "reviewFallback";
pub(crate) const TAGS: &str = "tags";
const CREATED_AT: &str = "createdAt";
/// Of the item that counts rooms.
pub(crate) const ROOM_COUNT: &str = "rooms";
/// Sort key of the index that lists rooms.
pub(crate) const UPDATED_AT: &str = "updatedAt";
/// Partition key of the index that lists rooms. Only the item of a room has it, so the count of rooms is not in the index.
pub(crate) const LISTED: &str = "listed";
/// The one value of [`LISTED`].
pub(crate) const LISTED_ROOM: &str = "room";

pub(crate) type Row = HashMap<String, AttributeValue>;

/// A room (`Room` of the ivschat model).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// Its full name, which is what the control plane calls it by.
    pub arn: RoomArn,
    /// The last part of the ARN.
    pub id: String,
    /// What people call it: not unique, may be empty.
    pub name: String,
    /// Code points that a message may have.
    pub maximum_message_length: u32,
    /// Messages that the room takes in a second.
    pub maximum_message_rate_per_second: u32,
    /// Who looks at messages before anybody hears them; absent if that was never set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_review_handler: Option<MessageReviewHandler>,
    /// Free labels.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub create_time: Time,
    /// When it was last changed.
    pub update_time: Time,
}

/// A function that lets messages pass or not (`MessageReviewHandler` of the ivschat model).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageReviewHandler {
    /// The ARN of the function; empty if it was detached.
    pub uri: String,
    /// What becomes of a message when the function gives no proper answer.
    pub fallback_result: FallbackResult,
}

/// What a request says about a review handler: what is `None` stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReviewHandlerChange {
    pub(crate) uri: Option<String>,
    pub(crate) fallback_result: Option<FallbackResult>,
}

impl ReviewHandlerChange {
    pub(crate) fn applied_to(self, handler: Option<MessageReviewHandler>) -> MessageReviewHandler {
        let (uri, fallback_result) = match handler {
            Some(handler) => (handler.uri, handler.fallback_result),
            None => (String::new(), FallbackResult::default()),
        };
        MessageReviewHandler {
            uri: self.uri.unwrap_or(uri),
            fallback_result: self.fallback_result.unwrap_or(fallback_result),
        }
    }
}

/// `FallbackResult` of the ivschat model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FallbackResult {
    /// The message is heard as it is.
    #[default]
    Allow,
    /// The message is refused.
    Deny,
}

impl FallbackResult {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Allow => "ALLOW",
            Self::Deny => "DENY",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Allow, Self::Deny].into_iter().find(|result| result.name() == name)
    }
}

impl Room {
    /// Who must look at a message first, if anybody.
    pub(crate) fn reviewer(&self) -> Option<&MessageReviewHandler> {
        self.message_review_handler.as_ref().filter(|handler| !handler.uri.is_empty())
    }

    /// Whether a message of this content is short enough.
    pub(crate) fn admits_content(&self, content: &str) -> bool {
        fits(content, self.maximum_message_length)
    }

    pub(crate) fn to_row(&self) -> Row {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let tags = self.tags.iter().map(|(key, value)| (key.clone(), text(value))).collect();
        let mut row = key(&self.id);
        row.insert(ARN.to_owned(), text(self.arn.as_str()));
        row.insert(NAME.to_owned(), text(&self.name));
        row.insert(MAXIMUM_MESSAGE_LENGTH.to_owned(), AttributeValue::N(self.maximum_message_length.to_string()));
        row.insert(
            MAXIMUM_MESSAGE_RATE.to_owned(),
            AttributeValue::N(self.maximum_message_rate_per_second.to_string()),
        );
        row.insert(TAGS.to_owned(), AttributeValue::M(tags));
        row.insert(LISTED.to_owned(), text(LISTED_ROOM));
        if let Some(handler) = &self.message_review_handler {
            row.insert(REVIEW_URI.to_owned(), text(&handler.uri));
            row.insert(REVIEW_FALLBACK.to_owned(), text(handler.fallback_result.name()));
        }
        row.insert(CREATED_AT.to_owned(), AttributeValue::N(self.create_time.milliseconds().to_string()));
        row.insert(UPDATED_AT.to_owned(), AttributeValue::N(self.update_time.milliseconds().to_string()));
        row
    }

    pub(crate) fn from_row(row: &Row) -> Option<Self> {
        let text = |name| Some(row.get(name)?.as_s().ok()?.clone());
        let number = |name| row.get(name)?.as_n().ok()?.parse::<u64>().ok();
        let tags = row.get(TAGS)?.as_m().ok()?.iter();
        let tags = tags.map(|(key, value)| Some((key.clone(), value.as_s().ok()?.clone()))).collect::<Option<_>>()?;
        Some(Self {
            arn: RoomArn::parse(&text(ARN)?)?,
            id: text(ROOM_ID)?,
            name: text(NAME)?,
            maximum_message_length: number(MAXIMUM_MESSAGE_LENGTH)?.try_into().ok()?,
            maximum_message_rate_per_second: number(MAXIMUM_MESSAGE_RATE)?.try_into().ok()?,
            message_review_handler: match text(REVIEW_URI) {
                None => None,
                Some(uri) => {
                    let fallback_result = FallbackResult::parse(&text(REVIEW_FALLBACK)?)?;
                    Some(MessageReviewHandler { uri, fallback_result })
                }
            },
            tags,
            create_time: Time::from_milliseconds(number(CREATED_AT)?),
            update_time: Time::from_milliseconds(number(UPDATED_AT)?),
        })
    }
}

/// Whether a content has at most so many code points.
pub(crate) fn fits(content: &str, longest: u32) -> bool {
    content.chars().count() <= usize::try_from(longest).unwrap_or(usize::MAX)
}

/// The key of a room's own item.
pub(crate) fn key(room_id: &str) -> Row {
    HashMap::from([
        (ROOM_ID.to_owned(), AttributeValue::S(room_id.to_owned())),
        (ITEM.to_owned(), AttributeValue::S(ROOM_ITEM.to_owned())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> Room {
        Room {
            arn: RoomArn::parse("arn:aws:ivschat:us-west-2:123456789012:room/AbCdEf123456").unwrap(),
            id: "AbCdEf123456".to_owned(),
            name: String::new(),
            maximum_message_length: 5,
            maximum_message_rate_per_second: DEFAULT_MESSAGE_RATE,
            message_review_handler: Some(MessageReviewHandler {
                uri: String::new(),
                fallback_result: FallbackResult::Deny,
            }),
            tags: BTreeMap::from([("team".to_owned(), "blue".to_owned())]),
            create_time: Time::from_milliseconds(1_700_000_000_001),
            update_time: Time::from_milliseconds(1_700_000_000_002),
        }
    }

    #[test]
    fn a_room_survives_the_table() {
        assert_eq!(Room::from_row(&room().to_row()), Some(room()));
        assert_eq!(Room::from_row(&key("AbCdEf123456")), None);
    }

    #[test]
    fn length_is_counted_in_code_points() {
        assert!(room().admits_content("🦀🦀🦀🦀🦀"));
        assert!(!room().admits_content("abcdef"));
    }
}
