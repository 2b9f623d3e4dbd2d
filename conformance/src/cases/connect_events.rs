//! The event of `$connect`, field for field.

use serde_json::json;

use super::expected::context;
use crate::case::{Area::Events, Case};
use crate::client::Event;
use crate::handshake::{Handshake, USER_AGENT, basic};
use crate::instruction::OBSERVER_HEADER;
use crate::shape::{self, IP, TEXT, TRACE_ID};
use crate::shortfall::{Shortfall, Verdict, ensure, equal};
use crate::world::World;

const CAPTURES: &str = "recorded events of several deployed APIs, 2022 to 2024";
const E2E: &str = "end-to-end tests of serverless-offline that were run against AWS";

pub(super) const CASES: &[Case] = &[
    Case::observed(Events, "a connect event has exactly its fields", CAPTURES, |world| Box::pin(fields(world))),
    Case::observed(Events, "without a query a connect event has no maps of it", CAPTURES, |world| {
        Box::pin(no_query(world))
    }),
    Case::observed(Events, "a client without a user agent has none in `identity`", CAPTURES, |world| {
        Box::pin(no_user_agent(world))
    }),
    Case::observed(Events, "header names keep the spelling of the client", E2E, |world| Box::pin(spelling(world))),
    Case::observed(Events, "header names are sorted", CAPTURES, |world| Box::pin(sorting(world))),
    Case::observed(
        Events,
        "`Connection`, `Upgrade` and `Content-Length` are left out of a connect event",
        CAPTURES,
        |world| Box::pin(dropped_headers(world)),
    ),
    Case::observed(Events, "a connect event says who forwarded it, as `https` at port 443", CAPTURES, |world| {
        Box::pin(added_headers(world))
    }),
    Case::observed(
        Events,
        "of a repeated query name the last value counts, and all are listed",
        "an experiment on AWS described at robanderson.dev",
        |world| Box::pin(repeated_query(world)),
    ),
    Case::assumed(
        Events,
        "of a repeated header the last value counts, and all are listed",
        "the same rule as for query strings, and that of REST APIs in the developer guide",
        |world| Box::pin(repeated_header(world)),
    ),
    Case::observed(Events, "cookies, origin and extensions arrive as headers", CAPTURES, |world| {
        Box::pin(ordinary_headers(world))
    }),
    Case::observed(Events, "user and password arrive as basic authorization", E2E, |world| {
        Box::pin(credentials(world))
    }),
    Case::documented(
        Events,
        "`requestId` and `extendedRequestId` are the same in every event",
        "API Gateway developer guide, WebSocket mapping template reference",
        |world| Box::pin(request_ids(world)),
    ),
    Case::observed(
        Events,
        "`requestTime` and `requestTimeEpoch` are the same second in every event",
        CAPTURES,
        |world| Box::pin(request_times(world)),
    ),
];

/// The event of a handshake that `more` makes, heard by a connection of its own.
async fn event_of(world: &World, more: impl FnOnce(Handshake) -> Handshake) -> Verdict<Event> {
    let mut observer = world.observer().await?;
    let handshake = more(Handshake::with(world.main()?)).observed_by(&observer.id);
    let _client = handshake.open().await?;
    observer.event("CONNECT").await
}

async fn fields(world: World) -> Verdict {
    let mut observer = world.observer().await?;
    let api = world.main()?;
    let handshake = Handshake::with(api).observed_by(&observer.id).query("name", "a value & more");
    let _client = handshake.open().await?;
    let event = observer.event("CONNECT").await?;
    let headers = [
        ("Host", api.url.authority.as_str()),
        ("Sec-WebSocket-Key", handshake.key()),
        ("Sec-WebSocket-Version", "13"),
        ("User-Agent", USER_AGENT),
        ("X-Amzn-Trace-Id", TEXT),
        ("X-Forwarded-For", TEXT),
        ("X-Forwarded-Port", TEXT),
        ("X-Forwarded-Proto", TEXT),
    ];
    let single: serde_json::Map<_, _> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let multiple: serde_json::Map<_, _> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
    shape::matches(
        &event.json,
        &json!({
            "headers": single,
            "multiValueHeaders": multiple,
            "queryStringParameters": { "observer": observer.id, "name": "a value & more" },
            "multiValueQueryStringParameters": { "observer": [observer.id], "name": ["a value & more"] },
            "requestContext": context(api, "$connect", "CONNECT"),
            "isBase64Encoded": false,
        }),
    )
}

async fn no_query(world: World) -> Verdict {
    let mut observer = world.observer().await?;
    let _client = Handshake::with(world.main()?).header(OBSERVER_HEADER, &observer.id).open().await?;
    let event = observer.event("CONNECT").await?;
    for field in ["queryStringParameters", "multiValueQueryStringParameters"] {
        let found = event.json.get(field);
        ensure(found.is_none(), format!("no field `{field}`"), format!("{found:?}"))?;
    }
    Ok(())
}

async fn no_user_agent(world: World) -> Verdict {
    let event = event_of(&world, |handshake| handshake.without("User-Agent")).await?;
    shape::matches(event.at("/requestContext/identity"), &json!({ "sourceIp": IP }))
}

async fn spelling(world: World) -> Verdict {
    let event = event_of(&world, |handshake| handshake.header("hello", "world").header("AuTh123", "xyz")).await?;
    for (name, value) in [("hello", "world"), ("AuTh123", "xyz")] {
        equal(&format!("`headers.{name}`"), event.json["headers"][name].as_str(), Some(value))?;
        let multiple = &event.json["multiValueHeaders"][name];
        shape::matches(multiple, &json!([value])).map_err(|shortfall| shortfall.of(format!("all values of {name}")))?;
    }
    Ok(())
}

async fn sorting(world: World) -> Verdict {
    let more = |handshake: Handshake| handshake.header("Zulu", "1").header("Alpha", "2").header("Mike", "3");
    let event = event_of(&world, more).await?;
    let place = |name: &str| event.text.find(&format!("\"{name}\"")).unwrap_or_default();
    let names = ["Alpha", "Host", "Mike", "Sec-WebSocket-Key", "User-Agent", "X-Forwarded-For", "Zulu"];
    let places: Vec<usize> = names.iter().map(|name| place(name)).collect();
    ensure(places.is_sorted(), format!("headers in the order {names:?}"), format!("their places are {places:?}"))
}

async fn dropped_headers(world: World) -> Verdict {
    let event = event_of(&world, |handshake| handshake.header("Content-Length", "0")).await?;
    for map in ["headers", "multiValueHeaders"] {
        let names = event.json[map].as_object().into_iter().flat_map(|map| map.keys());
        let dropped = ["connection", "upgrade", "content-length"];
        let found: Vec<_> = names.filter(|name| dropped.contains(&name.to_ascii_lowercase().as_str())).collect();
        ensure(found.is_empty(), format!("none of {dropped:?} in `{map}`"), format!("{found:?}"))?;
    }
    Ok(())
}

async fn added_headers(world: World) -> Verdict {
    let event = event_of(&world, |handshake| handshake).await?;
    let expected = [
        ("X-Amzn-Trace-Id", TRACE_ID),
        ("X-Forwarded-For", IP),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ];
    for (name, value) in expected {
        let header = |shortfall: Shortfall| shortfall.of(format!("header `{name}`"));
        shape::matches(&event.json["headers"][name], &json!(value)).map_err(header)?;
    }
    equal(
        "`X-Forwarded-For` as",
        event.json["headers"]["X-Forwarded-For"].as_str(),
        event.at("/requestContext/identity/sourceIp").as_str(),
    )
}

async fn repeated_query(world: World) -> Verdict {
    let more = |handshake: Handshake| handshake.query("a", "first").query("b", "only").query("a", "last");
    let event = event_of(&world, more).await?;
    equal("the value of `a`", event.at("/queryStringParameters/a").as_str(), Some("last"))?;
    shape::matches(event.at("/multiValueQueryStringParameters/a"), &json!(["first", "last"]))?;
    shape::matches(event.at("/multiValueQueryStringParameters/b"), &json!(["only"]))
}

async fn repeated_header(world: World) -> Verdict {
    let more = |handshake: Handshake| handshake.header("X-Twice", "first").header("X-Twice", "last");
    let event = event_of(&world, more).await?;
    equal("`headers.X-Twice`", event.json["headers"]["X-Twice"].as_str(), Some("last"))?;
    shape::matches(&event.json["multiValueHeaders"]["X-Twice"], &json!(["first", "last"]))
}

async fn ordinary_headers(world: World) -> Verdict {
    let sent = [
        ("Cookie", "a=b; c=d"),
        ("Origin", "https://example.com"),
        ("Sec-WebSocket-Extensions", "x-nobody-knows-it"),
        ("Sec-WebSocket-Protocol", "chat"),
    ];
    let more =
        |handshake| sent.iter().fold(handshake, |handshake: Handshake, (name, value)| handshake.header(name, value));
    let event = event_of(&world, more).await?;
    sent.iter().try_for_each(|(name, value)| {
        equal(&format!("`headers.{name}`"), event.json["headers"][name].as_str(), Some(*value))
    })
}

async fn credentials(world: World) -> Verdict {
    let authorization = basic("ada", "lovelace");
    let event = event_of(&world, |handshake| handshake.header("Authorization", &authorization)).await?;
    equal("`headers.Authorization`", event.json["headers"]["Authorization"].as_str(), Some(authorization.as_str()))
}

/// The events of one connection: authorizer request, `$connect`, a message and `$disconnect`.
async fn events(world: &World) -> Verdict<[Event; 4]> {
    let mut observer = world.guarded_observer().await?;
    let mut client = world.identified()?.observed_by(&observer.id).open().await?;
    let (authorizer, connect) = (observer.authorizer_event().await?, observer.event("CONNECT").await?);
    client.say("hello").await?;
    let message = client.event().await?;
    client.close(None).await?;
    Ok([authorizer, connect, message, observer.event("DISCONNECT").await?])
}

async fn request_ids(world: World) -> Verdict {
    for event in events(&world).await? {
        let (extended, request) = (event.context("extendedRequestId"), event.context("requestId"));
        equal("`extendedRequestId`", extended, request).map_err(|shortfall| shortfall.of(event.context("routeKey")))?;
    }
    Ok(())
}

async fn request_times(world: World) -> Verdict {
    for event in events(&world).await? {
        let epoch = event.at("/requestContext/requestTimeEpoch").as_i64().map(|milliseconds| milliseconds / 1000);
        let second = shape::clock(event.context("requestTime"));
        let of_event = |shortfall: Shortfall| shortfall.of(event.context("routeKey"));
        equal("the second of `requestTime`", second, epoch).map_err(of_event)?;
    }
    Ok(())
}
