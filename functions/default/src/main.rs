//! `$default`: a frame is an action, accepted or refused. What is accepted goes to everybody in the room, the sender last;
//! a refusal goes to the sender alone.

use std::process::ExitCode;

use chat::{ChatSession, Frame, Refusal, Request, Rooms, Time, accept};
use shared::{Audience, Aws, Error, FanOut, Gone, Message, Response, Sockets, log_error, serve};

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
    let request = Request::parse(&message.body);
    let request_id = request.request_id.clone();
    let mut gone = Gone::default();
    let outcome = message.deadline.before(carry_out(backend, &message, request, &mut gone)).await;
    let refusal = outcome.unwrap_or_else(|error| {
        log_error(&error);
        Some(Refusal::Failed)
    });
    if let Some(refusal) = refusal {
        let frame = Frame::refusing(&request_id, refusal).to_json()?;
        backend.sockets.send(&message.peer, &frame).await?.sent_or_gone()?;
    }
    backend.sockets.forget_gone(gone).await;
    Ok(Response::ok())
}

/// `None` if everybody in the room has heard it, the sender last.
async fn carry_out(
    backend: &Backend,
    message: &Message,
    request: Request,
    gone: &mut Gone,
) -> Result<Option<Refusal>, Error> {
    let session: ChatSession = message.session()?;
    let accepted = match accept(request, &session) {
        Ok(accepted) => accepted,
        Err(refusal) => return Ok(Some(refusal)),
    };
    // Both at once: the first post waits for one answer of the database, not for two.
    let audience = backend.sockets.page(Audience::group(&session.group));
    let (room, first) = tokio::try_join!(backend.rooms.find(&session.group), audience)?;
    let frame = match accepted.into_frame(room.as_ref(), Time::from_milliseconds(message.received_at)) {
        Ok(frame) => frame.to_json()?,
        Err(refusal) => return Ok(Some(refusal)),
    };
    backend.sockets.fan_out(FanOut { frame: &frame, first, last: Some(&message.peer) }, gone).await?;
    Ok(None)
}
