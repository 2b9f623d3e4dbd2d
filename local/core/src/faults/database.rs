//! DynamoDB as far as faults know it.

use serde::Deserialize;

/// In which words DynamoDB refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Throttling {
    /// The table's capacity is used up.
    #[default]
    ProvisionedThroughputExceededException,
    /// Too many requests for the table or the account.
    ThrottlingException,
}

/// The error that DynamoDB returns for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseError {
    /// The request is not carried out.
    Throttled(Throttling),
    /// The request is a transaction, and is not carried out.
    Cancelled,
    /// The request is not carried out, or it is `done` and the error replaces its response.
    Failed {
        /// Whether the request is carried out all the same.
        done: bool,
    },
}

impl DatabaseError {
    /// The name that SDKs tell errors apart by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Throttled(Throttling::ProvisionedThroughputExceededException) => {
                "ProvisionedThroughputExceededException"
            }
            Self::Throttled(Throttling::ThrottlingException) => "ThrottlingException",
            Self::Cancelled => "TransactionCanceledException",
            Self::Failed { .. } => "InternalServerError",
        }
    }
}

/// What DynamoDB does with items. What it does with tables never fails here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Operation {
    /// `BatchGetItem`.
    BatchGetItem,
    /// `BatchWriteItem`.
    BatchWriteItem,
    /// `DeleteItem`.
    DeleteItem,
    /// `GetItem`.
    GetItem,
    /// `PutItem`.
    PutItem,
    /// `Query`.
    Query,
    /// `Scan`.
    Scan,
    /// `TransactGetItems`.
    TransactGetItems,
    /// `TransactWriteItems`.
    TransactWriteItems,
    /// `UpdateItem`.
    UpdateItem,
}

impl Operation {
    const ALL: [Self; 10] = [
        Self::BatchGetItem,
        Self::BatchWriteItem,
        Self::DeleteItem,
        Self::GetItem,
        Self::PutItem,
        Self::Query,
        Self::Scan,
        Self::TransactGetItems,
        Self::TransactWriteItems,
        Self::UpdateItem,
    ];

    /// The operation of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchGetItem => "BatchGetItem",
            Self::BatchWriteItem => "BatchWriteItem",
            Self::DeleteItem => "DeleteItem",
            Self::GetItem => "GetItem",
            Self::PutItem => "PutItem",
            Self::Query => "Query",
            Self::Scan => "Scan",
            Self::TransactGetItems => "TransactGetItems",
            Self::TransactWriteItems => "TransactWriteItems",
            Self::UpdateItem => "UpdateItem",
        }
    }

    /// Whether it changes items.
    pub(super) fn writes(self) -> bool {
        use Operation::{BatchWriteItem, DeleteItem, PutItem, TransactWriteItems, UpdateItem};
        matches!(self, BatchWriteItem | DeleteItem | PutItem | TransactWriteItems | UpdateItem)
    }
}
