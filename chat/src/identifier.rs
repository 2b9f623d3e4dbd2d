//! Identifiers: twelve letters and digits, and the ARNs made of them.

use std::fmt;

use rand::RngExt;
use rand::distr::Alphanumeric;
use serde::Serialize;

/// Length of the ids of rooms, messages and events (`RoomID`, `MessageID`, `ID` of the ivschat model).
const ID_LENGTH: usize = 12;

/// Longest room ARN (`RoomIdentifier` of the ivschat model).
pub(crate) const MAX_ARN_LENGTH: usize = 128;

/// The id of a room, a message or an event: twelve letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Id(String);

impl Id {
    /// A new id. 62^12 ids make a second one of a kind unlikely, not impossible: who stores rooms must check.
    pub fn random() -> Self {
        Self(rand::rng().sample_iter(Alphanumeric).take(ID_LENGTH).map(char::from).collect())
    }

    /// The one id of all frames that keep connections open.
    pub(crate) fn of_keep_alive() -> Self {
        Self("KeepAlive001".to_owned())
    }

    /// Reads twelve letters and digits.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        well_formed.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The ARN of a room: `arn:aws:ivschat:{region}:{account}:room/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RoomArn(String);

impl RoomArn {
    /// The ARN of a new room.
    pub(crate) fn new(region: &str, account_id: &str, id: &Id) -> Self {
        Self(format!("arn:aws:ivschat:{region}:{account_id}:room/{id}"))
    }

    /// Reads `arn:aws:ivschat:[a-z0-9-]+:[0-9]+:room/[a-zA-Z0-9-]+`, at most 128 characters. Whether there is such a room is
    /// another question.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:aws:ivschat:")?.splitn(3, ':');
        let (region, account_id, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let id = resource.strip_prefix("room/")?;
        let well_formed = text.len() <= MAX_ARN_LENGTH
            && consists_of(region, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && consists_of(account_id, |byte| byte.is_ascii_digit())
            && consists_of(id, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
        well_formed.then(|| Self(text.to_owned()))
    }

    /// The ARN as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the room, without the rest.
    pub fn room_id(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

fn consists_of(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_twelve_letters_and_digits() {
        let id = Id::random();
        assert_eq!(id.as_str().len(), 12);
        assert!(id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(id, Id::random());
    }

    #[test]
    fn only_room_arns_are_room_arns() {
        let arn = RoomArn::parse("arn:aws:ivschat:us-west-2:123456789012:room/AbCdEf123456").unwrap();
        assert_eq!(arn.room_id(), "AbCdEf123456");
        let others = [
            "",
            "AbCdEf123456",
            "arn:aws:ivs:us-west-2:123456789012:channel/AbCdEf123456",
            "arn:aws:ivschat:us-west-2:123456789012:room/",
            "arn:aws:ivschat:us-west-2:123456789012:room/a/b",
            "arn:aws:ivschat:US:123456789012:room/a",
            "arn:aws:ivschat:us-west-2:x:room/a",
            "arn:aws:ivschat:us-west-2",
        ];
        for other in others {
            assert_eq!(RoomArn::parse(other), None, "for `{other}`");
        }
        let prefix = "arn:aws:ivschat:us-west-2:123456789012:room/";
        assert!(RoomArn::parse(&format!("{prefix}{}", "a".repeat(MAX_ARN_LENGTH - prefix.len()))).is_some());
        assert!(RoomArn::parse(&format!("{prefix}{}", "a".repeat(MAX_ARN_LENGTH - prefix.len() + 1))).is_none());
    }
}
