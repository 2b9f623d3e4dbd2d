//! `CreateRoom`, `DeleteRoom`, `GetRoom`, `ListRooms`, `UpdateRoom`.

use std::collections::BTreeMap;

use super::fields::Fields;
use crate::listing::Place;
use crate::room::MAX_MESSAGE_LENGTH;
use crate::room::{DEFAULT_MESSAGE_LENGTH, DEFAULT_MESSAGE_RATE, MessageReviewHandler, ReviewHandlerChange};
use crate::{Exception, Room, RoomArn};

/// Longest room name (`RoomName` of the ivschat model).
const MAX_NAME_LENGTH: usize = 128;
/// Messages a second that a room may take (`RoomMaxMessageRatePerSecond` of the ivschat model).
const MAX_MESSAGE_RATE: u32 = 100;
/// Rooms in one answer, and also where the request does not say it (`MaxRoomResults` of the ivschat model).
const MAX_RESULTS: u32 = 50;

/// `CreateRoom`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateRoom {
    /// May be empty, need not be unique.
    pub name: String,
    /// 1 to 500 code points.
    pub maximum_message_length: u32,
    /// 1 to 100 a second.
    pub maximum_message_rate_per_second: u32,
    /// Who looks at messages first.
    pub message_review_handler: Option<MessageReviewHandler>,
    /// At most 50.
    pub tags: BTreeMap<String, String>,
}

/// `DeleteRoom`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteRoom {
    /// Which room.
    pub room: RoomArn,
}

/// `GetRoom`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetRoom {
    /// Which room.
    pub room: RoomArn,
}

/// `ListRooms`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRooms {
    name: Option<String>,
    review_uri: Option<String>,
    pub(crate) start: Option<Place>,
    pub(crate) max_results: usize,
}

/// `UpdateRoom`: what is `None` stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateRoom {
    /// Which room.
    pub room: RoomArn,
    name: Option<String>,
    maximum_message_length: Option<u32>,
    maximum_message_rate_per_second: Option<u32>,
    message_review_handler: Option<ReviewHandlerChange>,
}

impl CreateRoom {
    /// The function that shall look at messages, if the request names one.
    pub fn review_uri(&self) -> Option<&str> {
        self.message_review_handler.as_ref().map(|handler| handler.uri.as_str())
    }

    /// Reads the body of a request; an empty one is `{}`.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(body: &[u8]) -> Result<Self, Exception> {
        let mut fields = Fields::parse(body)?;
        let name = fields.name("name", MAX_NAME_LENGTH);
        let length = fields.number("maximumMessageLength", 1..=MAX_MESSAGE_LENGTH);
        let rate = fields.number("maximumMessageRatePerSecond", 1..=MAX_MESSAGE_RATE);
        let message_review_handler = fields.review_handler("messageReviewHandler");
        let tags = fields.tags("tags");
        fields.refuse_logging("loggingConfigurationIdentifiers");
        fields.finish(Some(()))?;
        Ok(Self {
            name: name.unwrap_or_default(),
            maximum_message_length: length.unwrap_or(DEFAULT_MESSAGE_LENGTH),
            maximum_message_rate_per_second: rate.unwrap_or(DEFAULT_MESSAGE_RATE),
            message_review_handler: message_review_handler.map(|handler| handler.applied_to(None)),
            tags: tags.unwrap_or_default(),
        })
    }
}

impl DeleteRoom {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(body: &[u8]) -> Result<Self, Exception> {
        let mut fields = Fields::parse(body)?;
        let room = fields.room("identifier");
        Ok(Self { room: fields.finish(room)? })
    }
}

impl GetRoom {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(body: &[u8]) -> Result<Self, Exception> {
        let mut fields = Fields::parse(body)?;
        let room = fields.room("identifier");
        Ok(Self { room: fields.finish(room)? })
    }
}

impl ListRooms {
    /// Reads the body of a request; an empty one is `{}`.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(body: &[u8]) -> Result<Self, Exception> {
        let mut fields = Fields::parse(body)?;
        let name = fields.name("name", MAX_NAME_LENGTH);
        let review_uri = fields.review_uri("messageReviewHandlerUri");
        let start = fields.place("nextToken");
        let max_results = fields.number("maxResults", 1..=MAX_RESULTS).unwrap_or(MAX_RESULTS);
        fields.refuse_logging("loggingConfigurationIdentifier");
        fields.finish(Some(()))?;
        Ok(Self { name, review_uri, start, max_results: usize::try_from(max_results).unwrap_or(usize::MAX) })
    }

    /// Both filters together, each by equality.
    pub(crate) fn matches(&self, room: &Room) -> bool {
        let uri = room.message_review_handler.as_ref().map(|handler| &handler.uri);
        self.name.as_ref().is_none_or(|name| *name == room.name)
            && self.review_uri.as_ref().is_none_or(|wanted| uri == Some(wanted))
    }
}

impl UpdateRoom {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(body: &[u8]) -> Result<Self, Exception> {
        let mut fields = Fields::parse(body)?;
        let room = fields.room("identifier");
        let name = fields.name("name", MAX_NAME_LENGTH);
        let maximum_message_length = fields.number("maximumMessageLength", 1..=MAX_MESSAGE_LENGTH);
        let maximum_message_rate_per_second = fields.number("maximumMessageRatePerSecond", 1..=MAX_MESSAGE_RATE);
        let message_review_handler = fields.review_handler("messageReviewHandler");
        fields.refuse_logging("loggingConfigurationIdentifiers");
        Ok(Self {
            room: fields.finish(room)?,
            name,
            maximum_message_length,
            maximum_message_rate_per_second,
            message_review_handler,
        })
    }

    /// The function that shall look at messages from now on, if the request names one.
    pub fn review_uri(&self) -> Option<&str> {
        self.message_review_handler.as_ref()?.uri.as_deref()
    }

    pub(crate) fn applied_to(self, room: Room) -> Room {
        Room {
            name: self.name.unwrap_or(room.name),
            maximum_message_length: self.maximum_message_length.unwrap_or(room.maximum_message_length),
            maximum_message_rate_per_second: self
                .maximum_message_rate_per_second
                .unwrap_or(room.maximum_message_rate_per_second),
            message_review_handler: match self.message_review_handler {
                Some(change) => Some(change.applied_to(room.message_review_handler)),
                None => room.message_review_handler,
            },
            ..room
        }
    }
}
