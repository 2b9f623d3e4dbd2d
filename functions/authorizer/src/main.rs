//! `$connect` authorizer: a chat token shows its session. Spending the token is left to `connect`.

use std::process::ExitCode;

use chat::{ChatToken, Rooms, Tokens};
use shared::{Authorize, Aws, Error, Verdict, serve};

struct Records {
    tokens: Tokens,
    rooms: Rooms,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(records, authorize).await
}

async fn records() -> Result<Records, Error> {
    let aws = Aws::from_environment().await?;
    Ok(Records { tokens: Tokens::new(&aws)?, rooms: Rooms::new(&aws)? })
}

async fn authorize(records: &Records, request: Authorize) -> Result<Verdict, Error> {
    let Some(token) = ChatToken::offered(&request.protocols) else { return request.unauthorized() };
    let Some(session) = records.tokens.session(&token).await? else { return request.unauthorized() };
    match records.rooms.find(&session.group).await? {
        Some(_room) => request.allow(&session),
        None => Ok(request.deny()),
    }
}
