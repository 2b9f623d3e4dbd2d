//! A connection as a row of the table. The names of its attributes are in this file and in `directory_entry`, nowhere else.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Connect, ConnectionId, Endpoint, Error, Peer};

/// API Gateway closes every connection at this age (WebSocket API quotas, "Connection duration", not adjustable).
pub const MAX_LIFETIME: Duration = Duration::from_secs(2 * 60 * 60);

/// How long a row may outlive its connection before DynamoDB expires it.
const EXPIRY_SLACK: Duration = Duration::from_secs(60 * 60);

/// How old a connection must be for a 410 to mean that it is closed. Its row exists before API Gateway completes the
/// handshake, and a frame sent in that window answers 410: the integration limit of 29 s, and some slack.
const SETTLED_AFTER: Duration = Duration::from_secs(30);

/// Partition key: the group.
pub(crate) const GROUP: &str = "group";
/// Sort key: the member, then the connection id. See [`member_prefix`].
pub(crate) const MEMBER: &str = "member";
/// When API Gateway received the handshake, in milliseconds since the epoch.
pub(crate) const CONNECTED_AT: &str = "connectedAt";
pub(crate) const ATTRIBUTES: &str = "attributes";
const ENDPOINT: &str = "endpoint";
const ENDS_AT: &str = "endsAt";
const EXPIRES_AT: &str = "expiresAt";
/// Present if the directory has an entry for the connection.
const IN_DIRECTORY: &str = "inDirectory";

pub(crate) type Row = HashMap<String, AttributeValue>;

/// A connection as a member of a group: one row of the table.
///
/// One member may have several connections. A row of a member with a name of 36 bytes and without attributes stays below 200
/// bytes, so that a page of 40 costs two read units.
///
/// ```
/// use parlor::{Connect, Connection, Error};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Player {
///     color: String,
/// }
///
/// fn player(connect: &Connect) -> Result<Connection, Error> {
///     let color = connect.query("color").unwrap_or("red").to_owned();
///     Connection::new(connect, "lobby", "ada").with_attributes(&Player { color })
/// }
///
/// fn color_of(connection: &Connection) -> Result<String, Error> {
///     Ok(connection.attributes::<Player>()?.color)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The group that it belongs to: 1 to 2,048 bytes (DynamoDB's limit for a partition key).
    pub group: String,
    /// The member whose connection it is: up to 1,000 bytes (DynamoDB's limit for a sort key, less the connection id).
    pub member: String,
    /// Where frames to it are sent.
    pub peer: Peer,
    /// When API Gateway received its handshake, in milliseconds since the epoch.
    pub connected_at: u64,
    /// When it ends at the latest, in seconds since the epoch. Broadcasts skip it after that.
    pub ends_at: u64,
    pub(crate) attributes: Option<String>,
    pub(crate) in_directory: bool,
}

impl Connection {
    /// A connection that lasts as long as API Gateway allows.
    pub fn new(connect: &Connect, group: impl Into<String>, member: impl Into<String>) -> Self {
        Self::from_parts(connect.peer.clone(), connect.connected_at(), group, member)
    }

    /// The same from values: `connected_at` in milliseconds since the epoch.
    pub fn from_parts(peer: Peer, connected_at: u64, group: impl Into<String>, member: impl Into<String>) -> Self {
        let ends_at = connected_at / 1_000 + MAX_LIFETIME.as_secs();
        let (group, member) = (group.into(), member.into());
        Self { group, member, peer, connected_at, ends_at, attributes: None, in_directory: false }
    }

    /// Ends it earlier, with its session for example; `ends_at` in seconds since the epoch.
    #[must_use]
    pub fn until(self, ends_at: u64) -> Self {
        Self { ends_at: self.ends_at.min(ends_at), ..self }
    }

    /// Adds attributes of the application, stored in the row as JSON.
    ///
    /// They cost what they weigh: DynamoDB charges a write unit for each KB of a row, a read unit for every 8 KB of a page of
    /// rows, and takes no row above 400 KB.
    ///
    /// # Errors
    /// The value cannot be written as JSON.
    pub fn with_attributes(self, attributes: &impl Serialize) -> Result<Self, Error> {
        Ok(Self { attributes: Some(serde_json::to_string(attributes).map_err(Error::Json)?), ..self })
    }

    /// The attributes. A connection without any has `null`, which an `Option` or `()` accepts.
    ///
    /// # Errors
    /// The attributes have another shape.
    pub fn attributes<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let json = self.attributes.as_deref().unwrap_or("null");
        serde_json::from_str(json)
            .map_err(|_content| Error::Row("the connections table with attributes of another shape"))
    }

    /// The same connection of the directory in another group.
    pub(crate) fn in_group(&self, group: impl Into<String>) -> Self {
        Self { group: group.into(), in_directory: true, ..self.clone() }
    }

    /// Whether its end has passed: rows are deleted late.
    pub(crate) fn is_over(&self) -> bool {
        self.ends_at <= UNIX_EPOCH.elapsed().unwrap_or_default().as_secs()
    }

    /// Whether its handshake must have completed, or failed.
    pub(crate) fn is_settled(&self) -> bool {
        self.was_settled(SystemTime::now())
    }

    /// Whether its handshake must have completed, or failed, by that time.
    pub(crate) fn was_settled(&self, at: SystemTime) -> bool {
        u128::from(self.connected_at) < settled_before(at)
    }

    pub(crate) fn to_row(&self) -> Row {
        let mut row = key(&self.group, &self.member, &self.peer.id);
        row.extend(lifetime_attributes(self));
        if self.in_directory {
            row.insert(IN_DIRECTORY.to_owned(), AttributeValue::Bool(true));
        }
        row
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, Error> {
        let (member, id) = split_sort_key(text(row, MEMBER)?).ok_or_else(unreadable)?;
        Self::from_attributes(row, text(row, GROUP)?, member, id)
    }

    /// The connection with these key attributes, and the others of a row.
    pub(crate) fn from_attributes(row: &Row, group: &str, member: &str, id: &str) -> Result<Self, Error> {
        let id: ConnectionId = id.parse().map_err(|_invalid| unreadable())?;
        let endpoint: Endpoint = text(row, ENDPOINT)?.parse().map_err(|_invalid| unreadable())?;
        Ok(Self {
            group: group.to_owned(),
            member: member.to_owned(),
            peer: Peer::new(id, endpoint),
            connected_at: number(row, CONNECTED_AT)?,
            ends_at: number(row, ENDS_AT)?,
            attributes: text(row, ATTRIBUTES).ok().cloned(),
            in_directory: row.contains_key(IN_DIRECTORY),
        })
    }
}

/// The attributes that a connection's rows have in common with its entry in the directory.
pub(crate) fn lifetime_attributes(connection: &Connection) -> Row {
    let expires_at = connection.ends_at.saturating_add(EXPIRY_SLACK.as_secs());
    let mut row = HashMap::from([
        (ENDPOINT.to_owned(), AttributeValue::S(connection.peer.endpoint.to_string())),
        (CONNECTED_AT.to_owned(), AttributeValue::N(connection.connected_at.to_string())),
        (ENDS_AT.to_owned(), AttributeValue::N(connection.ends_at.to_string())),
        (EXPIRES_AT.to_owned(), AttributeValue::N(expires_at.to_string())),
    ]);
    if let Some(attributes) = &connection.attributes {
        row.insert(ATTRIBUTES.to_owned(), AttributeValue::S(attributes.clone()));
    }
    row
}

/// The key of a connection's row.
pub(crate) fn key(group: &str, member: &str, id: &ConnectionId) -> Row {
    HashMap::from([
        (GROUP.to_owned(), AttributeValue::S(group.to_owned())),
        (MEMBER.to_owned(), AttributeValue::S(format!("{}{id}", member_prefix(member)))),
    ])
}

/// Connections opened before this time, in milliseconds since the epoch, are settled `at` that one.
pub(crate) fn settled_before(at: SystemTime) -> u128 {
    let at = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    at.saturating_sub(SETTLED_AFTER).as_millis()
}

/// The beginning of the sort keys of a member's connections, and of no other member's: the member's length comes first, so
/// no name can continue into another.
pub(crate) fn member_prefix(member: &str) -> String {
    format!("{}:{member}:", member.len())
}

/// The member and the connection id of a sort key. The id has no attribute of its own: at 40 rows a page, its bytes would
/// cost a message a third read unit.
pub(crate) fn split_sort_key(sort_key: &str) -> Option<(&str, &str)> {
    let (length, rest) = sort_key.split_once(':')?;
    let (member, id) = rest.split_at_checked(length.parse().ok()?)?;
    Some((member, id.strip_prefix(':')?))
}

pub(crate) fn text<'a>(row: &'a Row, name: &str) -> Result<&'a String, Error> {
    row.get(name).and_then(|value| value.as_s().ok()).ok_or_else(unreadable)
}

pub(crate) fn number(row: &Row, name: &str) -> Result<u64, Error> {
    let digits = row.get(name).and_then(|value| value.as_n().ok()).ok_or_else(unreadable)?;
    digits.parse().map_err(|_not_a_number| unreadable())
}

pub(crate) fn unreadable() -> Error {
    Error::Row("the connections table")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(member: &str) -> Connection {
        let peer =
            r#"{"id":"SOqGjdZioAMCEeg=","endpoint":"https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev"}"#;
        Connection::from_parts(serde_json::from_str(peer).unwrap(), 1_700_000_000_123, "room", member)
            .until(1_700_003_600)
    }

    #[test]
    fn a_connection_survives_the_table() {
        for member in ["ada", "", ":", "3:ada:", "Zoë 🦀", "SOqGjdZioAMCEeg="] {
            let plain = connection(member);
            let full = Connection { in_directory: true, ..plain.clone().with_attributes(&[1, 2]).unwrap() };
            for connection in [plain, full] {
                assert_eq!(Connection::from_row(&connection.to_row()).unwrap(), connection);
            }
        }
    }

    #[test]
    fn no_member_is_found_under_the_name_of_another() {
        let names = ["a", "a:", "a:b", "1:a", "1:a:", "b", ""];
        for one in names {
            for other in names.into_iter().filter(|other| *other != one) {
                let sort_key = format!("{}SOqGjdZioAMCEeg=", member_prefix(other));
                assert!(!sort_key.starts_with(&member_prefix(one)), "`{other}` is found under `{one}`");
            }
        }
    }

    #[test]
    fn a_row_of_a_member_with_a_uuid_stays_below_200_bytes() {
        // DynamoDB keeps two digits of a number in a byte, and needs one more.
        let size = |value: &AttributeValue| match value {
            AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
            text => text.as_s().unwrap().len(),
        };
        let mut connection = connection("f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
        connection.group = "AbCdEf123456".to_owned();
        let row = connection.to_row();
        let bytes: usize = row.iter().map(|(name, value)| name.len() + size(value)).sum();
        assert!(bytes <= 200, "{bytes} bytes");
    }

    #[test]
    fn attributes_have_the_shape_that_was_stored() {
        let connection = connection("ada");
        assert_eq!(connection.attributes::<Option<u8>>().unwrap(), None);
        assert!(connection.attributes::<String>().is_err());
        let painted = connection.with_attributes(&"red").unwrap();
        assert_eq!(painted.attributes::<String>().unwrap(), "red");
        assert!(painted.attributes::<u8>().is_err());
    }

    #[test]
    fn a_sort_key_of_another_form_names_no_member() {
        for sort_key in ["", ":", "3", "3:ab", "9:ada:x", "2:ada:x", "1:é:x", "x:ada:x", "-1::x", "#"] {
            assert_eq!(split_sort_key(sort_key), None, "for `{sort_key}`");
        }
    }
}
