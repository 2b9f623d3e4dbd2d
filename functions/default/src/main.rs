//! `$default`: a frame is an action, accepted or refused. What is accepted goes to everybody in the room, the sender last;
//! a refusal goes to the sender alone.

use std::process::ExitCode;

use chat::{Announcement, ChatSession, Counters, Decision, Frame, Refusal, Request, Reviewers, Rooms, Time, accept};
use shared::{
    Audience, Aws, Broadcast, Delivery, Error, Gone, Message, Peer, Relay, Response, Sender, Sockets, log_error, serve,
};

struct Backend {
    rooms: Rooms,
    counters: Counters,
    reviewers: Reviewers,
    sockets: Sockets,
    relay: Relay,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(backend, hear).await
}

async fn backend() -> Result<Backend, Error> {
    let aws = Aws::from_environment().await?;
    Ok(Backend {
        rooms: Rooms::new(&aws)?,
        counters: Counters::new(&aws)?,
        reviewers: Reviewers::new(&aws)?,
        sockets: Sockets::new(&aws)?,
        relay: Relay::new(&aws)?,
    })
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
    let told = match refusal {
        Some(refusal) => refuse(backend, &message.peer, &request_id, &refusal).await,
        None => Ok(()),
    };
    backend.sockets.forget_gone(gone).await;
    told.map(|()| Response::ok())
}

async fn refuse(backend: &Backend, sender: &Peer, request_id: &str, refusal: &Refusal) -> Result<(), Error> {
    let frame = Frame::refusing(request_id, refusal).to_json()?;
    let told = backend.sockets.send(sender, &frame).await.and_then(Delivery::sent_or_gone);
    if refusal.closes() {
        backend.sockets.disconnect(sender).await?;
    }
    told
}

/// `None` if everybody in the room has heard it or is about to, the sender last.
async fn carry_out(
    backend: &Backend,
    message: &Message,
    request: Request,
    gone: &mut Gone,
) -> Result<Option<Refusal>, Error> {
    let session: ChatSession = message.session()?;
    let (room_id, connection) = (&session.group, &message.peer.id);
    let at = Time::from_milliseconds(message.received_at);
    let accepted = match accept(request, &session) {
        Ok(accepted) => accepted,
        Err(refusal) => {
            let counts = backend.counters.count(room_id, connection, false, at).await?;
            return Ok(Some(counts.admit_request().err().unwrap_or(refusal)));
        }
    };
    // All at once: the first post waits for one answer of the database, not for three.
    let counts = backend.counters.count(room_id, connection, accepted.is_message(), at);
    let audience = backend.sockets.page(Audience::group(room_id));
    let (counts, room, first) = tokio::try_join!(counts, backend.rooms.find(room_id), audience)?;
    let announcement = match accepted.decide(room.as_ref(), counts, at) {
        Ok(Decision::Announce(announcement)) => announcement,
        Ok(Decision::Review(content, reviewer)) => {
            match backend.reviewers.review(reviewer, content, &message.source_ip).await {
                Ok(reviewed) => Announcement::from(reviewed),
                Err(refusal) => return Ok(Some(refusal)),
            }
        }
        Err(refusal) => return Ok(Some(refusal)),
    };
    let frame = announcement.frame.to_json()?;
    let sends_away = announcement.sends_away.map(|user| Audience::member(room_id, user));
    let sender = Sender { peer: &message.peer, group: room_id, member: &session.member };
    let frame_id = announcement.frame.id().as_str();
    let broadcast = Broadcast { frame: &frame, frame_id, first, last: Some(sender), sends_away };
    backend.sockets.broadcast(&backend.relay, broadcast, gone).await?;
    Ok(None)
}
