//! The subprotocol: offered by the client, chosen by `$connect`.

use serde_json::json;

use crate::case::{Area::Handshake as Area, Case};
use crate::handshake::Handshake;
use crate::instruction::Step;
use crate::shortfall::{Verdict, equal};
use crate::world::World;

const GUIDE: &str = "API Gateway developer guide, subprotocols of the `$connect` route";

pub(super) const CASES: &[Case] = &[
    Case::documented(Area, "no subprotocol is chosen by API Gateway itself", GUIDE, |world| {
        Box::pin(not_chosen(world))
    }),
    Case::documented(Area, "the subprotocol that `$connect` returns reaches the client", GUIDE, |world| {
        Box::pin(chosen(world, "headers"))
    }),
    Case::documented(Area, "so does one in `multiValueHeaders`", GUIDE, |world| {
        Box::pin(chosen(world, "multiValueHeaders"))
    }),
    Case::documented(Area, "all offers arrive in one header", GUIDE, |world| Box::pin(offered(world))),
    Case::documented(Area, "`$connect` may refuse all offers: 400", GUIDE, |world| Box::pin(refused(world))),
];

async fn not_chosen(world: World) -> Verdict {
    let (_client, response) = Handshake::with(world.main()?).offering("chat, superchat").accepted().await?;
    equal("header `Sec-WebSocket-Protocol`", response.header("sec-websocket-protocol"), None)
}

async fn chosen(world: World, map: &str) -> Verdict {
    let value = if map == "headers" { json!("superchat") } else { json!(["superchat"]) };
    let answer = json!({ "statusCode": 200, map: { "Sec-WebSocket-Protocol": value } });
    let handshake = Handshake::with(world.main()?).offering("chat, superchat").connect(&[Step::Answer(answer)]);
    let (mut client, response) = handshake.accepted().await?;
    equal("header `Sec-WebSocket-Protocol`", response.header("sec-websocket-protocol"), Some("superchat"))?;
    client.id("").await?;
    Ok(())
}

async fn offered(world: World) -> Verdict {
    let mut observer = world.observer().await?;
    let handshake = Handshake::with(world.main()?).offering("chat, superchat").observed_by(&observer.id);
    let _client = handshake.open().await?;
    let event = observer.event("CONNECT").await?;
    equal("the header", event.at("/headers/Sec-WebSocket-Protocol").as_str(), Some("chat, superchat"))
}

async fn refused(world: World) -> Verdict {
    let steps = [Step::Answer(json!({ "statusCode": 400 }))];
    Handshake::with(world.main()?).offering("unknown").connect(&steps).refused(400).await?;
    Ok(())
}
