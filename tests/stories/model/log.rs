//! What can be read from the stack's log.

use serde_json::Value;

/// What a line of the stack's log says, if it is about a fault, about what went wrong without one, or a function's complaint.
pub(super) fn mattering(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| line[name].as_str().unwrap_or_default();
    let (kind, said, problem) = (text("kind"), without_colours(text("text")), text("problem"));
    let words = match kind {
        // They are many, and hold up without harm.
        "fault" if text("fault") == "delay-post" => return None,
        "fault" => format!("{} {} → {}", text("fault"), text("effect"), text("hit")),
        "line" if !["WARN", "ERROR", "dropped"].iter().any(|word| said.contains(word)) => return None,
        "line" | "warning" => format!("{} {said}", text("source")),
        _ if problem.is_empty() || problem == "a fault of the plan" => return None,
        _ => format!("{} {problem}", text("connectionId")),
    };
    Some(format!("{} {kind} {words}", text("time")))
}

/// Functions write for a terminal.
fn without_colours(text: &str) -> String {
    let (first, others) = text.split_once('\u{1b}').unwrap_or((text, ""));
    let others = others.split('\u{1b}').filter_map(|part| part.split_once('m')).map(|(_colour, rest)| rest);
    std::iter::once(first).chain(others).collect()
}

/// How many recipients of a frame were given up, where posts timed out: on a machine that is too busy to take a post within
/// two seconds, three attempts may not be enough. Where none timed out, nobody is excused.
pub(super) fn given_up(log: &str, frame_id: &str) -> usize {
    if !log.contains("request has timed out") {
        return 0;
    }
    let frame = format!("frame=\"{frame_id}\"");
    let texts = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let texts = texts.map(|line| without_colours(line["text"].as_str().unwrap_or_default()));
    let told = texts.filter(|text| text.contains("recipients were given up") && text.contains(&frame));
    told.filter_map(|text| text.split_once(" count=")?.1.split(' ').next()?.parse::<usize>().ok()).sum()
}

/// How many handshakes succeeded and were not followed by the end of their connection, `$disconnect` included.
pub(super) fn open_connections(log: &[String]) -> usize {
    let count = |words: &[&str]| log.iter().filter(|line| words.iter().all(|word| line.contains(word))).count();
    count(&["\"kind\":\"handshake\"", "\"status\":101"]).saturating_sub(count(&["\"kind\":\"close\""]))
}

/// How often a function ran.
pub(super) fn invocations_of(log: &str, function: &str) -> usize {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["kind"] == "invocation" && line["function"] == function).count()
}

#[test]
fn who_was_given_up_is_counted_where_posts_timed_out() {
    let line = |text: &str| serde_json::json!({ "kind": "line", "source": "FanoutFunction", "text": text }).to_string();
    let lost = "\u{1b}[31mERROR\u{1b}[0m recipients were given up: too old, or tried 3 times \
                \u{1b}[3mframe\u{1b}[0m\u{1b}[2m=\u{1b}[0m\"2IvTgIVmnUr3\" \u{1b}[3mcount\u{1b}[0m\u{1b}[2m=\u{1b}[0m18 age=10";
    let slow = line("WARN a post failed cause=request has timed out: operation timeout");
    let told = [line(lost), line(&lost.replace("18", "2"))].join("\n");

    assert_eq!(given_up(&format!("{slow}\n{told}"), "2IvTgIVmnUr3"), 20);
    assert_eq!(given_up(&format!("{slow}\n{told}"), "cpzhtfzWM7AZ"), 0);
    assert_eq!(given_up(&told, "2IvTgIVmnUr3"), 0, "nobody was slow");
}
