//! Carries out a script on a stack of its own.

mod steps;
mod hostile;

use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::line::{Ears, Heard, Line};
use super::log::{given_up, open_connections};
use super::plan::Plan;
use super::promises::{Broken, Member, Outcome, Promises};
use super::script::{Guest, Mark, Script};
use crate::harness::{Chat, PATIENCE, Socket, Stack, connect, within_patience};

/// Joins at the same time.
const JOINING: usize = 12;

/// Requests of a room that may wait for their answers at the same time. A machine that is busy with other tests must not be
/// what a promise breaks of.
const OPEN: usize = 3;

/// A third attempt comes up to 20 seconds after the request.
const LONGER_THAN_ATTEMPTS: Duration = PATIENCE.saturating_mul(2);

/// How often somebody asks again for what failed: no plan lets it fail so often in a row.
const TRIES: usize = 30;

/// A stack with its rooms and everybody in them.
pub(super) struct Play {
    pub(super) chat: Chat,
    pub(super) promises: Promises,
    pub(super) rooms: Vec<String>,
    lines: Vec<Option<Line>>,
    ears: Ears,
    heard: UnboundedReceiver<(usize, Heard)>,
    tells_lies: bool,
    refuses_handshakes: bool,
    requests: usize,
}

impl Play {
    pub(super) async fn start(plan: &Plan, directory: &Path) -> Self {
        let (file, recorded) = (directory.join("faults.json"), directory.join("recorded"));
        std::fs::write(&file, plan.to_json().to_string()).expect("a directory that can be written to");
        let [file, recorded] = [&file, &recorded].map(|path| path.to_str().expect("a path in UTF-8"));
        let arguments = ["--faults", file, "--record", recorded, "--log", "json"];
        let chat = Chat::on(Stack::start_with("template.yaml", &arguments).await);
        let (ears, heard) = unbounded_channel();
        Self {
            chat,
            promises: Promises::new(plan.breaks_sockets),
            rooms: Vec::new(),
            lines: Vec::new(),
            ears,
            heard,
            tells_lies: plan.tells_lies,
            refuses_handshakes: plan.refuses_handshakes(),
            requests: 0,
        }
    }

    /// Everything that a script says, and then a last message in each room: what was on its way before is heard before.
    pub(super) async fn perform(&mut self, script: &Script) -> Result<(), Broken> {
        for (room, guests) in script.rooms.iter().enumerate() {
            self.open(room, guests).await?;
        }
        for (number, step) in script.steps.iter().enumerate() {
            self.promises.note(format!("step {number}: {step:?}"));
            self.carry_out(step).await?;
        }
        self.settle().await?;
        for room in 0..self.rooms.len() {
            self.say_the_last_word(room).await?;
        }
        self.settle().await
    }

    async fn open(&mut self, room: usize, guests: &[Guest]) -> Result<(), Broken> {
        let made = async || {
            let room = self.chat.control.create_room().name("lobby").maximum_message_rate_per_second(100);
            room.send().await
        };
        let made = persistently("making a room", made).await;
        self.rooms.push(made.arn.expect("a room has an ARN"));
        let joining = stream::iter(guests).map(|guest| self.handshake(room, guest));
        let joined: Vec<_> = joining.buffered(JOINING).collect().await;
        let mut count = 0;
        for (guest, socket) in guests.iter().zip(joined) {
            if let Some(socket) = socket? {
                self.enter(room, guest, socket);
                count += 1;
            }
        }
        self.promises.note(format!("room {room}: {count} of {} joined", guests.len()));
        Ok(())
    }

    /// A handshake with a fresh token; `None` if it was refused where that may be.
    async fn handshake(&self, room: usize, guest: &Guest) -> Result<Option<Socket>, Broken> {
        let token = self.token(room, guest).await;
        self.handshake_with(&[&token], guest).await
    }

    async fn token(&self, room: usize, guest: &Guest) -> String {
        let made = async || {
            let token = self.chat.control.create_chat_token().room_identifier(&self.rooms[room]).user_id(&guest.user);
            token.set_capabilities(Some(guest.role.capabilities())).send().await
        };
        persistently("making a token", made).await.token.expect("a token has a secret")
    }

    async fn handshake_with(&self, tokens: &[&str], guest: &Guest) -> Result<Option<Socket>, Broken> {
        match connect(&self.url_for(guest), tokens).await {
            Ok(client) => Ok(Some(client.into_socket())),
            Err(_) if self.refuses_handshakes => Ok(None),
            Err(status) => Err(format!("{} was refused with {status}, without a fault", guest.user)),
        }
    }

    fn url_for(&self, guest: &Guest) -> String {
        format!("{}{}", self.chat.stack.web_socket_url(), guest.mark.query())
    }

    fn enter(&mut self, room: usize, guest: &Guest, socket: Socket) -> usize {
        let who = self.promises.join(room, guest.clone(), self.tells_lies && guest.mark == Mark::Unlucky);
        self.lines.push(Some(Line::of(socket, who, self.ears.clone())));
        who
    }

    async fn join(&mut self, room: usize, guest: &Guest) -> Result<Option<usize>, Broken> {
        let socket = self.handshake(room, guest).await?;
        let joined = socket.map(|socket| self.enter(room, guest, socket));
        match joined {
            Some(who) => self.promises.note(format!("{} joins", self.promises.name(who))),
            None => self.promises.note("the handshake is refused"),
        }
        Ok(joined)
    }

    /// What is sent to a room before a message that everybody hears has come, too, if it comes at all.
    async fn say_the_last_word(&mut self, room: usize) -> Result<(), Broken> {
        for turn in 0..TRIES {
            let speaker = match self.chosen(room, turn, Member::may_speak) {
                Some(speaker) => Some(speaker),
                None => self.join(room, &Guest::witness()).await?,
            };
            let Some(speaker) = speaker else { continue };
            let key = self.say(speaker).await?;
            if self.promises.outcome(&key) == Outcome::Accepted {
                return self.settle().await;
            }
        }
        Err(format!("nobody could say anything in room {room}, {TRIES} times in a row"))
    }

    async fn settle(&mut self) -> Result<(), Broken> {
        if let Err(broken) = self.until(Promises::shortfall, Promises::is_settled).await {
            let log = self.chat.stack.parlor().log();
            self.promises.excuse(|id| given_up(&log, id));
            if !self.promises.is_settled() {
                return Err(broken);
            }
        }
        self.promises.settle();
        Ok(())
    }

    async fn ask_and_wait(&mut self, who: usize, key: &str, request: Value, is_allowed: bool) -> Result<(), Broken> {
        self.ask(who, key, request, is_allowed).await?;
        self.answered(who).await
    }

    /// Sends a request. API Gateway's own errors do not say which they are about, so there is one at a time, and whose
    /// connection ends with the one before asks no more.
    async fn ask(&mut self, who: usize, key: &str, request: Value, is_allowed: bool) -> Result<(), Broken> {
        self.answered(who).await?;
        let room = self.promises.members[who].room;
        let open = |promises: &Promises| promises.among(room, |member| member.waits_for.is_some()).len();
        self.until(Promises::shortfall, |promises| open(promises) < OPEN).await?;
        if !self.promises.members[who].is_there {
            return Ok(());
        }
        self.promises.note(format!("{} asks for `{key}`", self.promises.name(who)));
        self.promises.ask(key, room, Some(who), is_allowed);
        self.line(who).say(request.to_string());
        Ok(())
    }

    async fn answered(&mut self, who: usize) -> Result<(), Broken> {
        self.until(Promises::shortfall, |promises| promises.members[who].waits_for.is_none()).await
    }

    /// Listens until it `is_done`, or it takes too long, which breaks the promise that `words` are for.
    async fn until(
        &mut self,
        words: impl Fn(&Promises) -> String,
        is_done: impl Fn(&Promises) -> bool,
    ) -> Result<(), Broken> {
        let deadline = Instant::now() + LONGER_THAN_ATTEMPTS;
        loop {
            while let Ok((who, heard)) = self.heard.try_recv() {
                self.promises.hear(who, heard)?;
            }
            if is_done(&self.promises) {
                return Ok(());
            }
            match timeout_at(deadline, self.heard.recv()).await {
                Ok(Some((who, heard))) => self.promises.hear(who, heard)?,
                Ok(None) | Err(_) => return Err(format!("after {LONGER_THAN_ATTEMPTS:?}: {}", words(&self.promises))),
            }
        }
    }

    /// Waits until the gateway knows of every end that a member knows of, and the other way round.
    pub(super) async fn agree_with_the_gateway(&mut self) -> Result<(), Broken> {
        let mut lines = self.chat.stack.parlor().lines();
        let deadline = Instant::now() + PATIENCE;
        loop {
            while let Ok((who, heard)) = self.heard.try_recv() {
                self.promises.hear(who, heard)?;
            }
            let open = open_connections(&lines.borrow_and_update());
            let there = self.promises.members.iter().filter(|member| member.is_there).count();
            if open == there {
                return Ok(());
            }
            tokio::select! {
                Some((who, heard)) = self.heard.recv() => self.promises.hear(who, heard)?,
                Ok(()) = lines.changed() => {}
                () = sleep_until(deadline) => {
                    return Err(format!("the gateway has {open} connections, and {there} members are there"));
                }
            }
        }
    }

    fn line(&self, who: usize) -> &Line {
        self.lines[who].as_ref().expect("who has left is not chosen")
    }

    fn next_key(&mut self, verb: &str) -> String {
        self.requests += 1;
        format!("{verb}-{}", self.requests)
    }
}

/// Does it until it succeeds.
pub(super) async fn persistently<T, E>(what: &str, attempt: impl AsyncFn() -> Result<T, E>) -> T {
    let succeeded = async {
        loop {
            if let Ok(outcome) = attempt().await {
                return outcome;
            }
        }
    };
    within_patience(what, succeeded).await
}
