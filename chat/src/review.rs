//! A room's own function looks at a message before anybody hears it.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use parlor::{Aws, Error, variable};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::action::MAX_REASON_LENGTH;
use crate::room::fits;
use crate::{Attributes, Exception, FallbackResult, Message, MessageReviewHandler, Refusal, Room, RoomArn};

/// The functions that rooms may name: those of the template's parameter, and nothing wider.
#[derive(Clone, Debug)]
pub struct AllowedReviewers(Vec<String>);

impl AllowedReviewers {
    /// Reads `REVIEW_FUNCTIONS`: ARNs with commas between them, or nothing.
    pub fn from_environment() -> Self {
        let names = std::env::var("REVIEW_FUNCTIONS").unwrap_or_default();
        Self(names.split(',').map(str::trim).filter(|arn| !arn.is_empty()).map(str::to_owned).collect())
    }

    /// Refuses a review handler that could never be called.
    ///
    /// # Errors
    /// [`Exception::AccessDenied`].
    pub fn admit(&self, uri: Option<&str>) -> Result<(), Exception> {
        match uri {
            Some(uri) if !uri.is_empty() && self.0.iter().all(|allowed| allowed != uri) => {
                Err(Exception::AccessDenied {
                    message: format!("{uri} is not among the review handlers that this service may call"),
                })
            }
            _ => Ok(()),
        }
    }
}

/// Calls the functions that rooms name, as long as the function's policy allows it.
#[derive(Clone, Debug)]
pub struct Reviewers {
    client: Client,
    budget: Duration,
}

/// The function of one room.
#[derive(Clone, Debug)]
pub struct Reviewer {
    room_arn: RoomArn,
    /// Code points of what it may return.
    maximum_message_length: u32,
    handler: MessageReviewHandler,
}

/// What a reviewer is asked, as the Amazon IVS Chat user guide ("Chat message review handler") has it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Question<'a> {
    content: &'a str,
    message_id: &'a str,
    room_arn: &'a str,
    attributes: Attributes,
    sender: QuestionSender<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QuestionSender<'a> {
    attributes: &'a Attributes,
    user_id: &'a str,
    ip: &'a str,
}

/// What a reviewer answers, before it is checked.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    review_result: ReviewResult,
    content: String,
    #[serde(default)]
    attributes: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum ReviewResult {
    Allow,
    Deny,
}

/// Why a reviewer's word does not count. The log tells it, the client never.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error("the review took longer than {0:?}")]
    TooLate(Duration),
    #[error("the review handler could not be invoked")]
    NotInvoked(#[source] parlor::BoxError),
    #[error("the review handler failed")]
    Failed,
    #[error("the review handler's answer is not valid: {0}")]
    NotValid(&'static str),
}

impl Reviewers {
    /// Reviewers that may take as long as `budget`. Amazon IVS Chat allows 200 ms (service quotas, "Message review handler
    /// timeout"); a cold start may need more.
    pub fn new(aws: &Aws, budget: Duration) -> Self {
        // The budget is the only limit: a second attempt would ask the handler about the same message again.
        let config = aws_sdk_lambda::config::Builder::from(aws.config())
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled());
        Self { client: Client::from_conf(config.build()), budget }
    }

    /// Reviewers that may take as long as `REVIEW_BUDGET_MILLISECONDS` says.
    ///
    /// # Errors
    /// The variable is not set, or is not a number.
    pub fn from_environment(aws: &Aws) -> Result<Self, Error> {
        let milliseconds = variable("REVIEW_BUDGET_MILLISECONDS")?;
        let milliseconds = milliseconds.parse().map_err(|_| Error::InvalidVariable("REVIEW_BUDGET_MILLISECONDS"))?;
        Ok(Self::new(aws, Duration::from_millis(milliseconds)))
    }

    /// Lets a reviewer look at a message: what shall be heard, perhaps changed. Whatever goes wrong, the room's fallback
    /// decides.
    ///
    /// # Errors
    /// [`Refusal::Rejected`], to show to the sender.
    pub async fn review(&self, reviewer: &Reviewer, message: Message, ip: &str) -> Result<Message, Refusal> {
        let answer = self.ask(reviewer, &message, ip).await;
        match answer.and_then(|answer| reviewer.read(&answer, &message)) {
            Ok(verdict) => verdict,
            Err(cause) => {
                parlor::log_warning("the room's fallback decided on a message", &cause);
                match reviewer.handler.fallback_result {
                    FallbackResult::Allow => Ok(message),
                    FallbackResult::Deny => Err(Refusal::Rejected(None)),
                }
            }
        }
    }

    async fn ask(&self, reviewer: &Reviewer, message: &Message, ip: &str) -> Result<Vec<u8>, NoAnswer> {
        let question = Question {
            content: &message.content,
            message_id: message.id.as_str(),
            room_arn: reviewer.room_arn.as_str(),
            attributes: message.attributes.clone().unwrap_or_default(),
            sender: QuestionSender { attributes: &message.sender.attributes, user_id: &message.sender.user_id, ip },
        };
        let question = serde_json::to_vec(&question).map_err(|error| NoAnswer::NotInvoked(error.into()))?;
        let invoke = self.client.invoke().function_name(&reviewer.handler.uri).payload(Blob::new(question));
        // A task of its own, which goes on when its answer is late: the connection that it opens serves the next review. If it
        // were dropped, none would ever be opened within a budget shorter than a TLS handshake.
        let call = tokio::spawn(async move { Box::pin(invoke.send()).await });
        let Ok(ended) = tokio::time::timeout(self.budget, call).await else {
            return Err(NoAnswer::TooLate(self.budget));
        };
        match ended.map_err(|error| NoAnswer::NotInvoked(error.into()))? {
            Ok(answer) if answer.function_error.is_some() => Err(NoAnswer::Failed),
            Ok(answer) => Ok(answer.payload.map(Blob::into_inner).unwrap_or_default()),
            Err(error) => Err(NoAnswer::NotInvoked(error.into())),
        }
    }
}

impl Reviewer {
    /// The room's reviewer, if it has one.
    pub(crate) fn of(room: &Room) -> Option<Self> {
        let (room_arn, maximum_message_length) = (room.arn.clone(), room.maximum_message_length);
        room.reviewer().cloned().map(|handler| Self { room_arn, maximum_message_length, handler })
    }

    fn read(&self, answer: &[u8], message: &Message) -> Result<Result<Message, Refusal>, NoAnswer> {
        let answer: Answer =
            serde_json::from_slice(answer).map_err(|_| NoAnswer::NotValid("it is not the documented object"))?;
        let Answer { review_result, content, attributes } = answer;
        let attributes = match review_result {
            // A no is a no, whatever stands beside it.
            ReviewResult::Deny => return Ok(Err(Refusal::Rejected(reason(&attributes)))),
            ReviewResult::Allow if attributes.is_null() => None,
            ReviewResult::Allow => Some(
                Attributes::parse(&attributes).map_err(|_| NoAnswer::NotValid("its attributes are no map of 1 KB"))?,
            ),
        };
        if content.is_empty() {
            return Err(NoAnswer::NotValid("its content is empty"));
        }
        if !fits(&content, self.maximum_message_length) {
            return Err(NoAnswer::NotValid("its content is too long for the room"));
        }
        // Attributes that the reviewer does not mention stay as they were.
        let attributes = attributes.or_else(|| message.attributes.clone());
        Ok(Ok(Message { content, attributes, ..message.clone() }))
    }
}

/// The reason that a reviewer gives, as long as a moderator's may be.
fn reason(attributes: &Value) -> Option<String> {
    let reason = attributes.get("Reason")?.as_str()?;
    Some(reason.chars().take(MAX_REASON_LENGTH).collect())
}
