//! Random rooms under random faults, held against what the chat promises.
//!
//! A seed is a script and a fault plan, on a stack of its own. Whatever goes wrong:
//! - Everybody who is connected throughout hears what was accepted, always as the same frame, with the same `Id`. Accepted is
//!   what its sender hears. Whom a machine that is too busy cannot reach, `fanout` must at least count as given up.
//! - Nobody outside the room hears any of it.
//! - What was refused nobody hears. What failed halfway some may have heard.
//! - `fanout` is handed the same job three times at most, and invoked three times for each at most.
//! - After a round of the keepalive the table knows who is connected, and nobody else; after a few if faults hit the rounds.
//!
//! `MODEL_SEEDS=200` tries as many seeds, `MODEL_SEED=42` that one again.

mod plan;
mod script;
mod line;
mod log;
mod figures;
mod promises;
mod play;
mod afterwards;

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt, StreamExt, stream};
use rand::SeedableRng;
use rand::rngs::StdRng;

use figures::Figures;
use log::mattering;
use plan::Plan;
use play::Play;
use script::Script;

/// Seeds of every run of the tests.
const SEEDS: u64 = 6;

/// Stacks at the same time.
const AT_ONCE: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promises_are_kept_whatever_goes_wrong() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seeds = match number("MODEL_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=number("MODEL_SEEDS").unwrap_or(SEEDS),
    };
    let mut played = stream::iter(seeds.clone()).map(keep_promises).buffer_unordered(AT_ONCE);
    let mut all = Figures::default();
    while let Some(figures) = played.next().await {
        all.add(figures.unwrap_or_else(|story| panic!("{story}")));
    }

    tell(&all);
    // A run in which nothing happens would prove nothing.
    let happened = [all.accepted, all.refused, all.failed, all.heard, all.sent_away, all.jobs];
    assert!((seeds.count() as u64) < SEEDS || happened.iter().all(|figure| *figure > 0), "{all}");
}

#[expect(clippy::print_stderr, reason = "whoever tries many seeds wants to know what they came to: `--nocapture`")]
fn tell(figures: &Figures) {
    eprintln!("{figures}");
}

/// Plays a seed. What went wrong is a text that tells all there is to know.
async fn keep_promises(seed: u64) -> Result<Figures, String> {
    let mut dice = StdRng::seed_from_u64(seed);
    let plan = Plan::random(seed, &mut dice);
    let script = Script::random(seed, &mut dice);
    let story = |cause: &str, trace: &[String], log: &str| {
        format!(
            "seed {seed}: {cause}\n\nreplay it with MODEL_SEED={seed} cargo test -p e2e --test stories model\n\n\
             fault plan: {}\n\nwhat happened last:\n{}\n\nwhat the stack says of it:\n{}",
            plan.to_json(),
            last(60, trace.iter().cloned()),
            last(60, log.lines().filter_map(mattering)),
        )
    };
    let played = async {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut play = Play::start(&plan, directory.path()).await;
        let performed = async {
            play.perform(&script).await?;
            afterwards::rows_are_connections(&mut play, plan.disturbs_rounds()).await
        };
        let outcome = AssertUnwindSafe(performed).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|_| Err("the story broke off with the panic above".to_owned()));
        let Play { chat, promises, .. } = play;
        if let Err(cause) = outcome {
            return Err(story(&cause, &promises.trace, &chat.stack.parlor().log()));
        }
        let (_code, log) = chat.stack.terminate().await;
        let jobs = afterwards::jobs(&directory.path().join("recorded"), &log);
        let jobs = jobs.map_err(|cause| story(&cause, &promises.trace, &log))?;
        Ok(Figures { jobs, ..promises.figures })
    };
    let stopped = AssertUnwindSafe(played).catch_unwind().await;
    stopped.unwrap_or_else(|_| Err(story("the stack failed with the panic above", &[], "")))
}

fn last(count: usize, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<_> = lines.collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
