//! What people do, by chance: a script for each seed.

use aws_sdk_ivschat::types::ChatTokenCapability;
use rand::RngExt;
use rand::rngs::StdRng;

/// Names in every room, so that what is meant for one room would be noticed in another. Some are the beginning of others,
/// and some have several connections.
const USERS: [&str; 5] = ["eve", "evelyn", "ada", "ad", "zoë"];

/// More than the hundred rows of a page, so that there are jobs.
const LARGE: std::ops::RangeInclusive<usize> = 108..=124;

/// One in so many seeds has a large room, for that takes as long as several others.
const LARGE_EVERY: u64 = 4;

/// Rooms with their first members, and what happens then.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) rooms: Vec<Vec<Guest>>,
    pub(super) steps: Vec<Step>,
}

/// Somebody who comes into a room.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub(super) user: String,
    pub(super) role: Role,
    pub(super) mark: Mark,
}

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Moderator,
    Speaker,
    Listener,
}

/// What the fault plan knows a connection by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Slow,
    Unlucky,
}

/// Something that happens. Numbers mean one of those who are there then and may do it.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Join {
        room: usize,
        guest: Guest,
    },
    Leave {
        room: usize,
        who: usize,
    },
    /// Ends without a close frame.
    Vanish {
        room: usize,
        who: usize,
    },
    Say {
        room: usize,
        who: usize,
    },
    /// Says something and does not wait for the answer: the next step happens at the same time.
    SayInPassing {
        room: usize,
        who: usize,
    },
    /// Asks for something that must be refused.
    Overstep {
        room: usize,
        who: usize,
        how: Overstep,
    },
    DeleteMessage {
        room: usize,
        who: usize,
    },
    DisconnectUser {
        room: usize,
        who: usize,
        whom: usize,
    },
    /// One of the three operations of the control plane that a room hears of.
    Control {
        room: usize,
        operation: Operation,
        whom: usize,
    },
    /// A member comes who means harm.
    Harass {
        room: usize,
        how: Harassment,
    },
    /// A client offers two tokens of its own at once.
    OfferTwoTokens {
        room: usize,
        guest: Guest,
    },
    /// Waits until everybody has heard what they were promised.
    Settle,
}

/// What a hostile member sends, without waiting for answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Harassment {
    /// Messages that no room accepts.
    TooLongMessages,
    /// More messages than a connection may send in a second.
    TooManyMessages,
    /// So many frames that its connection is closed.
    Flood,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Overstep {
    SayNothing,
    SayTooMuch,
    SpeakAsListener,
    ModerateAsSpeaker,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    SendEvent,
    DeleteMessage,
    DisconnectUser,
}

impl Script {
    pub(super) fn random(seed: u64, dice: &mut StdRng) -> Self {
        let mut rooms: Vec<Vec<Guest>> = (0..dice.random_range(2..=3))
            .map(|_| (0..dice.random_range(3..=7)).map(|_| Guest::random(dice)).collect())
            .collect();
        if has_crowd(seed) {
            rooms[0] = (0..dice.random_range(LARGE)).map(|number| Guest::one_of_many(number, dice)).collect();
        }
        let count = dice.random_range(20..=40);
        let steps = (0..count).map(|_| Step::random(rooms.len(), dice)).collect();
        Self { rooms, steps }
    }
}

/// Whether a seed has a large room.
pub(super) fn has_crowd(seed: u64) -> bool {
    seed.is_multiple_of(LARGE_EVERY)
}

impl Guest {
    fn random(dice: &mut StdRng) -> Self {
        let user = USERS[dice.random_range(0..USERS.len())].to_owned();
        let role = match dice.random_range(0..10) {
            0..=2 => Role::Moderator,
            3..=7 => Role::Speaker,
            _ => Role::Listener,
        };
        let mark = match dice.random_range(0..10) {
            0 => Mark::Unlucky,
            1 | 2 => Mark::Slow,
            _ => Mark::None,
        };
        Self { user, role, mark }
    }

    fn one_of_many(number: usize, dice: &mut StdRng) -> Self {
        let guest = Self::random(dice);
        // Some have two connections, and a few of the names are those of the small rooms.
        if dice.random_bool(0.1) { guest } else { Self { user: format!("user-{}", number / 2), ..guest } }
    }

    /// Who may speak where nobody is left who may.
    pub(super) fn witness() -> Self {
        Self { user: "witness".to_owned(), role: Role::Speaker, mark: Mark::None }
    }

    /// Who means harm.
    pub(super) fn hostile() -> Self {
        Self { user: "mallory".to_owned(), role: Role::Speaker, mark: Mark::None }
    }
}

impl Role {
    pub(super) fn capabilities(self) -> Vec<ChatTokenCapability> {
        use ChatTokenCapability::{DeleteMessage, DisconnectUser, SendMessage};

        match self {
            Self::Moderator => vec![SendMessage, DeleteMessage, DisconnectUser],
            Self::Speaker => vec![SendMessage],
            Self::Listener => Vec::new(),
        }
    }
}

impl Mark {
    pub(super) fn query(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Slow => "?mark=slow",
            Self::Unlucky => "?mark=unlucky",
        }
    }
}

impl Step {
    fn random(rooms: usize, dice: &mut StdRng) -> Self {
        // More happens in the first room, which may be the large one.
        let room = if dice.random_bool(0.3) { 0 } else { dice.random_range(0..rooms) };
        let (who, whom) = (dice.random_range(0..1_000), dice.random_range(0..1_000));
        match dice.random_range(0..100) {
            0..12 => Self::Join { room, guest: Guest::random(dice) },
            12..17 => Self::Leave { room, who },
            17..22 => Self::Vanish { room, who },
            22..36 => Self::Say { room, who },
            36..66 => Self::SayInPassing { room, who },
            66..76 => Self::Overstep { room, who, how: Overstep::random(dice) },
            76..82 => Self::DeleteMessage { room, who },
            82..85 => Self::DisconnectUser { room, who, whom },
            85..90 => Self::Control { room, operation: Operation::random(dice), whom },
            90..94 => Self::Harass { room, how: Harassment::random(dice) },
            94..96 => Self::OfferTwoTokens { room, guest: Guest::random(dice) },
            _ => Self::Settle,
        }
    }
}

impl Harassment {
    fn random(dice: &mut StdRng) -> Self {
        let all = [Self::TooLongMessages, Self::TooManyMessages, Self::Flood];
        all[dice.random_range(0..all.len())]
    }
}

impl Overstep {
    fn random(dice: &mut StdRng) -> Self {
        let all = [Self::SayNothing, Self::SayTooMuch, Self::SpeakAsListener, Self::ModerateAsSpeaker];
        all[dice.random_range(0..all.len())]
    }

    /// Whose overstepping it is.
    pub(super) fn is_for(self, role: Role) -> bool {
        match self {
            Self::SayNothing | Self::SayTooMuch => role != Role::Listener,
            Self::SpeakAsListener => role == Role::Listener,
            Self::ModerateAsSpeaker => role == Role::Speaker,
        }
    }
}

impl Operation {
    fn random(dice: &mut StdRng) -> Self {
        let all = [Self::SendEvent, Self::DeleteMessage, Self::DisconnectUser];
        all[dice.random_range(0..all.len())]
    }
}
