//! A connection as the table knows it. Its attribute names stand in this file and nowhere else.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{Connect, ConnectionId, Endpoint, Error, Peer, Session};

/// API Gateway closes every connection at this age (WebSocket API quotas: "Connection duration", not adjustable).
pub const MAX_LIFETIME: Duration = Duration::from_secs(2 * 60 * 60);

/// How long a row may outlive its connection before DynamoDB expires it.
const EXPIRY_SLACK: Duration = Duration::from_secs(60 * 60);

/// Partition key: the audience.
pub(crate) const GROUP: &str = "group";
/// Sort key: the member, then the connection id. See [`member_prefix`].
pub(crate) const MEMBER: &str = "member";
/// When API Gateway received the handshake, in milliseconds since the epoch.
pub(crate) const CONNECTED_AT: &str = "connectedAt";
const ENDPOINT: &str = "endpoint";
const ENDS_AT: &str = "endsAt";
const EXPIRES_AT: &str = "expiresAt";

pub(crate) type Row = HashMap<String, AttributeValue>;

/// A connection that belongs to a member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The audience that it belongs to.
    pub group: String,
    /// Whose connection it is.
    pub member: String,
    /// Where frames to it go.
    pub peer: Peer,
    /// When API Gateway received its handshake, in milliseconds since the epoch.
    pub connected_at: u64,
    /// When it ends at the latest, in seconds since the epoch. Nobody sends it anything after that.
    pub ends_at: u64,
}

impl Connection {
    /// A connection that lasts as long as API Gateway lets it.
    pub fn new(connect: &Connect, group: impl Into<String>, member: impl Into<String>) -> Self {
        let ends_at = connect.connected_at / 1_000 + MAX_LIFETIME.as_secs();
        let (group, member) = (group.into(), member.into());
        Self { group, member, peer: connect.peer.clone(), connected_at: connect.connected_at, ends_at }
    }

    /// A connection that ends with its session, or when API Gateway closes it.
    pub fn of_session<T>(connect: &Connect, session: &Session<T>) -> Self {
        let connection = Self::new(connect, &session.group, &session.member);
        Self { ends_at: connection.ends_at.min(session.ends_at), ..connection }
    }

    /// Whether its time has passed: rows are deleted late.
    pub(crate) fn is_over(&self) -> bool {
        UNIX_EPOCH + Duration::from_secs(self.ends_at) <= SystemTime::now()
    }

    pub(crate) fn to_row(&self) -> Row {
        let expires_at = self.ends_at + EXPIRY_SLACK.as_secs();
        let mut row = key(&self.group, &self.member, &self.peer.id);
        row.insert(ENDPOINT.to_owned(), AttributeValue::S(self.peer.endpoint.as_str().to_owned()));
        row.insert(CONNECTED_AT.to_owned(), AttributeValue::N(self.connected_at.to_string()));
        row.insert(ENDS_AT.to_owned(), AttributeValue::N(self.ends_at.to_string()));
        row.insert(EXPIRES_AT.to_owned(), AttributeValue::N(expires_at.to_string()));
        row
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, Error> {
        let unreadable = || Error::Row("the connections table");
        let text = |name| row.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).ok_or_else(unreadable);
        let number = |name| -> Result<u64, Error> {
            let digits = row.get(name).and_then(|value| value.as_n().ok()).ok_or_else(unreadable)?;
            digits.parse().map_err(|_not_a_number| unreadable())
        };
        let (member, id) = split_sort_key(text(MEMBER)?).ok_or_else(unreadable)?;
        let (member, id) = (member.to_owned(), ConnectionId::new(id.to_owned()));
        let endpoint = Endpoint::recorded(text(ENDPOINT)?.clone());
        Ok(Self {
            group: text(GROUP)?.clone(),
            member,
            peer: Peer { id, endpoint },
            connected_at: number(CONNECTED_AT)?,
            ends_at: number(ENDS_AT)?,
        })
    }
}

/// The key of a connection's row.
pub(crate) fn key(group: &str, member: &str, id: &ConnectionId) -> Row {
    HashMap::from([
        (GROUP.to_owned(), AttributeValue::S(group.to_owned())),
        (MEMBER.to_owned(), AttributeValue::S(format!("{}{id}", member_prefix(member)))),
    ])
}

/// What the sort keys of all connections of a member begin with, and those of nobody else: the member's length comes
/// first, so no member's name can continue into another's.
pub(crate) fn member_prefix(member: &str) -> String {
    format!("{}:{member}:", member.len())
}

/// The member and the connection id of a sort key. The id has no attribute of its own: at 40 rows a page, its bytes would
/// cost a message a third read unit.
fn split_sort_key(sort_key: &str) -> Option<(&str, &str)> {
    let (length, rest) = sort_key.split_once(':')?;
    let (member, id) = rest.split_at_checked(length.parse().ok()?)?;
    Some((member, id.strip_prefix(':')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(member: &str) -> Connection {
        Connection {
            group: "room".to_owned(),
            member: member.to_owned(),
            peer: Peer {
                id: ConnectionId::new("SOqGjdZioAMCEeg=".to_owned()),
                endpoint: Endpoint::recorded("https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev".to_owned()),
            },
            connected_at: 1_700_000_000_123,
            ends_at: 1_700_003_600,
        }
    }

    #[test]
    fn a_connection_survives_the_table() {
        for member in ["ada", "", ":", "3:ada:", "Zoë 🦀", "SOqGjdZioAMCEeg="] {
            let connection = connection(member);
            assert_eq!(Connection::from_row(&connection.to_row()).unwrap(), connection);
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
    fn a_sort_key_that_is_not_ours_is_no_member() {
        for sort_key in ["", ":", "3", "3:ab", "9:ada:x", "2:ada:x", "1:é:x", "x:ada:x", "-1::x"] {
            assert_eq!(split_sort_key(sort_key), None, "for `{sort_key}`");
        }
    }
}
