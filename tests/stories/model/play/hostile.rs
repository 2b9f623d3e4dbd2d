//! Members who mean harm, and what they try.

use serde_json::json;

use super::Play;
use crate::harness::{connect, message};
use crate::model::promises::Broken;
use crate::model::script::{Guest, Harassment};

/// Frames of each kind of harassment. A connection may send ten in a second, and is closed past thirty.
const TOO_LONG: usize = 10;
const TOO_MANY: usize = 25;
const FLOOD: usize = 70;

impl Play {
    /// A member comes and sends more than it may. What is accepted of that is for all members, as what others send.
    pub(super) async fn harass(&mut self, room: usize, how: Harassment) -> Result<(), Broken> {
        let Some(who) = self.join(room, &Guest::hostile()).await? else { return Ok(()) };
        self.promises.members[who].is_hostile = true;
        let count = match how {
            Harassment::TooLongMessages => TOO_LONG,
            Harassment::TooManyMessages => TOO_MANY,
            Harassment::Flood => FLOOD,
        };
        for _ in 0..count {
            let key = self.next_key("noise");
            let frame = match how {
                // No member may ever receive these, so they are not asked for.
                Harassment::TooLongMessages => message(&key, &"x".repeat(501)),
                Harassment::Flood => json!({ "Action": "DANCE", "RequestId": key }),
                Harassment::TooManyMessages => {
                    self.promises.ask(&key, room, Some(who), true);
                    message(&key, &format!("this is {key}"))
                }
            };
            self.line(who).say(frame.to_string());
        }
        Ok(())
    }

    /// A client offers two tokens at once, in both orders: each opens one connection, that of its own session.
    pub(super) async fn offer_two_tokens(&mut self, room: usize, guest: &Guest) -> Result<(), Broken> {
        let other = Guest { user: format!("{}-2", guest.user), ..guest.clone() };
        let (first, second) = (self.token(room, guest).await, self.token(room, &other).await);
        for (tokens, guest) in [([&*first, &*second], guest), ([&*second, &*first], &other)] {
            let socket = self.handshake_with(&tokens, guest).await?;
            if let Some(socket) = socket {
                self.enter(room, guest, socket);
                if connect(&self.url_for(guest), &tokens).await.is_ok() {
                    return Err(format!("the token of {} opened a second connection", guest.user));
                }
            }
        }
        Ok(())
    }
}
