//! Runs cases: several at a time, each within its deadline.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::timeout;

use crate::case::{Area, Case};
use crate::cases;
use crate::score_board::{Score, ScoreBoard};
use crate::shortfall::{Shortfall, Verdict};
use crate::target::Target;
use crate::world::{PATIENCE, World};

/// How long a case may take: several waits of [`PATIENCE`].
const CASE_DEADLINE: Duration = PATIENCE.saturating_mul(6);
/// Cases at the same time where nobody says otherwise. A new AWS account runs ten functions at once, and most cases keep
/// one busy.
pub const CONCURRENCY: usize = 8;

/// Which cases to run, and how many at once.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Only these areas; all if there are none.
    pub areas: Vec<Area>,
    /// Only cases whose names contain one of these texts; all if there are none.
    pub names: Vec<String>,
    /// Whether cases that take minutes on AWS are run, too.
    pub slow: Slow,
    /// Cases at the same time.
    pub concurrency: usize,
}

/// What to do with cases that take minutes on AWS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slow {
    /// Leave them out.
    #[default]
    Without,
    /// Run them, too.
    With,
    /// Run nothing else.
    Only,
}

impl Default for Selection {
    fn default() -> Self {
        Self { areas: Vec::new(), names: Vec::new(), slow: Slow::default(), concurrency: CONCURRENCY }
    }
}

impl Selection {
    /// The cases that it selects, in the order of the score board.
    pub fn cases(&self) -> Vec<Case> {
        let selected = |case: &Case| {
            let area = self.areas.is_empty() || self.areas.contains(&case.area);
            let name = self.names.is_empty() || self.names.iter().any(|name| case.name.contains(name.as_str()));
            let speed = match self.slow {
                Slow::Without => !case.slow,
                Slow::With => true,
                Slow::Only => case.slow,
            };
            area && name && speed
        };
        let mut cases: Vec<Case> = cases::all().filter(selected).collect();
        cases.sort_by_key(|case| case.area);
        cases
    }
}

/// Runs the selected cases against `target`.
pub async fn run(target: Target, selection: &Selection) -> ScoreBoard {
    let target = Arc::new(target);
    let (alone, together): (Vec<Case>, Vec<Case>) = selection.cases().into_iter().partition(|case| case.alone);
    let mut scores = Vec::new();
    for (cases, concurrency) in [(together, selection.concurrency.max(1)), (alone, 1)] {
        let judged = stream::iter(cases).map(|case| judge(Arc::clone(&target), case)).buffer_unordered(concurrency);
        scores.extend(judged.collect::<Vec<_>>().await);
    }
    let order = selection.cases();
    scores.sort_by_key(|score: &Score| {
        order.iter().position(|case| (case.area, case.name) == (score.case.area, score.case.name))
    });
    ScoreBoard { scores }
}

async fn judge(target: Arc<Target>, case: Case) -> Score {
    let deadline = if case.slow { CASE_DEADLINE * 2 + target.limits.max_lifetime } else { CASE_DEADLINE };
    let late = || Err(Shortfall::new(format!("an end within {deadline:?}"), "none"));
    // On a task of its own: one that is busy holds up nobody else's deadlines.
    let verdict: Verdict = match tokio::spawn(timeout(deadline, (case.run)(World::new(target)))).await {
        Ok(ended) => ended.unwrap_or_else(|_| late()),
        Err(_) => Err(Shortfall::new("an end of the case", "a panic")),
    };
    Score { case, verdict }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_cases_have_the_same_name() {
        let everything = Selection { slow: Slow::With, ..Selection::default() }.cases();
        let names: BTreeSet<_> = everything.iter().map(|case| (case.area, case.name)).collect();
        assert_eq!(names.len(), everything.len());
    }

    #[test]
    fn areas_names_and_slowness_select() {
        let selected = |areas: &[Area], names: &[&str], slow| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            Selection { areas: areas.to_vec(), names, slow, ..Selection::default() }.cases()
        };
        assert!(selected(&[Area::Closing], &[], Slow::With).iter().all(|case| case.area == Area::Closing));
        assert!(selected(&[], &["idle"], Slow::Only).iter().all(|case| case.slow && case.name.contains("idle")));
        assert!(!selected(&[], &["idle"], Slow::Only).is_empty());
        assert!(selected(&[], &["no case is called so"], Slow::With).is_empty());
        assert!(selected(&[], &[], Slow::Without).iter().all(|case| !case.slow));
    }
}
