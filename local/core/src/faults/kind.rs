//! What faults do, and what each counts as its events.

use serde::Deserialize;

use super::database::{DatabaseError, Operation, Throttling};
use super::selection::{Chosen, Selection};
use super::words::{Delay, Direction, PostStatus, SocketEnding};

/// What a fault does, and to whom.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Kind {
    /// A connection ends, and the function behind `$disconnect` is not invoked. An event is the end of a connection.
    LoseDisconnect { connections: Option<Selection> },
    /// A post to a connection is answered with an error, and not delivered. An event is a post to an open connection.
    AnswerPost { status: PostStatus, connections: Option<Selection> },
    /// A post to a connection waits before it is delivered. An event is a post to an open connection.
    DelayPost { delay: Delay, connections: Option<Selection> },
    /// A socket ends without a close frame at a message, which is lost. An event is a message of the client, of the
    /// backend, or, without `direction`, of either.
    DropSocket {
        #[serde(default)]
        ending: SocketEnding,
        direction: Option<Direction>,
        connections: Option<Selection>,
    },
    /// A function's process is killed while it handles an event. An event is an invocation, retries among them.
    KillFunction {
        #[serde(default)]
        functions: Chosen<String>,
        /// How long after the event was handed over. Without a delay the process is killed before it reads the event.
        #[serde(default)]
        delay: Delay,
    },
    /// Lambda rejects an invocation, as when the concurrency of the account is used up. An event is an invocation that reaches
    /// Lambda, and each attempt of an asynchronous one.
    ThrottleFunction {
        #[serde(default)]
        functions: Chosen<String>,
    },
    /// An asynchronous invocation is delivered twice, with one request id. An event is such an invocation.
    RepeatEvent {
        #[serde(default)]
        functions: Chosen<String>,
    },
    /// An asynchronous invocation waits before it is delivered. An event is such an invocation, repeated ones among them.
    DelayEvent {
        delay: Delay,
        #[serde(default)]
        functions: Chosen<String>,
    },
    /// DynamoDB refuses a request. An event is a request.
    ThrottleDynamodb {
        #[serde(default)]
        error: Throttling,
        #[serde(default)]
        operations: Chosen<Operation>,
        #[serde(default)]
        tables: Chosen<String>,
    },
    /// DynamoDB cancels a transaction of writes because another one changes its first item. An event is such a transaction.
    CancelTransaction {
        #[serde(default)]
        tables: Chosen<String>,
    },
    /// DynamoDB returns an error for a request. An event is a request that writes, or one of the chosen operations.
    FailDynamodb {
        /// Whether the request is carried out nevertheless, as when only its response is lost.
        #[serde(default)]
        done: bool,
        #[serde(default)]
        operations: Chosen<Operation>,
        #[serde(default)]
        tables: Chosen<String>,
    },
}

impl Kind {
    /// Its name in the file.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::LoseDisconnect { .. } => "lose-disconnect",
            Self::AnswerPost { .. } => "answer-post",
            Self::DelayPost { .. } => "delay-post",
            Self::DropSocket { .. } => "drop-socket",
            Self::KillFunction { .. } => "kill-function",
            Self::ThrottleFunction { .. } => "throttle-function",
            Self::RepeatEvent { .. } => "repeat-event",
            Self::DelayEvent { .. } => "delay-event",
            Self::ThrottleDynamodb { .. } => "throttle-dynamodb",
            Self::CancelTransaction { .. } => "cancel-transaction",
            Self::FailDynamodb { .. } => "fail-dynamodb",
        }
    }

    /// What the name does not say.
    pub(super) fn effect(&self) -> Option<String> {
        match self {
            Self::LoseDisconnect { .. }
            | Self::ThrottleFunction { .. }
            | Self::RepeatEvent { .. }
            | Self::CancelTransaction { .. } => None,
            Self::AnswerPost { status, .. } => Some((*status as u16).to_string()),
            Self::DelayPost { delay, .. } | Self::KillFunction { delay, .. } | Self::DelayEvent { delay, .. } => {
                Some(format!("{:?}", delay.0))
            }
            Self::DropSocket { ending, .. } => Some(ending.name().to_owned()),
            Self::ThrottleDynamodb { error, .. } => Some(DatabaseError::Throttled(*error).name().to_owned()),
            Self::FailDynamodb { done, .. } => {
                let name = DatabaseError::Failed { done: *done }.name();
                Some(if *done { format!("{name} (done)") } else { name.to_owned() })
            }
        }
    }

    pub(super) fn connections(&self) -> Option<&Selection> {
        match self {
            Self::LoseDisconnect { connections }
            | Self::AnswerPost { connections, .. }
            | Self::DelayPost { connections, .. }
            | Self::DropSocket { connections, .. } => connections.as_ref(),
            _ => None,
        }
    }

    pub(super) fn is_of_the_database(&self) -> bool {
        matches!(self, Self::ThrottleDynamodb { .. } | Self::CancelTransaction { .. } | Self::FailDynamodb { .. })
    }

    /// What a request gets from this fault, if it is one of its events.
    pub(super) fn database_error(&self, operation: Operation, named: &[String]) -> Option<DatabaseError> {
        let (error, is_chosen, tables) = match self {
            Self::ThrottleDynamodb { error, operations, tables } => {
                (DatabaseError::Throttled(*error), operations.include(&operation), tables)
            }
            Self::CancelTransaction { tables } => {
                (DatabaseError::Cancelled, operation == Operation::TransactWriteItems, tables)
            }
            Self::FailDynamodb { done, operations, tables } => {
                let is_chosen = match operations {
                    Chosen::All => operation.writes(),
                    Chosen::Only(_) => operations.include(&operation),
                };
                (DatabaseError::Failed { done: *done }, is_chosen, tables)
            }
            _ => return None,
        };
        let is_among = matches!(tables, Chosen::All) || named.iter().any(|table| tables.include(table));
        (is_chosen && is_among).then_some(error)
    }
}
