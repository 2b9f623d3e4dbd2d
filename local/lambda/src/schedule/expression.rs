//! `rate(…)`, `cron(…)` and `at(…)`, as EventBridge writes them.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// When something happens. Cron expressions are in UTC.
#[derive(Debug)]
pub(super) enum Timetable {
    /// At each multiple of `interval` after `start`.
    Every {
        /// At least a minute.
        interval: SignedDuration,
        /// When the schedule began.
        start: Timestamp,
    },
    /// At each match.
    Cron(Box<Cron>),
    /// Once.
    At(Timestamp),
}

impl Timetable {
    /// The first time after `time`, if there is one.
    pub(super) fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        match self {
            Timetable::Every { interval, start } => {
                let passed = time.duration_since(*start).as_secs().div_euclid(interval.as_secs());
                let next = i32::try_from(passed + 1).ok().and_then(|count| interval.checked_mul(count))?;
                start.checked_add(next).ok()
            }
            Timetable::Cron(cron) => {
                let from = time.to_zoned(TimeZone::UTC).datetime();
                let next: DateTime = cron.find_next_occurrence(&from, false).ok()?;
                Some(next.to_zoned(TimeZone::UTC).ok()?.timestamp())
            }
            Timetable::At(at) => (*at > time).then_some(*at),
        }
    }
}

/// Reads an expression. The error says what is wrong with it.
pub(super) fn parse(expression: &str, is_scheduler: bool, now: Timestamp) -> Result<Timetable, String> {
    let (kind, rest) = expression.trim().split_once('(').ok_or("it has no parenthesis")?;
    let inner = rest.strip_suffix(')').ok_or("its parenthesis is not closed")?.trim();
    match kind {
        "rate" => Ok(Timetable::Every { interval: rate(inner)?, start: now }),
        "cron" => cron(inner).map(|cron| Timetable::Cron(Box::new(cron))),
        "at" if is_scheduler => at(inner).map(Timetable::At),
        "at" => Err("only EventBridge Scheduler knows `at`".to_owned()),
        other => Err(format!("`{other}` is none of `rate`, `cron` and `at`")),
    }
}

fn rate(text: &str) -> Result<SignedDuration, String> {
    let (value, unit) = text.split_once(char::is_whitespace).ok_or("a rate is a number and a unit")?;
    let value: i64 = value.parse().map_err(|_| format!("`{value}` is not a whole number"))?;
    if value < 1 {
        return Err("the number must be positive".to_owned());
    }
    let minutes = match (unit.trim(), value) {
        ("minute", 1) | ("minutes", 2..) => 1,
        ("hour", 1) | ("hours", 2..) => 60,
        ("day", 1) | ("days", 2..) => 24 * 60,
        ("minute" | "hour" | "day", _) => return Err("more than one needs the plural".to_owned()),
        ("minutes" | "hours" | "days", _) => return Err("one needs the singular".to_owned()),
        (other, _) => return Err(format!("`{other}` is none of `minutes`, `hours` and `days`")),
    };
    value.checked_mul(minutes).and_then(SignedDuration::try_from_mins).ok_or("it is too long".to_owned())
}

/// AWS's six fields are minutes, hours, day of month, month, day of week and year; cron's have seconds before them.
fn cron(text: &str) -> Result<Cron, String> {
    let mut fields: Vec<&str> = text.split_whitespace().collect();
    let [_, _, day_of_month, _, day_of_week, _] = fields.as_mut_slice() else {
        return Err("it must have six fields".to_owned());
    };
    if (*day_of_month == "?") == (*day_of_week == "?") {
        return Err("one of day of month and day of week must be `?`, and only one".to_owned());
    }
    // On AWS the last day of a week is Saturday; alone, croner would take the letter for the last day of a month.
    if day_of_week.eq_ignore_ascii_case("L") {
        *day_of_week = "SAT";
    }
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        // Sunday is 1, as in Quartz.
        .alternative_weekdays(true)
        // `0/5` means every five from zero on.
        .sloppy_ranges(true)
        .build();
    parser.parse(&format!("0 {}", fields.join(" "))).map_err(|error| error.to_string())
}

fn at(text: &str) -> Result<Timestamp, String> {
    let time: DateTime = text.parse().map_err(|_| format!("`{text}` is no time such as `2030-01-31T12:00:00`"))?;
    Ok(time.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Tuesday.
    const NOW: &str = "2030-01-01T00:00:30Z";

    #[test]
    fn the_next_time_is_eventbridge_s() {
        for (expression, expected) in [
            ("rate(1 minute)", "2030-01-01T00:01:30Z"),
            ("rate(4 minutes)", "2030-01-01T00:04:30Z"),
            ("rate(12 hours)", "2030-01-01T12:00:30Z"),
            ("cron(15 10 * * ? *)", "2030-01-01T10:15:00Z"),
            ("cron(0/10 * * * ? *)", "2030-01-01T00:10:00Z"),
            ("cron(0 18 ? * MON-FRI *)", "2030-01-01T18:00:00Z"),
            ("cron(0 8 ? * 1 *)", "2030-01-06T08:00:00Z"),
            ("cron(0 8 ? * 7 *)", "2030-01-05T08:00:00Z"),
            ("cron(0 8 ? * SUN *)", "2030-01-06T08:00:00Z"),
            ("cron(0 8 ? * L *)", "2030-01-05T08:00:00Z"),
            ("cron(0 8 ? * 6L *)", "2030-01-25T08:00:00Z"),
            ("cron(0 8 ? * 3#2 *)", "2030-01-08T08:00:00Z"),
            ("cron(0 8 ? * * *)", "2030-01-01T08:00:00Z"),
            ("cron(0 8 L * ? *)", "2030-01-31T08:00:00Z"),
            ("cron(0 8 5W * ? *)", "2030-01-04T08:00:00Z"),
            ("cron(0 8 1 1 ? 2032)", "2032-01-01T08:00:00Z"),
            ("at(2030-02-01T09:30:00)", "2030-02-01T09:30:00Z"),
        ] {
            let now: Timestamp = NOW.parse().unwrap();
            let next = parse(expression, true, now).unwrap().next_after(now).unwrap();
            assert_eq!(next.to_string(), expected, "{expression}");
        }
    }

    #[test]
    fn a_rate_keeps_its_beat() {
        let now: Timestamp = NOW.parse().unwrap();
        let timetable = parse("rate(2 minutes)", false, now).unwrap();
        let late = now + SignedDuration::from_secs(500);
        assert_eq!(timetable.next_after(late).unwrap(), now + SignedDuration::from_mins(10));
    }

    #[test]
    fn what_is_over_never_comes() {
        let now: Timestamp = NOW.parse().unwrap();
        for expression in ["at(2020-01-01T00:00:00)", "cron(0 8 1 1 ? 2020)", "cron(0 0 31 2 ? *)"] {
            assert_eq!(parse(expression, true, now).unwrap().next_after(now), None, "{expression}");
        }
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for expression in [
            "5 minutes",
            "rate(5 minutes",
            "rate(1 minutes)",
            "rate(5 minute)",
            "rate(0 minutes)",
            "rate(5 seconds)",
            "cron(* * * * *)",
            "cron(0 12 * * * *)",
            "cron(0 12 ? * ? *)",
            "cron(61 12 * * ? *)",
            "at(2030-01-01T00:00:00)",
            "every(5 minutes)",
        ] {
            assert!(parse(expression, false, Timestamp::UNIX_EPOCH).is_err(), "{expression}");
        }
    }
}
