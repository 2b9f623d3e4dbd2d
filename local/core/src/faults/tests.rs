use serde_json::json;

use super::*;
use crate::events::Reporter;

fn named(logical_id: &str, name: &str) -> Named {
    Named { logical_id: logical_id.to_owned(), name: name.to_owned() }
}

fn faults(plan: &str) -> Faults {
    armed(plan, true).unwrap_or_else(|failure| panic!("{failure}"))
}

fn armed(plan: &str, is_all_here: bool) -> Result<Faults, crate::failure::Failure> {
    let tables = [named("Rooms", "stack-rooms"), named("Rows", "Rows")];
    let scope = Scope { functions: is_all_here.then_some(&[]), tables: is_all_here.then_some(&tables) };
    Plan::parse(plan)?.within(scope, Reporter::default())
}

const PLAN: &str = "
seed: 7
faults:
  - { fault: lose-disconnect, rate: 0.5 }
  - fault: answer-post
    status: 410
    connections: { query: { name: ada } }
  - { fault: answer-post, status: 429, after: 1, at_most: 2 }
  - { fault: delay-post, delay: 300ms, rate: 1 }
  - { fault: drop-socket, ending: reset, direction: out }
  - { fault: kill-function, delay: 20ms }
  - { fault: repeat-event }
  - { fault: delay-event, delay: 1m }
  - { fault: throttle-dynamodb, error: ThrottlingException, operations: [Query], tables: [Rooms] }
  - { fault: fail-dynamodb, tables: [Rows] }
  - { fault: throttle-function, after: 1, at_most: 1 }
  - { fault: fail-dynamodb, done: true, operations: [Scan], tables: [Rooms] }
  - { fault: cancel-transaction, tables: [Rooms] }
";

#[test]
fn a_plan_is_yaml_or_json() {
    let as_json = json!({"seed": 7, "faults": [{"fault": "answer-post", "status": 500, "rate": 0.25}]}).to_string();
    assert_eq!(Plan::parse(&as_json).unwrap().faults.len(), 1);
    assert_eq!(Plan::parse(PLAN).unwrap().faults.len(), 13);
    assert!(faults("{seed: 1, faults: []}").is_empty());
}

#[test]
fn what_is_no_plan_is_refused_with_what_there_is() {
    for (plan, words) in [
        ("faults: []", "missing field `seed`"),
        ("{seed: -1, faults: []}", "seed"),
        ("{seed: 1, faults: [], speed: 2}", "unknown field `speed`"),
        ("{seed: 1, faults: [lose-disconnect]}", "fault 1 of the plan is not understood: it is no map"),
        ("{seed: 1, faults: [{rate: 1}]}", "missing field `fault`"),
        (
            "{seed: 1, faults: [{fault: loose}]}",
            "unknown variant `loose`, expected one of `lose-disconnect`, `answer-post`",
        ),
        ("{seed: 1, faults: [{fault: answer-post}]}", "missing field `status`"),
        ("{seed: 1, faults: [{fault: answer-post, status: 404}]}", "410, 429, 500 or 503, and not with 404"),
        ("{seed: 1, faults: [{fault: repeat-event, raet: 1}]}", "unknown field `raet`, expected `functions`"),
        ("{seed: 1, faults: [{fault: repeat-event, status: 410}]}", "unknown field `status`"),
        ("{seed: 1, faults: [{fault: repeat-event, rate: 1.5}]}", "`rate` is 1.5"),
        ("{seed: 1, faults: [{fault: repeat-event, rate: -0.1}]}", "`rate` is -0.1"),
        ("{seed: 1, faults: [{fault: repeat-event, rate: .nan}]}", "fault 1"),
        ("{seed: 1, faults: [{fault: repeat-event, after: -1}]}", "fault 1"),
        ("{seed: 1, faults: [{fault: repeat-event, functions: []}]}", "a list is empty"),
        ("{seed: 1, faults: [{fault: delay-event, delay: 20}]}", "expected a string"),
        ("{seed: 1, faults: [{fault: delay-event, delay: soon}]}", "`soon` is no delay"),
        ("{seed: 1, faults: [{fault: delay-event, delay: -2s}]}", "`-2s` is no delay"),
        ("{seed: 1, faults: [{fault: delay-event, delay: 7h}]}", "longer than 6 hours"),
        ("{seed: 1, faults: [{fault: drop-socket, connections: {}}]}", "neither `query` nor `headers`"),
        (
            "{seed: 1, faults: [{fault: fail-dynamodb, operations: [Put]}]}",
            "unknown variant `Put`, expected one of `BatchGetItem`",
        ),
        ("seed: [", "the fault plan is not understood"),
    ] {
        let failure = Plan::parse(plan).expect_err(plan);
        assert!(failure.message().contains(words), "{plan}: {failure}");
    }
}

#[test]
fn what_the_template_does_not_have_is_refused_with_what_it_has() {
    let unknown = armed("{seed: 1, faults: [{fault: fail-dynamodb, tables: [Room]}]}", true).unwrap_err();
    assert_eq!(unknown.message(), "fault 1 of the plan names no table of the template: `Room`");
    assert_eq!(unknown.hint(), "the tables of the template are `Rooms`, `Rows`");
    let none = armed("{seed: 1, faults: [{fault: kill-function, functions: [Chat]}]}", true).unwrap_err();
    assert_eq!(none.hint(), "the template has no function: leave the fault out");
}

#[test]
fn what_is_elsewhere_cannot_be_reached() {
    for (fault, flag) in
        [("repeat-event", "--lambda"), ("throttle-function", "--lambda"), ("fail-dynamodb", "--dynamodb")]
    {
        let failure = armed(&format!("{{seed: 1, faults: [{{fault: {fault}}}]}}"), false).unwrap_err();
        assert!(failure.message().contains(fault) && failure.message().contains(flag), "{failure}");
    }
    assert!(armed("{seed: 1, faults: [{fault: lose-disconnect}]}", false).is_ok());
}

fn handshake(faults: &Faults, name: &str) -> Marks {
    let query = Values::from([("name".to_owned(), vec![name.to_owned()])]);
    faults.marks(Some(&query), &Values::new())
}

#[test]
fn a_fault_hits_chosen_connections_and_later_ones_see_what_it_leaves() {
    let faults = faults(PLAN);
    let (ada, bob) = (handshake(&faults, "ada"), handshake(&faults, "bob"));
    let ada = ConnectionTarget { connection_id: "ada", marks: &ada };
    let bob = ConnectionTarget { connection_id: "bob", marks: &bob };

    assert_eq!([faults.post_answer(ada), faults.post_answer(ada)], [Some(PostStatus::Gone); 2]);
    let answers: Vec<_> = (0..5).map(|_| faults.post_answer(bob)).collect();
    assert_eq!(answers, [None, Some(PostStatus::LimitExceeded), Some(PostStatus::LimitExceeded), None, None]);
    assert_eq!(faults.post_delay(bob), Some(Duration::from_millis(300)));
    assert_eq!(faults.drops_socket(bob, Direction::In), None);
    assert_eq!(faults.drops_socket(bob, Direction::Out), Some(SocketEnding::Reset));
}

#[test]
fn a_fault_happens_at_the_same_events_whatever_else_happens() {
    let lost = |faults: &Faults, others: bool| -> Vec<bool> {
        let marks = handshake(faults, "ada");
        let ada = ConnectionTarget { connection_id: "ada", marks: &marks };
        let lose = |_| {
            if others {
                let _ = (faults.post_answer(ada), faults.repeats_event("f", "1"));
            }
            faults.loses_disconnect(ada)
        };
        (0..50).map(lose).collect()
    };
    let alone = "{seed: 7, faults: [{fault: lose-disconnect, rate: 0.5}]}";
    let expected = lost(&faults(PLAN), true);
    assert_eq!(lost(&faults(PLAN), false), expected);
    assert_eq!(lost(&faults(alone), false), expected);
    assert_ne!(lost(&faults(&alone.replace("seed: 7", "seed: 8")), false), expected);
}

#[test]
fn faults_of_the_database_hit_operations_on_tables() {
    use Operation::{GetItem, PutItem, Query, Scan, TransactWriteItems};

    let faults = faults(PLAN);
    assert!(faults.concern_the_database());
    let error = |operation, tables: &[&str]| {
        let tables: Vec<_> = tables.iter().map(|&table| table.to_owned()).collect();
        faults.database_answer(operation, &tables)
    };
    let answer = |operation, tables: &[&str]| error(operation, tables).map(DatabaseError::name);
    // `tables` has a logical id, and requests have the name.
    assert_eq!(answer(Query, &["stack-rooms"]), Some("ThrottlingException"));
    assert_eq!(answer(Query, &["Rows"]), None);
    assert_eq!(answer(GetItem, &["stack-rooms"]), None);
    assert_eq!(answer(PutItem, &["Rows"]), Some("InternalServerError"));
    assert_eq!(answer(TransactWriteItems, &["stack-rooms", "Rows"]), Some("InternalServerError"));
    assert_eq!(answer(GetItem, &["Rows"]), None);
    assert_eq!(answer(TransactWriteItems, &["stack-rooms"]), Some("TransactionCanceledException"));
    assert_eq!(error(PutItem, &["Rows"]), Some(DatabaseError::Failed { done: false }));
    assert_eq!(error(Scan, &["stack-rooms"]), Some(DatabaseError::Failed { done: true }));
}

#[test]
fn faults_of_functions_have_a_time_or_none() {
    let faults = faults(PLAN);
    let kill = faults.kill("chat", "1f0c").unwrap();
    assert_eq!(kill.delay, Duration::from_millis(20));
    let expected = json!({
        "number": 6, "fault": "kill-function", "effect": "20ms", "hit": "chat 1f0c", "event": 1, "times": 1,
    });
    assert_eq!(json!(kill.fault), expected);
    assert_eq!(faults.event_delay("chat", "1f0c"), Some(Duration::from_secs(60)));
    assert!(faults.repeats_event("chat", "1f0c"));
    let throttled = ["1f0c", "1f0c", "2e1d"].map(|request_id| faults.throttles_function("chat", request_id));
    assert_eq!(throttled, [false, true, false]);
}

#[test]
fn every_name_of_a_fault_and_of_an_operation_is_the_one_in_the_file() {
    for (kind, _) in Plan::parse(PLAN).unwrap().faults {
        assert!(PLAN.contains(&format!("fault: {}", kind.name())), "{kind:?}");
    }
    let all = ["BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"];
    for name in all.into_iter().chain(["TransactGetItems", "TransactWriteItems", "UpdateItem"]) {
        let read: Operation = serde_json::from_value(json!(name)).unwrap();
        assert_eq!((Operation::named(name), read.name()), (Some(read), name));
    }
}
