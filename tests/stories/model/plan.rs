//! Bad days by chance: a fault plan for each seed.

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::script::has_crowd;

/// What goes wrong for a seed, and what nobody can promise because of it.
#[derive(Debug)]
pub(super) struct Plan {
    seed: u64,
    faults: Vec<Value>,
    /// Whether sockets break that nobody closed.
    pub(super) breaks_sockets: bool,
    /// Whether posts are refused.
    refuses_posts: bool,
    /// Whether unlucky connections are said to be gone. AWS never says so of an open connection whose handshake is done, so
    /// nothing is promised to those; what becomes of the others is.
    pub(super) tells_lies: bool,
    /// Whether requests of the database fail.
    fails_database: bool,
}

impl Plan {
    pub(super) fn random(seed: u64, dice: &mut StdRng) -> Self {
        let mut plan = Self {
            seed,
            faults: Vec::new(),
            breaks_sockets: false,
            refuses_posts: false,
            tells_lies: false,
            fails_database: false,
        };
        plan.add_connections(dice);
        plan.add_posts(dice);
        plan.add_functions(dice);
        plan.add_database(dice);
        plan
    }

    /// The file.
    pub(super) fn to_json(&self) -> Value {
        json!({ "seed": self.seed, "faults": self.faults })
    }

    /// Whether a round of the keepalive may not reach everybody, so that the next has to.
    pub(super) fn disturbs_rounds(&self) -> bool {
        self.breaks_sockets || self.refuses_posts || self.fails_database
    }

    /// Whether a handshake may fail.
    pub(super) fn refuses_handshakes(&self) -> bool {
        let kills = |fault: &Value| fault["fault"] == "kill-function" && fault["functions"][0] == "ConnectFunction";
        self.fails_database || self.faults.iter().any(kills)
    }

    fn add_connections(&mut self, dice: &mut StdRng) {
        if dice.random_bool(0.5) {
            let rate = percent(dice, 30, 100);
            self.faults.push(json!({ "fault": "lose-disconnect", "rate": rate }));
        }
        if dice.random_bool(0.3) {
            self.breaks_sockets = true;
            let ending = if dice.random() { "end" } else { "reset" };
            let fault = json!({ "fault": "drop-socket", "ending": ending, "rate": percent(dice, 1, 3), "at_most": 6 });
            self.faults.push(fault);
        }
    }

    fn add_posts(&mut self, dice: &mut StdRng) {
        let status = [429, 500, 503][dice.random_range(0..3)];
        // A crowd has so many posts that some are refused three times at once, and a job has to try again.
        let (variants, highest) = if has_crowd(self.seed) { (2, 15) } else { (4, 10) };
        match dice.random_range(0..variants) {
            // A member is lost after nine refusals in a row: the SDK tries three times, and so do two more rounds. At 15 %
            // that is one delivery in 26 million, of which a seed with a crowd has about a thousand; at 10 % it is one in a
            // thousand million.
            0 | 1 => {
                self.refuses_posts = true;
                let rate = percent(dice, highest - 5, highest);
                self.faults.push(json!({ "fault": "answer-post", "status": status, "rate": rate }));
            }
            // An outage, which is over before the ninth refusal even if one member has them all.
            2 => {
                self.refuses_posts = true;
                let (after, at_most) = (dice.random_range(0..60), dice.random_range(2..=8));
                self.faults
                    .push(json!({ "fault": "answer-post", "status": status, "after": after, "at_most": at_most }));
            }
            _ => {}
        }
        if dice.random_bool(0.3) {
            self.tells_lies = true;
            let unlucky = json!({ "query": { "mark": "unlucky" } });
            let rate = percent(dice, 50, 100);
            self.faults.push(json!({ "fault": "answer-post", "status": 410, "rate": rate, "connections": unlucky }));
        }
        // Three of them fit into the two seconds that the SDK gives a post, so a delay is never a refusal.
        if dice.random_bool(0.3) {
            let slow = json!({ "query": { "mark": "slow" } });
            let (delay, rate) = (milliseconds(dice, 100, 500), percent(dice, 20, 60));
            self.faults.push(json!({ "fault": "delay-post", "delay": delay, "rate": rate, "connections": slow }));
        }
        if dice.random_bool(0.2) {
            let (delay, rate) = (milliseconds(dice, 20, 200), percent(dice, 1, 20));
            self.faults.push(json!({ "fault": "delay-post", "delay": delay, "rate": rate }));
        }
    }

    fn add_functions(&mut self, dice: &mut StdRng) {
        // Once: Lambda tries an event twice, and a job that is killed both times is lost for everybody in it.
        if dice.random_bool(0.4) {
            let (delay, after) = (milliseconds(dice, 0, 60), dice.random_range(0..6));
            self.faults.push(json!({
                "fault": "kill-function", "functions": ["FanoutFunction"], "delay": delay, "after": after, "at_most": 1,
            }));
        }
        let others = [("DefaultFunction", 20), ("ConnectFunction", 10), ("DisconnectFunction", 60)];
        for (function, highest) in others {
            if dice.random_bool(0.3) {
                let (delay, rate) = (milliseconds(dice, 0, 40), percent(dice, 2, highest));
                self.faults.push(json!({
                    "fault": "kill-function", "functions": [function], "delay": delay, "rate": rate, "at_most": 6,
                }));
            }
        }
        if dice.random_bool(0.4) {
            let rate = percent(dice, 10, 60);
            self.faults.push(json!({ "fault": "repeat-event", "functions": ["FanoutFunction"], "rate": rate }));
        }
        if dice.random_bool(0.3) {
            let (delay, rate) = (milliseconds(dice, 50, 1_000), percent(dice, 10, 60));
            self.faults
                .push(json!({ "fault": "delay-event", "functions": ["FanoutFunction"], "delay": delay, "rate": rate }));
        }
    }

    /// A page is read by up to three jobs with three attempts each: at 10 %, a walk in a thousand million is given up.
    fn add_database(&mut self, dice: &mut StdRng) {
        if dice.random_bool(0.4) {
            self.fails_database = true;
            self.faults.push(json!({ "fault": "throttle-dynamodb", "rate": percent(dice, 1, 10) }));
        }
        if dice.random_bool(0.3) {
            self.fails_database = true;
            let done: bool = dice.random();
            self.faults.push(json!({ "fault": "fail-dynamodb", "done": done, "rate": percent(dice, 1, 10) }));
        }
        if dice.random_bool(0.3) {
            self.fails_database = true;
            self.faults.push(json!({ "fault": "cancel-transaction", "rate": percent(dice, 5, 30) }));
        }
    }
}

fn percent(dice: &mut StdRng, lowest: u8, highest: u8) -> f64 {
    f64::from(dice.random_range(lowest..=highest)) / 100.0
}

fn milliseconds(dice: &mut StdRng, lowest: u16, highest: u16) -> String {
    format!("{}ms", dice.random_range(lowest..=highest))
}
