//! What the chat promises, held against what everybody hears. Nothing is sent here, and nobody waits.

mod hearing;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::figures::Figures;
use super::script::{Guest, Role};

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
    /// Whether it floods the room: it may be closed, is owed nothing, and may be refused whatever it sends.
    pub(super) is_hostile: bool,
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
            is_hostile: false,
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
        let owed_to = self.among(room, |member| !member.is_lied_about && !member.is_hostile).into_iter().collect();
        let asked = Asked { room, by, is_allowed, outcome: Outcome::Open, owed_to, frame: None };
        self.asked.insert(key.to_owned(), asked);
        self.unsettled.push(key.to_owned());
        if let Some(by) = by.filter(|by| !self.members[*by].is_hostile) {
            self.members[by].waits_for = Some(key.to_owned());
        }
    }

    /// What became of a request; one that could not even be sent has failed.
    pub(super) fn outcome(&self, key: &str) -> Outcome {
        self.asked.get(key).map_or(Outcome::Failed, |asked| asked.outcome)
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

    /// Excuses what was given up, and said to be: of a frame with an id, for as many as `given_up` says.
    pub(super) fn excuse(&mut self, given_up: impl Fn(&str) -> usize) {
        let mut missing: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (key, who) in self.missing() {
            missing.entry(key.to_owned()).or_default().insert(who);
        }
        for (key, who) in missing {
            let Some(asked) = self.asked.get_mut(&key) else { continue };
            let frame = asked.frame.as_deref().and_then(|frame| serde_json::from_str::<Value>(frame).ok());
            let id = frame.and_then(|frame| frame["Id"].as_str().map(str::to_owned)).unwrap_or_default();
            if given_up(&id) >= who.len() {
                asked.owed_to.retain(|one| !who.contains(one));
                self.figures.given_up += who.len();
            }
        }
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
        self.guest.role != Role::Listener && !self.is_lied_about && !self.is_hostile
    }

    pub(super) fn may_moderate(&self) -> bool {
        self.guest.role == Role::Moderator && !self.is_lied_about && !self.is_hostile
    }
}
