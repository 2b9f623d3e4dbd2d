//! `ListTagsForResource`, `TagResource`, `UntagResource`. Rooms are the one kind of resource.

use std::collections::BTreeMap;

use super::fields::{Fields, MAX_TAGS, check_tag_keys, resource};
use crate::{Exception, RoomArn};

/// `ListTagsForResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListTagsForResource {
    /// Which room.
    pub room: RoomArn,
}

/// `TagResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagResource {
    /// Which room.
    pub room: RoomArn,
    tags: BTreeMap<String, String>,
}

/// `UntagResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntagResource {
    /// Which room.
    pub room: RoomArn,
    tag_keys: Vec<String>,
}

impl ListTagsForResource {
    /// Reads the ARN of a request's path.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(resource_arn: &str) -> Result<Self, Exception> {
        Ok(Self { room: resource(resource_arn)? })
    }
}

impl TagResource {
    /// Reads the ARN of a request's path and the tags of its body.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(resource_arn: &str, body: &[u8]) -> Result<Self, Exception> {
        let room = resource(resource_arn)?;
        let mut fields = Fields::parse(body)?;
        let tags = fields.required_tags("tags");
        Ok(Self { room, tags: fields.finish(tags)? })
    }

    /// Adds the tags to those that a room has.
    ///
    /// # Errors
    /// [`Exception::Validation`], if they become more than 50.
    pub fn apply(&self, mut tags: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Exception> {
        tags.extend(self.tags.clone());
        if tags.len() > MAX_TAGS {
            return Err(Exception::wrong_field("tags", format!("tags must not become more than {MAX_TAGS} in all")));
        }
        Ok(tags)
    }
}

impl UntagResource {
    /// Reads the ARN of a request's path and the keys of its query.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(resource_arn: &str, tag_keys: Vec<String>) -> Result<Self, Exception> {
        let room = resource(resource_arn)?;
        check_tag_keys("tagKeys", &tag_keys)?;
        Ok(Self { room, tag_keys })
    }

    /// Removes the keys from those that a room has; a key that it has not is no matter.
    pub fn apply(&self, mut tags: BTreeMap<String, String>) -> BTreeMap<String, String> {
        tags.retain(|key, _| !self.tag_keys.contains(key));
        tags
    }
}
