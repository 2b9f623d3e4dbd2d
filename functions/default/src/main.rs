//! `$default`: a frame is a request, accepted or refused. An accepted request goes to all members of the room, the sender
//! last; a refusal goes to the sender alone.

mod backend;

use std::process::ExitCode;

use backend::Backend;
use chat::{ChatSession, Refusal, Request, Time};
use parlor::{Error, Message, Response, log_group, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(Backend::new, on_message).await
}

async fn on_message(backend: &Backend, message: Message) -> Result<Response, Error> {
    let request = Request::parse(message.body());
    let request_id = request.request_id.clone();
    if let Err(refusal) = message.deadline.before(carry_out(backend, &message, request)).await {
        backend.refuse(&message, &request_id, &refusal).await?;
    }
    Ok(Response::ok())
}

/// Returns `Ok(())` once the frame is delivered or queued for fan-out.
async fn carry_out(backend: &Backend, message: &Message, request: Request) -> Result<(), Refusal> {
    let session: ChatSession = message.session()?;
    let claims = session.claims_even_if_over();
    let (room_id, user_id) = (&claims.room_id, &claims.user_id);
    log_group(room_id);
    let at = Time::from_milliseconds(message.received_at());
    let mut count = backend.counters.request(room_id, &message.peer.id, at);
    if count.is_suspect() {
        count.request().await?;
    }
    let (decision, first) = match backend.decide(request, &session, at).await {
        Ok(decided) => decided,
        // Nothing is asked of a database that does not answer.
        Err(Refusal::Failed) => return Err(Refusal::Failed),
        Err(refusal) => {
            count.request().await?;
            return Err(refusal);
        }
    };
    let announcement = backend.admit(decision, count, message.source_ip()).await?;
    let broadcast = backend.sockets.group(room_id).first_page(first).sender_last(&message.peer, user_id);
    let broadcast = broadcast.overflow_to(&backend.queue).frame_id(announcement.frame.id().as_str());
    Ok(announcement.deliver(&backend.sockets, room_id, broadcast).await?)
}
