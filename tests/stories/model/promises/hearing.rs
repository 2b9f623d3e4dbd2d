//! What members hear, frame by frame: whether it may be so, and what it says of requests.

use serde_json::Value;

use super::{Broken, Outcome, Promises};
use crate::model::line::Heard;

/// The close code for who is sent away: API Gateway has no other.
const SENT_AWAY: u16 = 1000;

impl Promises {
    /// What the control plane says of a request.
    pub(in crate::model) fn answered(&mut self, key: &str, outcome: Outcome) -> Result<(), Broken> {
        self.conclude(key, outcome)
    }

    /// Takes note of what a member heard.
    pub(in crate::model) fn hear(&mut self, who: usize, heard: Heard) -> Result<(), Broken> {
        match heard {
            Heard::End(code) => self.end(who, code),
            Heard::Frame(text) => self.hear_frame(who, text),
        }
    }

    fn end(&mut self, who: usize, code: u16) -> Result<(), Broken> {
        let member = &mut self.members[who];
        if !std::mem::replace(&mut member.is_there, false) {
            return Ok(());
        }
        let waited_for = member.waits_for.take();
        let (is_told, is_excused) = (member.is_sent_away, member.is_lied_about || member.is_hostile);
        self.note(format!("{} ends with {code}", self.name(who)));
        if let Some(key) = waited_for {
            self.conclude(&key, Outcome::Failed)?;
        }
        match code {
            SENT_AWAY if is_told || is_excused => {
                self.figures.sent_away += 1;
                Ok(())
            }
            SENT_AWAY => Err(format!("{} was sent away without being told", self.name(who))),
            _ if self.breaks_sockets => Ok(()),
            _ => Err(format!("the connection of {} ended with {code}, and nobody had closed it", self.name(who))),
        }
    }

    fn hear_frame(&mut self, who: usize, text: String) -> Result<(), Broken> {
        let frame: Value = serde_json::from_str(&text).map_err(|error| format!("not JSON: {error}: {text}"))?;
        match frame["Type"].as_str() {
            Some("MESSAGE" | "EVENT") => self.hear_announcement(who, &frame, text),
            Some("ERROR") => self.hear_error(who, &frame),
            Some("KEEPALIVE") => Ok(()),
            _ if frame["message"] == "Internal server error" => {
                self.members[who].failures += 1;
                let waited_for = self.members[who].waits_for.take();
                waited_for.map_or(Ok(()), |key| self.conclude(&key, Outcome::Failed))
            }
            _ => Err(format!("{} heard what nobody says: {text}", self.name(who))),
        }
    }

    fn hear_announcement(&mut self, who: usize, frame: &Value, text: String) -> Result<(), Broken> {
        self.figures.heard += 1;
        let key = match frame["RequestId"].as_str() {
            Some("") | None => frame["Attributes"]["Reason"].as_str().unwrap_or_default(),
            Some(request_id) => request_id,
        };
        let name = self.name(who);
        let member = &mut self.members[who];
        let Some(asked) = self.asked.get_mut(key) else {
            return Err(format!("{name} heard what nobody asked for: {text}"));
        };
        if asked.room != member.room {
            return Err(format!("{name} heard what was said in room {}: {text}", asked.room));
        }
        if !asked.is_allowed || matches!(asked.outcome, Outcome::Refused(_)) {
            return Err(format!("{name} heard what was refused ({:?}): {text}", asked.outcome));
        }
        match &asked.frame {
            None => asked.frame = Some(text),
            Some(first) if *first == text => {}
            Some(first) => return Err(format!("`{key}` is not the same for all: {name} heard {text}, others {first}")),
        }
        member.heard.insert(key.to_owned());
        let is_told =
            frame["EventName"] == "aws:DISCONNECT_USER" && frame["Attributes"]["UserId"] == *member.guest.user;
        member.is_sent_away |= is_told;
        if asked.by == Some(who) { self.conclude(key, Outcome::Accepted) } else { Ok(()) }
    }

    fn hear_error(&mut self, who: usize, frame: &Value) -> Result<(), Broken> {
        let key = frame["RequestId"].as_str().unwrap_or_default();
        let code = frame["ErrorCode"].as_u64().unwrap_or_default();
        if self.members[who].is_hostile && !self.asked.contains_key(key) {
            self.figures.refused += 1;
            return Ok(());
        }
        if self.asked.get(key).is_none_or(|asked| asked.by != Some(who)) {
            return Err(format!("{} was refused what it had not asked for: {frame}", self.name(who)));
        }
        if code == 500 {
            self.members[who].failures += 1;
            return self.conclude(key, Outcome::Failed);
        }
        self.conclude(key, Outcome::Refused(code))
    }

    /// The first answer counts, but for another after a failure: the function told, and died thereafter; or it was another
    /// request that failed, which API Gateway does not say.
    fn conclude(&mut self, key: &str, outcome: Outcome) -> Result<(), Broken> {
        let Some(asked) = self.asked.get_mut(key) else { return Err(format!("nobody asked for `{key}`")) };
        if let Some(by) = asked.by
            && self.members[by].waits_for.as_deref() == Some(key)
        {
            self.members[by].waits_for = None;
        }
        match (asked.outcome, outcome) {
            (Outcome::Open | Outcome::Failed, _) => asked.outcome = outcome,
            (Outcome::Accepted, Outcome::Refused(code)) => {
                return Err(format!("`{key}` was refused with {code} after another answer: {:?}", asked.outcome));
            }
            _ => return Ok(()),
        }
        // 429 is the one refusal that somebody meets who may do what they ask for.
        let is_wrong = match outcome {
            Outcome::Accepted => !asked.is_allowed,
            Outcome::Refused(code) => asked.frame.is_some() || (asked.is_allowed && code != 429),
            Outcome::Failed | Outcome::Open => false,
        };
        let (frame, is_allowed) = (asked.frame.clone(), asked.is_allowed);
        match outcome {
            Outcome::Accepted => self.figures.accepted += 1,
            Outcome::Refused(_) => self.figures.refused += 1,
            Outcome::Failed => self.figures.failed += 1,
            Outcome::Open => {}
        }
        self.note(format!("`{key}`: {outcome:?}"));
        match is_wrong {
            true => Err(format!("`{key}` ({}) was {outcome:?}; heard: {frame:?}", words(is_allowed))),
            false => Ok(()),
        }
    }
}

fn words(is_allowed: bool) -> &'static str {
    if is_allowed { "allowed" } else { "not allowed" }
}
