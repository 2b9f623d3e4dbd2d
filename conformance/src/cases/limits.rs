//! How large frames and messages may be.

use serde_json::json;

use super::expected::Watched;
use crate::case::{Area::Closing as Area, Case};
use crate::instruction::Step;
use crate::shortfall::{Verdict, equal};
use crate::world::World;

const QUOTAS: &str = "API Gateway quotas for WebSocket APIs";
/// Largest frame of a client in bytes (API Gateway quotas for WebSocket APIs).
const LARGEST_FRAME: usize = 32 * 1024;
/// Largest message in bytes (the same page).
const LARGEST_MESSAGE: usize = 128 * 1024;

pub(super) const CASES: &[Case] = &[
    Case::documented(Area, "a frame of 32 KB passes", QUOTAS, |world| Box::pin(passes(world, LARGEST_FRAME))),
    Case::documented(Area, "a frame above 32 KB closes with 1009", QUOTAS, |world| Box::pin(large_frame(world))),
    Case::documented(Area, "a message of 128 KB in frames of 32 KB passes", QUOTAS, |world| {
        Box::pin(passes(world, LARGEST_MESSAGE))
    }),
    Case::documented(Area, "a message above 128 KB closes with 1009", QUOTAS, |world| Box::pin(large_message(world))),
];

/// A message of exactly so many bytes that asks for an answer.
fn message(bytes: usize) -> String {
    let told = [Step::Answer(json!({ "statusCode": 200, "body": "whole" }))];
    let message = |padding: &str| json!({ "action": "twoway", "tell": told, "padding": padding }).to_string();
    message(&"a".repeat(bytes.saturating_sub(message("").len())))
}

async fn passes(world: World, bytes: usize) -> Verdict {
    let mut client = world.client().await?;
    client.say_in_fragments(&message(bytes), LARGEST_FRAME).await?;
    equal("answer", client.text().await?.as_str(), "whole")
}

async fn large_frame(world: World) -> Verdict {
    let mut watched = Watched::open(&world).await?;
    watched.client.say(&message(LARGEST_FRAME + 1)).await?;
    equal("code", watched.client.closed().await?.0, 1009)?;
    equal("code that `$disconnect` is told", watched.disconnected(&world).await?.0, 1009)
}

async fn large_message(world: World) -> Verdict {
    let mut watched = Watched::open(&world).await?;
    watched.client.say_in_fragments(&message(LARGEST_MESSAGE + 1), LARGEST_FRAME).await?;
    equal("code", watched.client.closed().await?.0, 1009)?;
    equal("code that `$disconnect` is told", watched.disconnected(&world).await?.0, 1009)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_exactly_its_size() {
        for bytes in [LARGEST_FRAME, LARGEST_MESSAGE + 1] {
            assert_eq!(message(bytes).len(), bytes);
        }
    }
}
