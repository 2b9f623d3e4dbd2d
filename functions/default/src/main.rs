//! `$default`: a frame is an action, accepted or refused. What is accepted goes to everybody in the room, the sender last;
//! a refusal goes to the sender alone.

use std::process::ExitCode;

use chat::{ChatSession, Frame, Refusal, Request, Rooms, Time, accept};
use shared::{Audience, Aws, Error, FanOut, Message, Response, Sockets, log_error, serve};

struct Backend {
    rooms: Rooms,
    sockets: Sockets,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(backend, hear).await
}

async fn backend() -> Result<Backend, Error> {
    let aws = Aws::from_environment().await?;
    Ok(Backend { rooms: Rooms::new(&aws)?, sockets: Sockets::new(&aws)? })
}

async fn hear(backend: &Backend, message: Message) -> Result<Response, Error> {
    let session = message.session()?;
    let request = Request::parse(&message.body);
    let request_id = request.request_id.clone();
    let outcome = message.deadline.before(carry_out(backend, &message, &session, request)).await;
    let refusal = match outcome {
        Ok(Ok(())) => return Ok(Response::ok()),
        Ok(Err(refusal)) => refusal,
        Err(error) => {
            log_error(&error);
            Refusal::Failed
        }
    };
    backend.sockets.send(&message.peer, &Frame::refusing(&request_id, refusal).to_json()?).await?;
    Ok(Response::ok())
}

async fn carry_out(
    backend: &Backend,
    message: &Message,
    session: &ChatSession,
    request: Request,
) -> Result<Result<(), Refusal>, Error> {
    let accepted = match accept(request, session) {
        Ok(accepted) => accepted,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // Both at once: the first post waits for one answer of the database, not for two.
    let audience = backend.sockets.page(Audience::group(&session.group));
    let (room, first) = tokio::try_join!(backend.rooms.find(&session.group), audience)?;
    let frame = match accepted.into_frame(room.as_ref(), Time::from_milliseconds(message.received_at)) {
        Ok(frame) => frame.to_json()?,
        Err(refusal) => return Ok(Err(refusal)),
    };
    backend.sockets.fan_out(FanOut { frame: &frame, first, last: Some(&message.peer) }).await?;
    Ok(Ok(()))
}
