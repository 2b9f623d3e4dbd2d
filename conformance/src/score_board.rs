//! What a run came to, for people.

use std::fmt::{self, Display, Formatter};

use owo_colors::{OwoColorize, Stream};

use crate::case::Case;
use crate::shortfall::{Shortfall, Verdict};

/// What one case came to.
#[derive(Clone, Debug)]
pub struct Score {
    /// The case.
    pub case: Case,
    /// What it came to.
    pub verdict: Verdict,
}

/// What all cases of a run came to, in the order of their areas. It displays itself in colour if standard output is a
/// terminal that has some.
#[derive(Clone, Debug)]
pub struct ScoreBoard {
    /// One score for each case.
    pub scores: Vec<Score>,
}

impl ScoreBoard {
    /// Whether no case has failed. Skipped ones have not.
    pub fn holds(&self) -> bool {
        self.failed() == 0
    }

    /// Cases that have passed.
    pub fn passed(&self) -> usize {
        self.scores.iter().filter(|score| score.verdict.is_ok()).count()
    }

    /// Cases that have failed.
    pub fn failed(&self) -> usize {
        self.scores.iter().filter(|score| matches!(score.verdict, Err(Shortfall::Differs { .. }))).count()
    }

    /// Cases that could not be tried.
    pub fn skipped(&self) -> usize {
        self.scores.iter().filter(|score| matches!(score.verdict, Err(Shortfall::Skipped(_)))).count()
    }
}

impl Display for ScoreBoard {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut area = None;
        for Score { case, verdict } in &self.scores {
            if area.replace(case.area) != Some(case.area) {
                let heading = case.area.name();
                writeln!(formatter, "\n{}", heading.if_supports_color(Stream::Stdout, |text| text.bold()))?;
            }
            write_score(formatter, case, verdict)?;
        }
        let (passed, failed, skipped) = (self.passed(), self.failed(), self.skipped());
        writeln!(formatter, "\n{passed} passed, {failed} failed, {skipped} skipped")
    }
}

fn write_score(formatter: &mut Formatter<'_>, case: &Case, verdict: &Verdict) -> fmt::Result {
    let word = match verdict {
        Ok(()) => "pass".if_supports_color(Stream::Stdout, |text| text.green()).to_string(),
        Err(Shortfall::Differs { .. }) => "FAIL".if_supports_color(Stream::Stdout, |text| text.red()).to_string(),
        Err(Shortfall::Skipped(_)) => "skip".if_supports_color(Stream::Stdout, |text| text.yellow()).to_string(),
    };
    let speed = if case.slow { " (slow)" } else { "" };
    writeln!(formatter, "  {word}  {:<10}  {}{speed}", case.mark, case.name)?;
    match verdict {
        Ok(()) => Ok(()),
        Err(Shortfall::Differs { expected, got }) => {
            writeln!(formatter, "        expected    {expected}")?;
            writeln!(formatter, "        got         {got}")?;
            writeln!(formatter, "        known from  {}", case.source)
        }
        Err(Shortfall::Skipped(reason)) => writeln!(formatter, "        because     {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Area;

    fn score(area: Area, name: &'static str, verdict: Verdict) -> Score {
        Score { case: Case::observed(area, name, "a capture", |_| Box::pin(async { Ok(()) })), verdict }
    }

    #[test]
    fn a_score_board_groups_by_area_and_explains_what_did_not_pass() {
        owo_colors::set_override(false);
        let board = ScoreBoard {
            scores: vec![
                score(Area::Events, "this holds", Ok(())),
                score(Area::Events, "this does not", Err(Shortfall::new("status 410", "404"))),
                score(Area::Closing, "nobody knows", Err(Shortfall::Skipped("`MainApi` has no address".to_owned()))),
            ],
        };
        let expected = "
events
  pass  observed    this holds
  FAIL  observed    this does not
        expected    status 410
        got         404
        known from  a capture

closing
  skip  observed    nobody knows
        because     `MainApi` has no address

1 passed, 1 failed, 1 skipped
";
        assert_eq!(board.to_string(), expected);
        assert!(!board.holds());
    }
}
