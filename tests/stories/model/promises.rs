//! What the chat promises, held against what everybody hears. Nothing is sent here, and nobody waits.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::{self, Display, Formatter};

use serde_json::Value;

use super::line::Heard;
use super::script::{Guest, Role};

/// The close code for who is sent away: API Gateway has no other.
const SENT_AWAY: u16 = 1000;

/// A promise that was not kept, in words.
pub(super) type Broken = String;

/// Members, what they asked for, and what became of it.
#[derive(Debug, Default)]
pub(super) struct Promises {
    pub(super) members: Vec<Member>,
    asked: HashMap<String, Asked>,
    /// What somebody may still have to hear.
    unsettled: Vec<String>,
    /// Whether sockets break that nobody closed.
    breaks_sockets: bool,
    pub(super) figures: Figures,
    /// What happened, line by line.
    pub(super) trace: Vec<String>,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) room: usize,
    pub(super) guest: Guest,
    /// Whether it may be told from the outside that it is gone while it is not.
    pub(super) is_lied_about: bool,
    pub(super) is_there: bool,
    /// What it has asked for and has no answer to.
    pub(super) waits_for: Option<String>,
    /// How often it was told that something failed.
    pub(super) failures: usize,
    heard: HashSet<String>,
    /// Whether it was told that its user is sent away.
    is_sent_away: bool,
}

/// A message or an event. It is known by its request's id, or, if that came over HTTP, by its reason.
#[derive(Debug)]
struct Asked {
    room: usize,
    /// The connection that asked; none if the request came over HTTP.
    by: Option<usize>,
    is_allowed: bool,
    outcome: Outcome,
    /// Who was there when it was asked.
    owed_to: BTreeSet<usize>,
    /// The frame of whoever heard it first.
    frame: Option<String>,
}

/// What is known of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// No answer yet.
    Open,
    /// Who asked has heard it: so does everybody else.
    Accepted,
    /// Nobody hears it.
    Refused(u64),
    /// Something failed halfway: some may have heard it.
    Failed,
}

/// What all this came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) accepted: usize,
    pub(super) refused: usize,
    pub(super) failed: usize,
    pub(super) heard: usize,
    pub(super) sent_away: usize,
    pub(super) jobs: usize,
}

impl Promises {
    pub(super) fn new(breaks_sockets: bool) -> Self {
        Self { breaks_sockets, ..Self::default() }
    }

    pub(super) fn note(&mut self, line: impl Into<String>) {
        self.trace.push(line.into());
    }

    /// The number of a new member.
    pub(super) fn join(&mut self, room: usize, guest: Guest, is_lied_about: bool) -> usize {
        self.members.push(Member {
            room,
            guest,
            is_lied_about,
            is_there: true,
            waits_for: None,
            failures: 0,
            heard: HashSet::new(),
            is_sent_away: false,
        });
        self.members.len() - 1
    }

    /// A member goes by itself: it is owed nothing any more.
    pub(super) fn leave(&mut self, who: usize) {
        let member = &mut self.members[who];
        (member.is_there, member.waits_for) = (false, None);
    }

    /// Who is in a room and `is_wanted`.
    pub(super) fn among(&self, room: usize, is_wanted: impl Fn(&Member) -> bool) -> Vec<usize> {
        let members = self.members.iter().enumerate();
        members.filter(|(_, one)| one.room == room && one.is_there && is_wanted(one)).map(|(who, _)| who).collect()
    }

    /// A request is about to be sent, over HTTP if it is `by` nobody. What is accepted everybody hears who is there now.
    pub(super) fn ask(&mut self, key: &str, room: usize, by: Option<usize>, is_allowed: bool) {
        let owed_to = self.among(room, |member| !member.is_lied_about).into_iter().collect();
        let asked = Asked { room, by, is_allowed, outcome: Outcome::Open, owed_to, frame: None };
        self.asked.insert(key.to_owned(), asked);
        self.unsettled.push(key.to_owned());
        if let Some(by) = by {
            self.members[by].waits_for = Some(key.to_owned());
        }
    }

    /// What became of a request; one that could not even be sent has failed.
    pub(super) fn outcome(&self, key: &str) -> Outcome {
        self.asked.get(key).map_or(Outcome::Failed, |asked| asked.outcome)
    }

    /// What the control plane says of a request.
    pub(super) fn answered(&mut self, key: &str, outcome: Outcome) -> Result<(), Broken> {
        self.conclude(key, outcome)
    }

    /// Takes note of what a member heard.
    pub(super) fn hear(&mut self, who: usize, heard: Heard) -> Result<(), Broken> {
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
        let (is_told, is_lied_about) = (member.is_sent_away, member.is_lied_about);
        self.note(format!("{} ends with {code}", self.name(who)));
        if let Some(key) = waited_for {
            self.conclude(&key, Outcome::Failed)?;
        }
        match code {
            SENT_AWAY if is_told || is_lied_about => {
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
        if self.asked.get(key).is_none_or(|asked| asked.by != Some(who)) {
            return Err(format!("{} was refused what it had not asked for: {frame}", self.name(who)));
        }
        if code == 500 {
            self.members[who].failures += 1;
            return self.conclude(key, Outcome::Failed);
        }
        self.conclude(key, Outcome::Refused(code))
    }

    /// The first answer counts, but for the own frame after a failure: the function told, and died thereafter.
    fn conclude(&mut self, key: &str, outcome: Outcome) -> Result<(), Broken> {
        let Some(asked) = self.asked.get_mut(key) else { return Err(format!("nobody asked for `{key}`")) };
        if let Some(by) = asked.by
            && self.members[by].waits_for.as_deref() == Some(key)
        {
            self.members[by].waits_for = None;
        }
        match (asked.outcome, outcome) {
            (Outcome::Open, _) | (Outcome::Failed, Outcome::Accepted) => asked.outcome = outcome,
            (Outcome::Accepted | Outcome::Failed, Outcome::Refused(code)) => {
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

    /// Whether every request has an answer and everybody has heard what they were promised.
    pub(super) fn is_settled(&self) -> bool {
        self.members.iter().all(|member| member.waits_for.is_none()) && self.missing().next().is_none()
    }

    /// What is settled now is not looked at again.
    pub(super) fn settle(&mut self) {
        let asked = &self.asked;
        self.unsettled.retain(|key| asked[key].outcome != Outcome::Accepted);
    }

    /// What is not settled, in words.
    pub(super) fn shortfall(&self) -> String {
        let waiting = self.members.iter().enumerate().filter_map(|(who, member)| {
            let key = member.waits_for.as_deref()?;
            Some(format!("{} has no answer to `{key}`", self.name(who)))
        });
        let missing = self.missing().map(|(key, who)| {
            format!("{} has not heard `{key}`, which was accepted while it was there", self.name(who))
        });
        let all: Vec<_> = waiting.chain(missing).collect();
        let shown = all.iter().take(12).map(String::as_str).collect::<Vec<_>>().join("; ");
        format!("{} times too little was heard: {shown}", all.len())
    }

    /// Who has still to hear what.
    fn missing(&self) -> impl Iterator<Item = (&str, usize)> {
        let accepted = self.unsettled.iter().filter(|key| self.asked[*key].outcome == Outcome::Accepted);
        accepted.flat_map(move |key| {
            let owed_to = self.asked[key].owed_to.iter().copied();
            let is_missing = move |who: &usize| self.members[*who].is_there && !self.members[*who].heard.contains(key);
            owed_to.filter(is_missing).map(|who| (key.as_str(), who))
        })
    }

    pub(super) fn name(&self, who: usize) -> String {
        let member = &self.members[who];
        format!("{}, connection {who} in room {}", member.guest.user, member.room)
    }
}

impl Member {
    pub(super) fn may_speak(&self) -> bool {
        self.guest.role != Role::Listener && !self.is_lied_about
    }

    pub(super) fn may_moderate(&self) -> bool {
        self.guest.role == Role::Moderator && !self.is_lied_about
    }
}

fn words(is_allowed: bool) -> &'static str {
    if is_allowed { "allowed" } else { "not allowed" }
}

impl Figures {
    pub(super) fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.failed += other.failed;
        self.heard += other.heard;
        self.sent_away += other.sent_away;
        self.jobs += other.jobs;
    }
}

impl Display for Figures {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let Self { accepted, refused, failed, heard, sent_away, jobs } = self;
        write!(
            to,
            "{accepted} requests accepted, {refused} refused, {failed} failed; {heard} frames heard, {sent_away} \
             connections sent away, {jobs} jobs"
        )
    }
}
