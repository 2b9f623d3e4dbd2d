//! The item that the directory keeps for a connection. It is in the table of connections, under keys that no row of a member
//! has.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::connection::{GROUP, MEMBER, Row, lifetime_attributes, number, text, unreadable};
use crate::{Connection, ConnectionId, Error};

/// The groups of the connection: a map with their names as keys.
pub(crate) const GROUPS: &str = "groups";
/// How often the entry was changed. A change is conditional on the version that it was decided by.
pub(crate) const VERSION: &str = "version";

/// The member of the connection, which is the same in all its groups.
const NAME: &str = "name";

/// The beginning of an entry's partition key. A group of the application may have such a name: the sort key tells an entry
/// from a row.
const PARTITION_PREFIX: &str = "connection:";

/// The sort key of every entry. Sort keys of rows begin with a digit.
const SORT_KEY: &str = "#";

/// What the directory knows about a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The connection, without a group.
    connection: Connection,
    pub(crate) groups: Vec<String>,
    pub(crate) version: u64,
}

impl Entry {
    /// The first entry of a connection, which belongs to one group.
    pub(crate) fn new(connection: &Connection) -> Self {
        let groups = vec![connection.group.clone()];
        Self { connection: connection.in_group(""), groups, version: 0 }
    }

    /// The connection in a group.
    pub(crate) fn in_group(&self, group: &str) -> Connection {
        self.connection.in_group(group)
    }

    /// The connection in each of its groups.
    pub(crate) fn connections(&self) -> Vec<Connection> {
        self.groups.iter().map(|group| self.in_group(group)).collect()
    }

    /// The connection with other attributes, as JSON.
    pub(crate) fn with_attributes(mut self, attributes: String) -> Self {
        self.connection.attributes = Some(attributes);
        self
    }

    pub(crate) fn to_item(&self) -> Row {
        let mut item = entry_key(&self.connection.peer.id);
        item.extend(lifetime_attributes(&self.connection));
        let groups = self.groups.iter().map(|group| (group.clone(), AttributeValue::Bool(true)));
        item.insert(GROUPS.to_owned(), AttributeValue::M(groups.collect()));
        item.insert(NAME.to_owned(), AttributeValue::S(self.connection.member.clone()));
        item.insert(VERSION.to_owned(), AttributeValue::N(self.version.to_string()));
        item
    }

    pub(crate) fn from_item(item: &Row) -> Result<Self, Error> {
        let connection = connection_of(item)?;
        let groups = item.get(GROUPS).and_then(|value| value.as_m().ok()).ok_or_else(unreadable)?;
        let mut groups: Vec<String> = groups.keys().cloned().collect();
        groups.sort_unstable();
        Ok(Self { connection, groups, version: number(item, VERSION)? })
    }
}

/// The key of a connection's entry.
pub(crate) fn entry_key(id: &ConnectionId) -> Row {
    HashMap::from([
        (GROUP.to_owned(), AttributeValue::S(format!("{PARTITION_PREFIX}{id}"))),
        (MEMBER.to_owned(), AttributeValue::S(SORT_KEY.to_owned())),
    ])
}

/// Whether an item of the table is an entry, not a row.
pub(crate) fn is_entry(item: &Row) -> bool {
    text(item, MEMBER).is_ok_and(|sort_key| sort_key == SORT_KEY)
}

/// The connection of an entry, without a group.
pub(crate) fn connection_of(item: &Row) -> Result<Connection, Error> {
    let id = text(item, GROUP)?.strip_prefix(PARTITION_PREFIX).ok_or_else(unreadable)?;
    Ok(Connection::from_attributes(item, "", text(item, NAME)?, id)?.in_group(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_the_table() {
        let peer = r#"{"id":"SOqGjdZioAMCEeg=","endpoint":"http://127.0.0.1:3001/dev"}"#;
        let peer: crate::Peer = serde_json::from_str(peer).unwrap();
        for (group, member) in [("lobby", "ada"), ("", ""), ("3:a", ":b"), ("Zoë 🦀", "#")] {
            let connection = Connection::from_parts(peer.clone(), 1_700_000_000_123, group, member);
            let connection = connection.with_attributes(&"red").unwrap();
            let entry = Entry::new(&connection);
            let item = entry.to_item();
            assert!(is_entry(&item));
            assert_eq!(Entry::from_item(&item).unwrap(), entry);
            let [found] = <[_; 1]>::try_from(entry.connections()).unwrap();
            assert_eq!(found, connection.in_group(group));
            assert!(!is_entry(&found.to_row()));
            assert_eq!(connection_of(&item).unwrap().peer, peer);
        }
    }
}
