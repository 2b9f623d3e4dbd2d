//! `AWS_IAM`: handshakes signed by header or by query.

use crate::case::{Area::Iam as Area, Case};
use crate::client::Client;
use crate::handshake::Handshake;
use crate::shortfall::{Shortfall, Verdict, ensure, equal};
use crate::signing::{self, SigningError};
use crate::target::Credentials;
use crate::world::World;

const GUIDE: &str = "API Gateway developer guide, IAM authorization of WebSocket APIs";
const GATEWAY: &str = "API Gateway developer guide, gateway responses";

pub(super) const CASES: &[Case] = &[
    Case::documented(Area, "a handshake signed in its headers is accepted", GUIDE, |world| Box::pin(by_header(world))),
    Case::documented(Area, "a handshake signed in its query is accepted", GUIDE, |world| Box::pin(by_query(world))),
    Case::documented(Area, "an unsigned handshake: 403 Missing Authentication Token", GATEWAY, |world| {
        Box::pin(unsigned(world))
    }),
    Case::documented(Area, "a handshake signed with another secret: 403", GUIDE, |world| Box::pin(wrong_secret(world))),
    Case::documented(Area, "a handshake signed for another region: 403", GUIDE, |world| Box::pin(wrong_region(world))),
    Case::documented(
        Area,
        "`identity` says who signed",
        "API Gateway developer guide, WebSocket mapping template reference",
        |world| Box::pin(identity(world)),
    ),
];

fn unsignable(error: SigningError) -> Shortfall {
    Shortfall::new("a handshake that can be signed", error)
}

/// A handshake with this query, signed in its headers.
fn signed(world: &World, handshake: Handshake, credentials: &Credentials, region: &str) -> Verdict<Handshake> {
    let mut scope = world.scope();
    region.clone_into(&mut scope.region);
    let headers = signing::headers(credentials, &scope, "GET", &handshake.url(), b"").map_err(unsignable)?;
    Ok(headers.iter().fold(handshake, |handshake, (name, value)| handshake.header(name, value)))
}

fn well_signed(world: &World, handshake: Handshake) -> Verdict<Handshake> {
    signed(world, handshake, &world.credentials()?, &world.target().region)
}

fn plain(world: &World) -> Verdict<Handshake> {
    Ok(Handshake::with(world.api("SignedApi")?))
}

async fn opens(handshake: Handshake) -> Verdict<Client> {
    let mut client = handshake.open().await?;
    client.id("").await?;
    Ok(client)
}

async fn by_header(world: World) -> Verdict {
    opens(well_signed(&world, plain(&world)?)?).await?;
    Ok(())
}

async fn by_query(world: World) -> Verdict {
    let handshake = plain(&world)?.query("also", "signed");
    let query = signing::query(&world.credentials()?, &world.scope(), &handshake.url()).map_err(unsignable)?;
    opens(query.iter().fold(handshake, |handshake, (name, value)| handshake.query(name, value))).await?;
    Ok(())
}

async fn unsigned(world: World) -> Verdict {
    super::signatures::misses_its_token(&plain(&world)?.refused(403).await?)
}

async fn wrong_secret(world: World) -> Verdict {
    let wrong = Credentials { secret_access_key: "another secret".to_owned(), ..world.credentials()? };
    signed(&world, plain(&world)?, &wrong, &world.target().region)?.refused(403).await?;
    Ok(())
}

async fn wrong_region(world: World) -> Verdict {
    let region = if world.target().region == "eu-west-1" { "us-east-1" } else { "eu-west-1" };
    signed(&world, plain(&world)?, &world.credentials()?, region)?.refused(403).await?;
    Ok(())
}

async fn identity(world: World) -> Verdict {
    let mut observer = world.observing(&well_signed(&world, plain(&world)?)?).await?;
    let handshake = plain(&world)?.observed_by(&observer.id);
    let _client = well_signed(&world, handshake)?.open().await?;
    let event = observer.event("CONNECT").await?;
    let identity = event.at("/requestContext/identity");
    equal("`accessKey`", identity["accessKey"].as_str(), Some(world.credentials()?.access_key_id.as_str()))?;
    let account = identity["accountId"].as_str().unwrap_or_default();
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    ensure(is_account, "`accountId` of twelve digits", &identity["accountId"])?;
    let arn = identity["userArn"].as_str().unwrap_or_default();
    ensure(arn.starts_with("arn:aws") && arn.contains(account), "`userArn` of that account", &identity["userArn"])?;
    for field in ["caller", "user"] {
        let value = identity[field].as_str().unwrap_or_default();
        ensure(!value.is_empty(), format!("`{field}` with a value"), &identity[field])?;
    }
    Ok(())
}
