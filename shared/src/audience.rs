//! An audience of connections, and the pages that it is read in.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::Connection;
use crate::connection::{GROUP, MEMBER, Row};

/// A group, or one member of it.
///
/// ```no_run
/// use parlor::{Audience, Error, Sockets};
///
/// async fn names(sockets: &Sockets) -> Result<Vec<String>, Error> {
///     let mut names = Vec::new();
///     let mut next = Some(Audience::group("lobby").into());
///     while let Some(start) = next.take() {
///         let page = sockets.page(start).await?;
///         names.extend(page.connections.into_iter().map(|connection| connection.member));
///         next = page.next;
///     }
///     Ok(names)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    pub(crate) group: String,
    pub(crate) member: Option<String>,
}

impl Audience {
    /// All connections of a group.
    pub fn group(group: impl Into<String>) -> Self {
        Self { group: group.into(), member: None }
    }

    /// All connections of one member of a group.
    pub fn member(group: impl Into<String>, member: impl Into<String>) -> Self {
        Self { group: group.into(), member: Some(member.into()) }
    }
}

/// Up to 100 connections of an audience.
#[derive(Debug)]
pub struct Page {
    /// The connections that have not ended.
    pub connections: Vec<Connection>,
    /// Where the next page begins, if there may be one.
    pub next: Option<PageStart>,
}

/// Where a page begins. An [`Audience`] converts into the start of its first page.
#[derive(Debug)]
pub struct PageStart {
    pub(crate) audience: Audience,
    pub(crate) after: Option<Row>,
}

impl From<Audience> for PageStart {
    fn from(audience: Audience) -> Self {
        Self { audience, after: None }
    }
}

impl PageStart {
    /// The audience, and the sort key that the page begins after.
    pub(crate) fn into_parts(self) -> (Audience, Option<String>) {
        let after = self.after.and_then(|mut row| match row.remove(MEMBER) {
            Some(AttributeValue::S(sort_key)) => Some(sort_key),
            _ => None,
        });
        (self.audience, after)
    }

    /// A page that begins after a sort key, or with the first row.
    pub(crate) fn from_parts(audience: Audience, after: Option<String>) -> Self {
        let after = after.map(|sort_key| {
            Row::from([
                (GROUP.to_owned(), AttributeValue::S(audience.group.clone())),
                (MEMBER.to_owned(), AttributeValue::S(sort_key)),
            ])
        });
        Self { audience, after }
    }
}
