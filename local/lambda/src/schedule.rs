//! The template's schedules: EventBridge rules and EventBridge Scheduler, on this machine's clock, in UTC.

mod expression;

use std::fmt::Display;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::LambdaClient;
use expression::Timetable;
use local_core::events::Reporter;
use local_core::failure::Failure;
use local_core::invocation::Invocation;
use local_core::settings;
use local_sam::Schedule;

/// How long an endpoint may take to take an event on. Ours and Lambda's do at once; one that builds a function on its
/// first call may answer only afterwards, and one that never answers must not end the schedule.
const HAND_OVER_LIMIT: Duration = Duration::from_secs(60);

/// A sleeping laptop stops the timer but not the clock, so a long wait looks at the clock this often.
const LONGEST_NAP: Duration = Duration::from_secs(30);

/// Fails with the first schedule whose expression AWS would not take either.
pub fn check(schedules: &[Schedule]) -> Result<(), Failure> {
    schedules.iter().try_for_each(|schedule| timetable(schedule).map(|_valid| ()))
}

/// Invokes functions asynchronously when their time comes, until `shutdown`. A schedule with an invalid expression is
/// a warning and never comes: [`check`] tells of it earlier.
pub fn run(
    schedules: Vec<Schedule>,
    lambda: LambdaClient,
    reporter: Reporter,
    shutdown: CancellationToken,
) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let each = schedules.into_iter().map(|schedule| follow(schedule, &lambda, &reporter));
        shutdown.run_until_cancelled(join_all(each)).await;
    })
}

async fn follow(schedule: Schedule, lambda: &LambdaClient, reporter: &Reporter) {
    let timetable = match timetable(&schedule) {
        Ok(timetable) => timetable,
        Err(failure) => return reporter.warning(failure),
    };
    let mut last = Timestamp::now();
    while let Some(time) = timetable.next_after(last) {
        sleep_until(time).await;
        let event = schedule.input.clone().unwrap_or_else(|| event(&schedule, time));
        match lambda.invoke_asynchronously(&schedule.function, &event, HAND_OVER_LIMIT).await {
            Invocation::Returned(_) => {}
            Invocation::Failed(error) => not_invoked(&schedule, &error, reporter),
            Invocation::Refused { reason } => not_invoked(&schedule, &reason, reporter),
            Invocation::TimedOut => {
                reporter.warning(format_args!("schedule `{}` got no answer from its function", schedule.name));
            }
        }
        // What was missed, in sleep or behind a slow endpoint, is not made up for.
        last = time.max(Timestamp::now());
    }
}

fn not_invoked(schedule: &Schedule, reason: &dyn Display, reporter: &Reporter) {
    reporter.warning(format_args!("schedule `{}` could not invoke its function: {reason}", schedule.name));
}

fn timetable(schedule: &Schedule) -> Result<Timetable, Failure> {
    expression::parse(&schedule.expression, schedule.is_scheduler, Timestamp::now()).map_err(|reason| {
        Failure::new(
            format!("schedule `{}` has the invalid expression `{}`: {reason}", schedule.name, schedule.expression),
            "write `rate(5 minutes)`, `cron(0 12 * * ? *)`, or in a `ScheduleV2` `at(2030-01-31T12:00:00)`",
        )
    })
}

async fn sleep_until(time: Timestamp) {
    loop {
        // Negative once the time has come.
        let rest = Duration::try_from(time.duration_since(Timestamp::now())).unwrap_or_default();
        if rest.is_zero() {
            return;
        }
        sleep(rest.min(LONGEST_NAP)).await;
    }
}

/// The event that the service makes when the template gives none.
/// <https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>; EventBridge Scheduler's differs in
/// its source and in that `detail` is text.
fn event(schedule: &Schedule, time: Timestamp) -> Value {
    let (source, kind, detail) = match schedule.is_scheduler {
        true => (
            "aws.scheduler",
            format!("scheduler:{}:{}:schedule/default", settings::REGION, settings::ACCOUNT_ID),
            json!("{}"),
        ),
        false => ("aws.events", format!("events:{}:{}:rule", settings::REGION, settings::ACCOUNT_ID), json!({})),
    };
    json!({
        "version": "0",
        "id": Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": source,
        "account": settings::ACCOUNT_ID,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": settings::REGION,
        "resources": [format!("arn:aws:{kind}/{}", schedule.name)],
        "detail": detail,
    })
}
