//! A message review handler: it looks at every message of a room before anybody hears it. This one refuses messages with a
//! forbidden word, and mends a typing error.
//!
//! Request and response are those of Amazon IVS Chat ("Chat message review handler" in its user guide), so it serves rooms
//! of either. It has 200 ms.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Review {
    content: String,
    attributes: Option<Map<String, Value>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Verdict {
    review_result: &'static str,
    content: String,
    attributes: Map<String, Value>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(review)).await
}

async fn review(event: LambdaEvent<Review>) -> Result<Verdict, Error> {
    let Review { content, attributes } = event.payload;
    if content.to_lowercase().contains("forbidden") {
        // The sender reads the reason; nobody else learns of the message.
        let reason = Map::from_iter([("Reason".to_owned(), json!("that word is not for this room"))]);
        return Ok(Verdict { review_result: "DENY", content, attributes: reason });
    }
    let content = content.replace("teh", "the");
    Ok(Verdict { review_result: "ALLOW", content, attributes: attributes.unwrap_or_default() })
}
