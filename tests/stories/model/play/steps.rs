//! The steps of a script, one by one.

use serde_json::json;

use super::Play;
use crate::harness::message;
use crate::model::promises::{Broken, Member, Outcome, Promises};
use crate::model::script::{Operation, Overstep, Step};

impl Play {
    pub(super) async fn carry_out(&mut self, step: &Step) -> Result<(), Broken> {
        match *step {
            Step::Join { room, ref guest } => drop(self.join(room, guest).await?),
            Step::Leave { room, who } => {
                if let Some(who) = self.chosen(room, who, |_| true) {
                    self.promises.leave(who);
                    self.line(who).leave();
                }
            }
            Step::Vanish { room, who } => {
                if let Some(who) = self.chosen(room, who, |_| true) {
                    self.promises.leave(who);
                    self.lines[who] = None;
                }
            }
            Step::Say { room, who } => {
                if let Some(who) = self.chosen(room, who, Member::may_speak) {
                    self.say(who).await?;
                }
            }
            Step::SayInPassing { room, who } => {
                if let Some(who) = self.chosen(room, who, Member::may_speak) {
                    let key = self.next_key("said");
                    self.ask(who, &key, message(&key, &format!("this is {key}")), true).await?;
                }
            }
            Step::Overstep { room, who, how } => {
                let is_one = |member: &Member| how.is_for(member.guest.role) && !member.is_lied_about;
                if let Some(who) = self.chosen(room, who, is_one) {
                    self.overstep(who, how).await?;
                }
            }
            Step::DeleteMessage { room, who } => {
                if let Some(who) = self.chosen(room, who, Member::may_moderate) {
                    let key = self.next_key("deleted");
                    let id = "AbCdEf123456";
                    let request = json!({ "Action": "DELETE_MESSAGE", "RequestId": key, "Id": id, "Reason": "rude" });
                    self.ask_and_wait(who, &key, request, true).await?;
                }
            }
            Step::DisconnectUser { room, who, whom } => self.disconnect(room, who, whom).await?,
            Step::Control { room, operation, whom } => self.control(room, operation, whom).await?,
            Step::Harass { room, how } => self.harass(room, how).await?,
            Step::OfferTwoTokens { room, ref guest } => self.offer_two_tokens(room, guest).await?,
            Step::Settle => self.settle().await?,
        }
        Ok(())
    }

    /// The one whom a number of a step means.
    pub(super) fn chosen(&self, room: usize, number: usize, is_wanted: impl Fn(&Member) -> bool) -> Option<usize> {
        let candidates = self.promises.among(room, is_wanted);
        candidates.get(number.checked_rem(candidates.len())?).copied()
    }

    pub(super) async fn say(&mut self, who: usize) -> Result<String, Broken> {
        let key = self.next_key("said");
        self.ask_and_wait(who, &key, message(&key, &format!("this is {key}")), true).await?;
        Ok(key)
    }

    async fn overstep(&mut self, who: usize, how: Overstep) -> Result<(), Broken> {
        let key = self.next_key("refused");
        let request = match how {
            Overstep::SayNothing => message(&key, ""),
            Overstep::SayTooMuch => message(&key, &"far too long".repeat(50)),
            Overstep::SpeakAsListener => message(&key, &format!("this is {key}")),
            Overstep::ModerateAsSpeaker => {
                json!({ "Action": "DISCONNECT_USER", "RequestId": key, "UserId": "eve", "Reason": "envy" })
            }
        };
        self.ask_and_wait(who, &key, request, false).await
    }

    async fn disconnect(&mut self, room: usize, who: usize, whom: usize) -> Result<(), Broken> {
        let (Some(who), Some(whom)) = (self.chosen(room, who, Member::may_moderate), self.chosen(room, whom, |_| true))
        else {
            return Ok(());
        };
        let key = self.next_key("disconnected");
        let user = self.promises.members[whom].guest.user.clone();
        let targets = self.connections_of(room, &user);
        let failures = self.promises.members[who].failures;
        let request = json!({ "Action": "DISCONNECT_USER", "RequestId": key, "UserId": user, "Reason": "rude" });
        self.ask_and_wait(who, &key, request, true).await?;
        if self.promises.outcome(&key) != Outcome::Accepted {
            return Ok(());
        }
        // The own frame comes before the others are closed, and whoever asked hears if that fails.
        let what = format!("`{key}` was accepted, and the connections of {user} in room {room} are not closed");
        let is_done = |promises: &Promises| {
            let asker = &promises.members[who];
            let are_gone = targets.iter().all(|target| !promises.members[*target].is_there);
            are_gone || !asker.is_there || asker.failures > failures
        };
        self.until(|_| what.clone(), is_done).await
    }

    async fn control(&mut self, room: usize, operation: Operation, whom: usize) -> Result<(), Broken> {
        let key = self.next_key("announced");
        let arn = self.rooms[room].clone();
        let mut targets = Vec::new();
        let (path, request) = match operation {
            Operation::SendEvent => {
                let attributes = json!({ "Reason": key });
                ("/SendEvent", json!({ "roomIdentifier": arn, "eventName": "news", "attributes": attributes }))
            }
            Operation::DeleteMessage => {
                ("/DeleteMessage", json!({ "roomIdentifier": arn, "id": "AbCdEf123456", "reason": key }))
            }
            Operation::DisconnectUser => {
                let Some(whom) = self.chosen(room, whom, |_| true) else { return Ok(()) };
                let user = self.promises.members[whom].guest.user.clone();
                targets = self.connections_of(room, &user);
                ("/DisconnectUser", json!({ "roomIdentifier": arn, "userId": user, "reason": key }))
            }
        };
        self.promises.ask(&key, room, None, true);
        let answer = self.chat.post(path, request.to_string()).await;
        let outcome = match answer.status {
            200 => Outcome::Accepted,
            500.. => Outcome::Failed,
            other => return Err(format!("`{key}` may be asked for, and was answered with {other}")),
        };
        self.promises.answered(&key, outcome)?;
        if outcome != Outcome::Accepted {
            return Ok(());
        }
        let is_done = |promises: &Promises| targets.iter().all(|target| !promises.members[*target].is_there);
        self.until(|_| format!("`{key}` was answered with 200, and its user is still there"), is_done).await
    }

    /// The connections of a user that are closed for certain when the user is sent away.
    fn connections_of(&self, room: usize, user: &str) -> Vec<usize> {
        self.promises.among(room, |member| member.guest.user == user && !member.is_lied_about)
    }
}
