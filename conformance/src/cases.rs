//! The expectations, one file for each area.

mod expected;
mod connect_events;
mod message_events;
mod disconnect_events;
mod handshake;
mod refusals;
mod subprotocols;
mod authorizers;
mod policies;
mod iam;
mod routing;
mod replies;
mod frames;
mod management;
mod management_errors;
mod signatures;
mod closing;
mod limits;
mod lifetime;

use crate::case::Case;

/// Every case.
pub(crate) fn all() -> impl Iterator<Item = Case> {
    let files: [&[Case]; 18] = [
        connect_events::CASES,
        message_events::CASES,
        disconnect_events::CASES,
        handshake::CASES,
        refusals::CASES,
        subprotocols::CASES,
        authorizers::CASES,
        policies::CASES,
        iam::CASES,
        routing::CASES,
        replies::CASES,
        frames::CASES,
        management::CASES,
        management_errors::CASES,
        signatures::CASES,
        closing::CASES,
        limits::CASES,
        lifetime::CASES,
    ];
    files.into_iter().flatten().copied()
}
