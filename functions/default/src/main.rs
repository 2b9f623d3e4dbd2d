//! `$default`: a frame is a request, accepted or refused. An accepted request goes to all members of the room, the sender
//! last; a refusal goes to the sender alone.

use std::process::ExitCode;

use chat::{Announcement, ChatSession, Counters, Decision, Frame, Refusal, Request, Reviewers, Rooms, Time, accept};
use parlor::{Audience, Aws, Error, FanoutQueue, Message, Peer, Response, SendOutcome, Sockets, log_group, serve};

struct Backend {
    rooms: Rooms,
    counters: Counters,
    reviewers: Reviewers,
    sockets: Sockets,
    queue: FanoutQueue,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(backend, on_message).await
}

async fn backend(aws: Aws) -> Result<Backend, Error> {
    Ok(Backend {
        rooms: Rooms::from_environment(&aws)?,
        counters: Counters::from_environment(&aws)?,
        reviewers: Reviewers::from_environment(&aws)?,
        sockets: Sockets::from_environment(&aws)?,
        queue: FanoutQueue::from_environment(&aws)?,
    })
}

async fn on_message(backend: &Backend, message: Message) -> Result<Response, Error> {
    let request = Request::parse(message.body());
    let request_id = request.request_id.clone();
    if let Err(refusal) = message.deadline.before(carry_out(backend, &message, request)).await {
        refuse(backend, &message.peer, &request_id, &refusal).await?;
    }
    Ok(Response::ok())
}

/// Returns `Ok(())` once the frame is delivered or queued for fan-out.
async fn carry_out(backend: &Backend, message: &Message, request: Request) -> Result<(), Refusal> {
    let session: ChatSession = message.session()?;
    let claims = session.claims_even_if_over();
    let (room_id, user_id, connection) = (&claims.room_id, &claims.user_id, &message.peer.id);
    log_group(room_id);
    let at = Time::from_milliseconds(message.received_at());
    let accepted = match accept(request, &session) {
        Ok(accepted) => accepted,
        Err(refusal) => {
            backend.counters.count(room_id, connection, false, at).await?.admit_request()?;
            return Err(refusal);
        }
    };
    // At the same time: the first frame waits for one answer of the database, not for three.
    let counts = backend.counters.count(room_id, connection, accepted.is_message(), at);
    let first = backend.sockets.page(Audience::group(room_id));
    let (counts, room, first) = tokio::try_join!(counts, backend.rooms.find(room_id), first)?;
    let announcement = match accepted.decide(room.as_ref(), counts, at)? {
        Decision::Announce(announcement) => announcement,
        Decision::Review(content, reviewer) => {
            Announcement::from(backend.reviewers.review(reviewer, content, message.source_ip()).await?)
        }
    };
    let broadcast = backend.sockets.group(room_id).first_page(first).sender_last(&message.peer, user_id);
    let broadcast = broadcast.overflow_to(&backend.queue).frame_id(announcement.frame.id().as_str());
    Ok(announcement.deliver(&backend.sockets, room_id, broadcast).await?)
}

async fn refuse(backend: &Backend, sender: &Peer, request_id: &str, refusal: &Refusal) -> Result<(), Error> {
    let frame = Frame::refusing(request_id, refusal).to_json()?;
    let sent = backend.sockets.send(sender, &frame).await.and_then(SendOutcome::sent_or_stale);
    if refusal.closes() {
        backend.sockets.disconnect(sender).await?;
    }
    sent
}
