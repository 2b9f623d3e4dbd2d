//! DynamoDB's units: what a message, a connection and a round of `keepalive` consume of them.
//!
//! `cargo bench -p e2e --bench units`. The functions of `template.yaml` run in the local stack, between them and the
//! embedded database stands a meter, and clients open their connections with tokens of their own. The figures are those that
//! the database reports for each call.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints figures, and fails by panicking"
)]

mod audience;
mod chat;
mod meter;
mod sink;
mod stack;

use audience::Row;
use chat::{Chat, FUNCTIONS};
use meter::{Meter, Readings, units};
use serde_json::json;
use sink::Sink;
use stack::Stack;

/// Dollars for a million write request units (<https://aws.amazon.com/dynamodb/pricing/on-demand/>: us-east-1, on demand, table
/// class Standard, since November 2024).
const MILLION_WRITES: f64 = 0.625;
/// Dollars for a million read request units (the same page).
const MILLION_READS: f64 = 0.125;

/// `keepalive` without its schedule, which might have its round at the same time.
const KEEPALIVE: &str = r#"
Resources:
  KeepaliveFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: keepalive}}
    Properties:
      {CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, Timeout: 60, Environment: {Variables: {CONNECTIONS_TABLE: Connections}}}
  Connections:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: group, AttributeType: S}, {AttributeName: member, AttributeType: S}]
      KeySchema: [{AttributeName: group, KeyType: HASH}, {AttributeName: member, KeyType: RANGE}]
"#;

/// Connections that `keepalive` keeps.
const KEPT: usize = 1_000;

/// Messages of which one is the average.
const MESSAGES: u32 = 5;

#[tokio::main]
async fn main() {
    let database = Stack::start("Resources: {}", &[]).await;
    let meter = Meter::start(database.address_of("dynamodb")).await;
    let chat = Chat::start(meter.url()).await;
    // The first call of a function and the making of a table are nobody's.
    let room = chat.room().await;
    meter.read().await;

    println!("\n                                         write    read   a million");
    println!("                                         units   units       times   of which");
    connection(&chat, &meter, &room).await;
    messages(&chat, &meter, &room).await;
    lost(&chat, &meter, &database).await;
    keepalive().await;
}

async fn connection(chat: &Chat, meter: &Meter, room: &str) {
    let token = chat.token(room, 0, true).await;
    print("connection: its token", &meter.read().await, 1);
    let socket = chat.open(&token).await;
    print("connection: authorised and connected", &meter.read().await, 1);
    chat::close(socket).await;
    print("connection: $disconnect", &meter.read().await, 1);
}

async fn messages(chat: &Chat, meter: &Meter, room: &str) {
    let mut members = Vec::new();
    for connections in [2, 10, 40, 100, 250] {
        while members.len() < connections {
            members.push(chat.join(room, members.len(), true).await);
        }
        meter.read().await;
        for _ in 0..MESSAGES {
            chat::say(&mut members[0], "Did everybody hear that? I think that somebody did not.").await;
            for member in &mut members {
                chat::hear(member, "MESSAGE").await;
            }
        }
        print(&format!("message to {connections} connections"), &meter.read().await, MESSAGES);
    }
    let mut silent = chat.join(room, members.len(), false).await;
    meter.read().await;
    chat::say(&mut silent, "May I?").await;
    chat::hear(&mut silent, "ERROR").await;
    print("message that is refused", &meter.read().await, 1);
}

/// A connection whose `$disconnect` never came: its row is old, and API Gateway answers 410 for it.
async fn lost(chat: &Chat, meter: &Meter, database: &Stack) {
    let room = chat.room().await;
    let mut member = chat.join(&room, 0, true).await;
    let group = room.rsplit('/').next().unwrap_or_default().to_owned();
    let endpoint = chat.endpoint();
    let row = Row { group, user: audience::user(1, &endpoint), endpoint };
    audience::remember(&database.dynamodb(), std::iter::once(row)).await;
    meter.read().await;
    chat::say(&mut member, "Is anybody there?").await;
    chat::hear(&mut member, "MESSAGE").await;
    print("message that finds 1 of 2 lost", &meter.read().await, 1);
}

/// A round through connections in rooms of ten, of which a sink takes the posts.
async fn keepalive() {
    let sink = Sink::start(false).await;
    let database = Stack::start("Resources: {}", &[]).await;
    let meter = Meter::start(database.address_of("dynamodb")).await;
    let stack = Stack::start_with_functions(KEEPALIVE, &FUNCTIONS, &["--dynamodb", meter.url()]).await;
    let rows = (0..KEPT).map(|number| {
        let (group, endpoint) = (format!("AbCdEf{:06}", number / 10), sink.endpoint(false));
        Row { group, user: audience::user(number, &endpoint), endpoint }
    });
    audience::remember(&database.dynamodb(), rows).await;
    stack.invoke("KeepaliveFunction", &json!({})).await;
    sink.has_taken(KEPT).await;
    print(&format!("round of keepalive, {KEPT} connections"), &meter.read().await, 1);
}

fn print(name: &str, readings: &Readings, times: u32) {
    let (writes, reads) = units(readings);
    let (writes, reads) = (writes / f64::from(times), reads / f64::from(times));
    let dollars = writes * MILLION_WRITES + reads * MILLION_READS;
    let calls: Vec<_> = readings
        .iter()
        .map(|((operation, table), consumed)| {
            let units = consumed.units / f64::from(times);
            format!("{operation} {table} {units}")
        })
        .collect();
    println!("{name:<37} {writes:>8.2} {reads:>7.2} {dollars:>9.2} $   {}", calls.join(", "));
}
