//! Which route takes a message: every documented form of a route selection expression.

use serde_json::{Value, json};

use crate::case::{Area::Routing as Area, Case};
use crate::client::Client;
use crate::handshake::Handshake;
use crate::shortfall::{Verdict, equal};
use crate::world::World;

const GUIDE: &str = "API Gateway developer guide, routes of WebSocket APIs";
const EXPRESSIONS: &str = "API Gateway developer guide, WebSocket selection expressions";

pub(super) const CASES: &[Case] = &[
    Case::documented(Area, "`$request.body.action` takes the route of that name", GUIDE, |world| {
        Box::pin(selects(world, "MainApi", r#"{"action":"custom"}"#, "custom"))
    }),
    Case::documented(Area, "route keys match exactly, case and spaces included", GUIDE, |world| {
        Box::pin(each_selects(world, &[r#"{"action":"Custom"}"#, r#"{"action":"custom "}"#], "$default"))
    }),
    Case::documented(Area, "an unknown action, or none, falls to `$default`", GUIDE, |world| {
        Box::pin(each_selects(
            world,
            &[r#"{"action":"unknown"}"#, r#"{"other":"custom"}"#, r#"{"action":""}"#, r#"{"action":null}"#],
            "$default",
        ))
    }),
    Case::documented(Area, "a message that is not JSON falls to `$default`", GUIDE, |world| {
        Box::pin(each_selects(world, &["custom", "{", r#"{"action":"custom"} and more"#], "$default"))
    }),
    Case::documented(Area, "JSON that is no object falls to `$default`", GUIDE, |world| {
        Box::pin(each_selects(world, &[r#""custom""#, r#"["action","custom"]"#, "7", "null"], "$default"))
    }),
    Case::documented(Area, "numbers and booleans are taken as texts", GUIDE, |world| Box::pin(scalars(world))),
    Case::documented(Area, "a list is taken as `[item1, item2]`", GUIDE, |world| Box::pin(list(world))),
    Case::documented(Area, "a value that looks like an expression is not evaluated", EXPRESSIONS, |world| {
        Box::pin(each_selects(
            world,
            &[
                r#"{"action":"$request.body.other","other":"custom"}"#,
                r#"{"action":"${request.body.other}","other":"custom"}"#,
            ],
            "$default",
        ))
    }),
    Case::documented(
        Area,
        "no message reaches `$connect` or `$disconnect`",
        "API Gateway developer guide: the prefix `$` is reserved; that such a message goes to `$default` is assumed",
        |world| {
            Box::pin(each_selects(
                world,
                &[r#"{"action":"$connect"}"#, r#"{"action":"$disconnect"}"#, r#"{"action":"$default"}"#],
                "$default",
            ))
        },
    ),
    Case::documented(Area, "a path of several steps", GUIDE, |world| Box::pin(nested(world))),
    Case::documented(Area, "`${request.body.action}` is the same in braces", EXPRESSIONS, |world| {
        Box::pin(selects(world, "BracedApi", r#"{"action":"join"}"#, "join"))
    }),
    Case::documented(Area, "several variables with text between", EXPRESSIONS, |world| {
        Box::pin(selects(world, "CompositeApi", r#"{"service":"chat","action":"join"}"#, "chat/join"))
    }),
    Case::documented(Area, "what is missing among several variables is empty", EXPRESSIONS, |world| {
        Box::pin(selects(world, "CompositeApi", r#"{"service":"chat"}"#, "chat/"))
    }),
    Case::documented(Area, "a combination that no route has falls to `$default`", EXPRESSIONS, |world| {
        Box::pin(selects(world, "CompositeApi", r#"{"service":"chat","action":"leave"}"#, "$default"))
    }),
    Case::documented(Area, "a static expression always selects its route", EXPRESSIONS, |world| {
        Box::pin(selects(world, "StaticApi", r#"{"action":"anything"}"#, "action"))
    }),
    Case::documented(Area, "`\\$default` always selects `$default`", EXPRESSIONS, |world| {
        Box::pin(selects(world, "EscapedApi", r#"{"action":"join"}"#, "$default"))
    }),
];

async fn open(world: &World, api: &str) -> Verdict<Client> {
    Handshake::with(world.api(api)?).open().await
}

async fn route_of(client: &mut Client, message: &str) -> Verdict<String> {
    client.say(message).await?;
    Ok(client.event().await?.context("routeKey").to_owned())
}

async fn selects(world: World, api: &str, message: &str, key: &str) -> Verdict {
    let mut client = open(&world, api).await?;
    equal("route", route_of(&mut client, message).await?.as_str(), key)
}

async fn each_selects(world: World, messages: &[&str], key: &str) -> Verdict {
    let mut client = world.client().await?;
    for message in messages {
        let route = route_of(&mut client, message).await?;
        equal("route", route.as_str(), key).map_err(|shortfall| shortfall.of(format!("the message {message}")))?;
    }
    Ok(())
}

async fn scalars(world: World) -> Verdict {
    let mut client = world.client().await?;
    for (action, key) in [(json!(7), "7"), (json!(true), "true")] {
        let message = json!({ "action": action }).to_string();
        equal("route", route_of(&mut client, &message).await?.as_str(), key)?;
    }
    Ok(())
}

async fn list(world: World) -> Verdict {
    let mut client = open(&world, "ListApi").await?;
    let message = json!({ "action": ["item1", "item2"] }).to_string();
    equal("route", route_of(&mut client, &message).await?.as_str(), "[item1, item2]")
}

async fn nested(world: World) -> Verdict {
    let mut client = open(&world, "NestedApi").await?;
    let table: [(Value, &str); 4] = [
        (json!({ "message": { "action": "join" } }), "join"),
        (json!({ "message": { "other": "join" } }), "$default"),
        (json!({ "message": "join" }), "$default"),
        (json!({ "action": "join" }), "$default"),
    ];
    for (message, key) in table {
        equal("route", route_of(&mut client, &message.to_string()).await?.as_str(), key)?;
    }
    Ok(())
}
