//! `@connections`: statuses, headers and bodies of everything that goes wrong but signatures.

use crate::case::{Area::Management as Area, Case};
use crate::handshake::Handshake;
use crate::shortfall::{Shortfall, Verdict, equal};
use crate::wire::Response;
use crate::world::World;

const RECORDED: &str = "responses of AWS that brefphp/bref recorded, and localstack #4694";
const MODEL: &str = "the service model of the management API";
/// An id as API Gateway mints them, which it has never minted.
const UNKNOWN: &str = "AAAAAAAAoAMCEeg=";
/// Largest message in bytes (API Gateway quotas for WebSocket APIs).
const LARGEST: usize = 128 * 1024;
/// Posts until a client that does not read must have been noticed: 64 MB, more than any socket holds.
const MOST_POSTS: usize = 512;

pub(super) const CASES: &[Case] = &[
    Case::observed(Area, "a connection that is closed: 410, and the body is empty", RECORDED, |world| {
        Box::pin(closed(world))
    }),
    Case::observed(Area, "an id that nobody ever had: 410", RECORDED, |world| Box::pin(unknown(world))),
    Case::observed(Area, "an id that is none: 400 Invalid connectionId", RECORDED, |world| Box::pin(malformed(world))),
    Case::assumed(Area, "an id that is encoded twice: 400", "decoded once it is none", |world| {
        Box::pin(encoded_twice(world))
    }),
    Case::documented(Area, "a post above 128 KB: 413", MODEL, |world| Box::pin(too_large(world))),
    Case::documented(
        Area,
        "a client that does not read: 429",
        "the service model of the management API, and gchq/sleeper #7494",
        |world| Box::pin(not_reading(world)),
    ),
    Case::observed(Area, "another stage: 403 Forbidden", "aws/aws-sdk-js-v3 #1830", |world| {
        Box::pin(elsewhere(world, "/nostage"))
    }),
    Case::observed(Area, "no stage: 403 Forbidden", "aws/aws-sdk-js-v3 #1830", |world| Box::pin(elsewhere(world, ""))),
    Case::observed(
        Area,
        "a disabled endpoint has no `@connections`: 403 Forbidden",
        "aws/aws-sdk-net #1860",
        |world| Box::pin(disabled(world)),
    ),
];

fn is_gone(response: &Response) -> Verdict {
    equal("status", response.status, 410)?;
    equal("header `x-amzn-ErrorType`", response.header("x-amzn-errortype"), Some("GoneException"))?;
    equal("header `Content-Type`", response.header("content-type"), Some("application/json"))?;
    equal("header `Content-Length`", response.header("content-length"), Some("0"))?;
    equal("body", response.body.as_str(), "")?;
    super::management::has_common_headers(response)
}

fn is_forbidden(response: &Response) -> Verdict {
    equal("status", response.status, 403)?;
    equal("header `x-amzn-ErrorType`", response.header("x-amzn-errortype"), Some("ForbiddenException"))?;
    equal("body", response.body.as_str(), r#"{"message":"Forbidden"}"#)
}

async fn closed(world: World) -> Verdict {
    let mut client = world.client().await?;
    let id = client.id("").await?;
    client.close(None).await?;
    for method in ["POST", "GET", "DELETE"] {
        let call = world.call(world.main()?, method, &id)?;
        is_gone(&call.send().await?).map_err(|shortfall| shortfall.of(method))?;
    }
    Ok(())
}

async fn unknown(world: World) -> Verdict {
    for method in ["POST", "GET", "DELETE"] {
        let call = world.call(world.main()?, method, UNKNOWN)?;
        is_gone(&call.send().await?).map_err(|shortfall| shortfall.of(method))?;
    }
    Ok(())
}

async fn malformed(world: World) -> Verdict {
    for id in ["gone", "AAAAAAAAoAMCEeg", "AAAAAAAAoAMCEegAAAAAAAAA="] {
        for method in ["POST", "GET", "DELETE"] {
            let response = world.call(world.main()?, method, id)?.send().await?;
            equal("status", response.status, 400).map_err(|shortfall| shortfall.of(format!("{method} {id}")))?;
            equal("header `x-amzn-ErrorType`", response.header("x-amzn-errortype"), Some("BadRequestException"))?;
            equal("body", response.body, format!(r#"{{"message":"Invalid connectionId: {id}"}}"#))?;
        }
    }
    Ok(())
}

async fn encoded_twice(world: World) -> Verdict {
    let api = world.main()?;
    let mut client = world.client().await?;
    let id = client.id("").await?;
    let target = format!("{}/@connections/{}", api.management.path, id.replace('=', "%253D"));
    let response = world.call(api, "POST", &id)?.target(target).body("hello").send().await?;
    equal("status", response.status, 400)
}

async fn too_large(world: World) -> Verdict {
    let mut client = world.client().await?;
    let id = client.id("").await?;
    let response = world.call(world.main()?, "POST", &id)?.body(vec![b'a'; LARGEST + 1]).send().await?;
    equal("status", response.status, 413)?;
    equal("header `x-amzn-ErrorType`", response.header("x-amzn-errortype"), Some("PayloadTooLargeException"))?;
    client.id("").await.map_err(|shortfall| shortfall.of("nothing of it arrives"))?;
    Ok(())
}

async fn not_reading(world: World) -> Verdict {
    let mut client = Handshake::with(world.main()?).receive_buffer(4096).open().await?;
    let id = client.id("").await?;
    for _ in 0..MOST_POSTS {
        let response = world.call(world.main()?, "POST", &id)?.body(vec![b'a'; LARGEST]).send().await?;
        match response.status {
            200 => {}
            429 => {
                let error_type = response.header("x-amzn-errortype");
                return equal("header `x-amzn-ErrorType`", error_type, Some("LimitExceededException"));
            }
            _ => return Err(Shortfall::new("status 200 or 429", format!("{} {}", response.status, response.body))),
        }
    }
    Err(Shortfall::new("status 429", format!("{MOST_POSTS} posts of {LARGEST} bytes with status 200")))
}

async fn elsewhere(world: World, stage: &str) -> Verdict {
    let mut client = world.client().await?;
    let id = client.id("").await?;
    let target = format!("{stage}/@connections/{}", id.replace('=', "%3D"));
    is_forbidden(&world.call(world.main()?, "POST", &id)?.target(target).body("hello").send().await?)
}

async fn disabled(world: World) -> Verdict {
    for method in ["POST", "GET", "DELETE"] {
        let call = world.call(world.api("DisabledApi")?, method, UNKNOWN)?;
        is_forbidden(&call.send().await?).map_err(|shortfall| shortfall.of(method))?;
    }
    Ok(())
}
