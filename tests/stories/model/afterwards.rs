//! What is left when everybody has gone quiet.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use super::log::invocations_of;
use super::play::{Play, persistently};
use super::promises::Broken;
use crate::harness::{Row, milliseconds_since_epoch};

/// Rounds of the keepalive after which the dead are forgotten, if faults hit the rounds themselves.
const ROUNDS: usize = 5;

/// Older than a handshake can last: only then a 410 means that a connection is gone.
const OLD: u128 = 60_000;

/// How often a job may be handed on, and how often it may be invoked for, as a multiple: Lambda tries an event twice, and a fault
/// repeats it.
const MOST_PER_JOB: usize = 3;

/// Writes at the same time.
const WRITES: usize = 16;

/// Reads the jobs that were handed to `fanout`, and the log's account of what ran, and tells how many jobs there were.
pub(super) fn jobs(recorded: &Path, log: &str) -> Result<usize, Broken> {
    let mut handed_on: HashMap<String, usize> = HashMap::new();
    for event in events(&recorded.join("FanoutFunction")) {
        // The stack may have ended while it wrote the last.
        if serde_json::from_str::<Value>(&event).is_ok() {
            *handed_on.entry(event).or_default() += 1;
        }
    }
    if let Some((job, times)) = handed_on.iter().find(|(_, times)| **times > MOST_PER_JOB) {
        return Err(format!("a job was handed on {times} times: {job}"));
    }
    let (jobs, invocations) = (handed_on.len(), invocations_of(log, "FanoutFunction"));
    if invocations > MOST_PER_JOB * jobs {
        return Err(format!("`fanout` ran {invocations} times for {jobs} jobs"));
    }
    Ok(jobs)
}

/// Lets the keepalive go round, until the table knows who is there and nobody else.
pub(super) async fn rows_are_connections(play: &mut Play, rounds_are_disturbed: bool) -> Result<(), Broken> {
    let rounds = if rounds_are_disturbed { ROUNDS } else { 1 };
    let mut difference = String::new();
    for _ in 0..rounds {
        play.agree_with_the_gateway().await?;
        make_all_old(play).await;
        let is_done = play.chat.stack.invoke("KeepaliveFunction").await;
        if !is_done && !rounds_are_disturbed {
            return Err("a round of the keepalive failed".to_owned());
        }
        play.agree_with_the_gateway().await?;
        difference = compare(play, rows(play).await);
        if difference.is_empty() {
            return Ok(());
        }
    }
    Err(format!("after {rounds} rounds of the keepalive:{difference}"))
}

/// Half a minute passes, as far as the table knows.
async fn make_all_old(play: &Play) {
    let dynamodb = &database(play);
    let connected_at = &(milliseconds_since_epoch() - OLD).to_string();
    let written = stream::iter(rows(play).await).map(|row| async move {
        let update = dynamodb.update_item().table_name("Connections");
        let update = update.key("group", row["group"].clone()).key("member", row["member"].clone());
        let update =
            update.update_expression("SET connectedAt = :old").condition_expression("attribute_exists(endpoint)");
        let update = update.expression_attribute_values(":old", AttributeValue::N(connected_at.clone()));
        let written = async || match update.clone().send().await {
            Err(error) if is_forgotten(&error) => Ok(()),
            other => other.map(drop),
        };
        persistently("writing a row", written).await;
    });
    written.buffer_unordered(WRITES).collect::<()>().await;
}

/// Whether somebody has just forgotten the row.
fn is_forgotten(error: &SdkError<UpdateItemError>) -> bool {
    error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

async fn rows(play: &Play) -> Vec<Row> {
    let dynamodb = database(play);
    let scan = async || dynamodb.scan().table_name("Connections").consistent_read(true).send().await;
    persistently("reading the rows", scan).await.items.unwrap_or_default()
}

/// A client that tries once, because whoever uses it tries again at once.
fn database(play: &Play) -> Client {
    let dynamodb = play.chat.stack.dynamodb();
    let config = dynamodb.config().to_builder().retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

/// In which rooms whose rows are not as many as their connections, in words. Of those that faults called gone a row may be
/// left or not.
fn compare(play: &Play, rows: Vec<Row>) -> String {
    let mut counts: BTreeMap<(String, String), [usize; 3]> = BTreeMap::new();
    for row in rows {
        let text = |name: &str| row[name].as_s().expect("text").clone();
        let user = text("member").split(':').nth(1).unwrap_or_default().to_owned();
        counts.entry((text("group"), user)).or_default()[0] += 1;
    }
    for member in play.promises.members.iter().filter(|member| member.is_there) {
        let room_id = play.rooms[member.room].rsplit('/').next().unwrap_or_default().to_owned();
        let counted = counts.entry((room_id, member.guest.user.clone())).or_default();
        counted[if member.is_lied_about { 2 } else { 1 }] += 1;
    }
    let differing = counts.into_iter().filter(|(_, [rows, open, lied])| !(*open..=open + lied).contains(rows));
    let words = differing.map(|((room, user), [rows, open, lied])| {
        format!(" {user} in {room} has {rows} rows and {} connections;", open + lied)
    });
    words.collect()
}

fn events(directory: &Path) -> Vec<String> {
    let files = std::fs::read_dir(directory).into_iter().flatten();
    files.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("an event")).collect()
}
