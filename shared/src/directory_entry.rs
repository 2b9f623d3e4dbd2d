//! The item that the directory keeps for a connection. It is in the table of connections, under keys that no row of a member
//! has.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::connection::{GROUP, MEMBER, Row, lifetime_attributes, text, unreadable};
use crate::{Connection, ConnectionId, Error};

/// The groups of the connection: a map with a key for each, see [`membership`].
pub(crate) const MEMBERSHIPS: &str = "memberships";

/// The beginning of an entry's partition key. A group of the application may have such a name: the sort key tells an entry
/// from a row.
const PARTITION_PREFIX: &str = "connection:";

/// The sort key of every entry. Sort keys of rows begin with a digit.
const SORT_KEY: &str = "#";

/// The key of a connection's entry.
pub(crate) fn entry_key(id: &ConnectionId) -> Row {
    HashMap::from([
        (GROUP.to_owned(), AttributeValue::S(format!("{PARTITION_PREFIX}{id}"))),
        (MEMBER.to_owned(), AttributeValue::S(SORT_KEY.to_owned())),
    ])
}

/// Whether an item of the table is an entry, not a row.
pub(crate) fn is_entry(item: &Row) -> bool {
    item.get(MEMBER).and_then(|value| value.as_s().ok()).is_some_and(|sort_key| sort_key == SORT_KEY)
}

/// The entry of a connection that belongs to one group.
pub(crate) fn to_entry(connection: &Connection) -> Row {
    let mut entry = entry_key(&connection.peer.id);
    entry.extend(lifetime_attributes(connection));
    let memberships = HashMap::from([(membership(&connection.group, &connection.member), AttributeValue::Bool(true))]);
    entry.insert(MEMBERSHIPS.to_owned(), AttributeValue::M(memberships));
    entry
}

/// The connection in each of its groups.
pub(crate) fn from_entry(entry: &Row) -> Result<Vec<Connection>, Error> {
    let id = text(entry, GROUP)?.strip_prefix(PARTITION_PREFIX).ok_or_else(unreadable)?;
    let memberships = entry.get(MEMBERSHIPS).and_then(|value| value.as_m().ok()).ok_or_else(unreadable)?;
    let connection = |membership: &String| {
        let (group, member) = split_membership(membership).ok_or_else(unreadable)?;
        Ok(Connection { in_directory: true, ..Connection::from_attributes(entry, group, member, id)? })
    };
    let mut connections = memberships.keys().map(connection).collect::<Result<Vec<_>, Error>>()?;
    connections.sort_by(|one, other| one.group.cmp(&other.group));
    Ok(connections)
}

/// The connection itself, also if it belongs to no group at the moment.
pub(crate) fn connection_of(entry: &Row) -> Result<Connection, Error> {
    let id = text(entry, GROUP)?.strip_prefix(PARTITION_PREFIX).ok_or_else(unreadable)?;
    Ok(Connection { in_directory: true, ..Connection::from_attributes(entry, "", "", id)? })
}

/// A group and a member as one text: the length of the group first, so that no two pairs make the same.
pub(crate) fn membership(group: &str, member: &str) -> String {
    format!("{}:{group}{member}", group.len())
}

fn split_membership(membership: &str) -> Option<(&str, &str)> {
    let (length, rest) = membership.split_once(':')?;
    rest.split_at_checked(length.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_the_connection_in_its_group() {
        let peer = r#"{"id":"SOqGjdZioAMCEeg=","endpoint":"http://127.0.0.1:3001/dev"}"#;
        let peer: crate::Peer = serde_json::from_str(peer).unwrap();
        for (group, member) in [("lobby", "ada"), ("", ""), ("3:a", ":b"), ("Zoë 🦀", "#")] {
            let connection = Connection::from_parts(peer.clone(), 1_700_000_000_123, group, member);
            let entry = to_entry(&connection.with_attributes(&"red").unwrap());
            assert!(is_entry(&entry));
            let found = from_entry(&entry).unwrap();
            assert_eq!((found[0].group.as_str(), found[0].member.as_str()), (group, member));
            assert_eq!(found[0].attributes::<String>().unwrap(), "red");
            assert!(!is_entry(&found[0].to_row()));
            assert_eq!(connection_of(&entry).unwrap().peer, peer);
        }
    }
}
