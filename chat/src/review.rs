//! A room's own function looks at a message before anybody hears it.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{Aws, Error, variable};

use crate::{Attributes, Exception, FallbackResult, Message, MessageReviewHandler, Refusal, Room};

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
    pub fn admit(&self, handler: Option<&MessageReviewHandler>) -> Result<(), Exception> {
        match handler.map(|handler| &handler.uri) {
            Some(uri) if !uri.is_empty() && !self.0.contains(uri) => Err(Exception::AccessDenied {
                message: format!("{uri} is not among the review handlers that this service may call"),
            }),
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
#[derive(Clone, Copy, Debug)]
pub struct Reviewer<'a> {
    room: &'a Room,
    handler: &'a MessageReviewHandler,
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
    NotInvoked(#[source] shared::BoxError),
    #[error("the review handler failed")]
    Failed,
    #[error("the review handler's answer is not valid: {0}")]
    NotValid(&'static str),
}

impl Reviewers {
    /// Reads `REVIEW_BUDGET_MILLISECONDS`: how long a review may take. Amazon IVS Chat allows 200 ms (service quotas,
    /// "Message review handler timeout"); a cold start may need more.
    ///
    /// # Errors
    /// The variable is not set, or is no number.
    pub fn new(aws: &Aws) -> Result<Self, Error> {
        let milliseconds = variable("REVIEW_BUDGET_MILLISECONDS")?;
        let milliseconds = milliseconds.parse().map_err(|_| Error::MissingVariable("REVIEW_BUDGET_MILLISECONDS"))?;
        Ok(Self { client: Client::new(aws.config()), budget: Duration::from_millis(milliseconds) })
    }

    /// Lets a reviewer look at a message: what shall be heard, perhaps changed. Whatever goes wrong, the room's fallback
    /// decides.
    ///
    /// # Errors
    /// [`Refusal::Rejected`], to show to the sender.
    pub async fn review(&self, reviewer: Reviewer<'_>, message: Message, ip: &str) -> Result<Message, Refusal> {
        let asked = tokio::time::timeout(self.budget, self.ask(reviewer, &message, ip)).await;
        let answer = asked.unwrap_or(Err(NoAnswer::TooLate(self.budget)));
        match answer.and_then(|answer| reviewer.read(&answer, &message)) {
            Ok(verdict) => verdict,
            Err(cause) => {
                shared::log_error(&cause);
                match reviewer.handler.fallback_result {
                    FallbackResult::Allow => Ok(message),
                    FallbackResult::Deny => Err(Refusal::Rejected(None)),
                }
            }
        }
    }

    async fn ask(&self, reviewer: Reviewer<'_>, message: &Message, ip: &str) -> Result<Vec<u8>, NoAnswer> {
        let question = Question {
            content: &message.content,
            message_id: message.id.as_str(),
            room_arn: reviewer.room.arn.as_str(),
            attributes: message.attributes.clone().unwrap_or_default(),
            sender: QuestionSender { attributes: &message.sender.attributes, user_id: &message.sender.user_id, ip },
        };
        let question = serde_json::to_vec(&question).map_err(|error| NoAnswer::NotInvoked(error.into()))?;
        let invoke = self.client.invoke().function_name(&reviewer.handler.uri).payload(Blob::new(question));
        match Box::pin(invoke.send()).await {
            Ok(answer) if answer.function_error.is_some() => Err(NoAnswer::Failed),
            Ok(answer) => Ok(answer.payload.map(Blob::into_inner).unwrap_or_default()),
            Err(error) => Err(NoAnswer::NotInvoked(error.into())),
        }
    }
}

impl<'a> Reviewer<'a> {
    /// The room's reviewer, if it has one.
    pub(crate) fn of(room: &'a Room) -> Option<Self> {
        room.reviewer().map(|handler| Self { room, handler })
    }

    fn read(self, answer: &[u8], message: &Message) -> Result<Result<Message, Refusal>, NoAnswer> {
        let answer: Answer =
            serde_json::from_slice(answer).map_err(|_| NoAnswer::NotValid("it is not the documented object"))?;
        let attributes = match &answer.attributes {
            Value::Null => None,
            value => {
                Some(Attributes::parse(value).map_err(|_| NoAnswer::NotValid("its attributes are no map of 1 KB"))?)
            }
        };
        match answer.review_result {
            ReviewResult::Deny => Ok(Err(Refusal::Rejected(attributes.as_ref().and_then(reason)))),
            ReviewResult::Allow if answer.content.is_empty() => Err(NoAnswer::NotValid("its content is empty")),
            ReviewResult::Allow if !self.room.admits_content(&answer.content) => {
                Err(NoAnswer::NotValid("its content is too long for the room"))
            }
            ReviewResult::Allow => Ok(Ok(Message {
                content: answer.content,
                // Attributes that the reviewer does not mention stay as they were.
                attributes: attributes.or_else(|| message.attributes.clone()),
                ..message.clone()
            })),
        }
    }
}

fn reason(attributes: &Attributes) -> Option<String> {
    attributes.iter().find(|(key, _)| *key == "Reason").map(|(_, reason)| reason.clone())
}
