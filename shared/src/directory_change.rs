//! Changes of the directory: an entry and rows in one transaction, decided by what the entry is.

use std::time::Duration;

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};

use crate::connection::key;
use crate::connections::commit;
use crate::directory_entry::{Entry, VERSION, entry_key};
use crate::pause::pause;
use crate::{BoxError, Connection, ConnectionId, Directory, Error};

/// How often a change is decided again that met another change of the same connection, and the shortest pauses before the first
/// repetition, from which it doubles, and before the last ones. With random parts that is about two seconds in all.
const CHANGE_ATTEMPTS: u32 = 10;
const CHANGE_PAUSE: Duration = Duration::from_millis(15);
const LONGEST_CHANGE_PAUSE: Duration = Duration::from_millis(240);

/// What to do about an entry: an outcome, and the change that makes it true.
pub(crate) struct Decision<T> {
    outcome: T,
    /// The update of the entry, and writes of rows.
    change: Option<(UpdateBuilder, Vec<TransactWriteItem>)>,
}

impl<T> Decision<T> {
    pub(crate) fn unchanged(outcome: T) -> Self {
        Self { outcome, change: None }
    }

    pub(crate) fn changed(outcome: T, update: UpdateBuilder, rows: Vec<TransactWriteItem>) -> Self {
        Self { outcome, change: Some((update, rows)) }
    }
}

impl Directory<'_> {
    /// Changes the entry of a connection and rows of it in one transaction, as `decide` says of the entry as it is: again, if
    /// the entry has changed in between. `None` if there is no entry.
    pub(crate) async fn change<T>(
        &self,
        id: &ConnectionId,
        decide: impl Fn(&Entry) -> Result<Decision<T>, BoxError>,
    ) -> Result<Option<T>, Error> {
        let failed = || Error::database("change the groups of a connection");
        for attempt in 0..CHANGE_ATTEMPTS {
            let Some(entry) = self.entry(id).await? else { return Ok(None) };
            let Decision { outcome, change } = decide(&entry).map_err(failed())?;
            let Some((update, rows)) = change else { return Ok(Some(outcome)) };
            let update = update.build().map_err(|error| failed()(error.into()))?;
            let items = [TransactWriteItem::builder().update(update).build()].into_iter().chain(rows).collect();
            let transaction = self.connections.client.transact_write_items().set_transact_items(Some(items));
            if commit(transaction).await.map_err(failed())?.is_done() {
                return Ok(Some(outcome));
            }
            pause(LONGEST_CHANGE_PAUSE.min(CHANGE_PAUSE * 2_u32.pow(attempt))).await;
        }
        Err(failed()("other changes of it came first, each time".into()))
    }

    /// An update of an entry, on the condition that it is still the one that was read.
    pub(crate) fn update(&self, entry: &Entry, expression: &str) -> UpdateBuilder {
        let version = |version: u64| AttributeValue::N(version.to_string());
        Update::builder()
            .table_name(&self.connections.table)
            .set_key(Some(entry_key(&entry.in_group("").peer.id)))
            .update_expression(expression)
            .condition_expression("#version = :seen")
            .expression_attribute_names("#version", VERSION)
            .expression_attribute_values(":seen", version(entry.version))
            .expression_attribute_values(":next", version(entry.version + 1))
    }

    pub(crate) fn put(&self, connection: &Connection) -> Result<TransactWriteItem, BoxError> {
        let put = Put::builder().table_name(&self.connections.table).set_item(Some(connection.to_row())).build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    pub(crate) fn delete(&self, connection: &Connection) -> Result<TransactWriteItem, BoxError> {
        let key = key(&connection.group, &connection.member, &connection.peer.id);
        let delete = Delete::builder().table_name(&self.connections.table).set_key(Some(key)).build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}
