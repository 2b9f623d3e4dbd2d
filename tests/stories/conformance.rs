//! The local gateway against the conformance suite: the cases that also judge AWS.

use std::time::Duration;

use conformance::{Addresses, Credentials, Limits, Selection, Slow, Target, run};

use crate::harness::Stack;

const TEMPLATE: &str = "conformance/template.yaml";
/// More than on AWS, where accounts begin with ten functions at once.
const CONCURRENCY: usize = 24;

#[tokio::test]
async fn the_local_gateway_behaves_as_api_gateway() {
    let stack = Stack::start(TEMPLATE).await;

    let selection = Selection { concurrency: CONCURRENCY, ..Selection::default() };
    let board = run(target(&stack, Limits::default()), &selection).await;

    assert!(board.holds() && board.skipped() == 0, "{board}");
}

#[tokio::test]
async fn its_connections_live_as_long_as_it_is_told() {
    let limits = Limits { idle_timeout: Duration::from_secs(2), max_lifetime: Duration::from_secs(4) };
    let stack = Stack::start_with(TEMPLATE, &["--idle-timeout=2s", "--max-lifetime=4s"]).await;

    let selection = Selection { slow: Slow::Only, ..Selection::default() };
    let board = run(target(&stack, limits), &selection).await;

    assert!(board.holds() && board.skipped() == 0, "{board}");
}

fn target(stack: &Stack, limits: Limits) -> Target {
    let Addresses { apis, region, credentials } =
        Addresses::read(&stack.addresses().to_string()).expect("the ready line tells addresses");
    // The local stack's own: somebody who may do nothing.
    let denied =
        Credentials { access_key_id: "denied".to_owned(), secret_access_key: "denied".to_owned(), session_token: None };
    Target { apis, region: region.expect("a region"), credentials, unprivileged: Some(denied), limits }
}
