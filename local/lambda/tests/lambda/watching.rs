//! Functions that run their sources as they are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use local_core::events::Reporter;
use local_lambda::Program;
use local_lambda::watch::restart_on_change;
use local_sam::Code;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::harness::{Door, PATIENCE, Stack, scripted_function, start};
use crate::processes::is_running;

#[tokio::test]
async fn a_saved_file_restarts_idle_processes_at_once_and_busy_ones_after_their_invocation() {
    let gate = Door::open().await;
    let code = tempfile::tempdir().unwrap();
    std::fs::create_dir(code.path().join("src")).unwrap();
    let stack = start(|function| {
        function.code = Code::Directory(code.path().to_owned());
        function.environment.insert("GATE".into(), gate.address());
    })
    .await;
    let first = stack.tell("answer").await.body["processId"].clone();
    let program = Program::of_executable(scripted_function().await, &Code::Directory(code.path().to_owned()));
    let programs = BTreeMap::from([("Scripted".to_owned(), program)]);
    // Nothing is newer, so the first restart is the first change.
    let since = SystemTime::now() + PATIENCE;
    let watching = tokio::spawn(restart_on_change(
        programs,
        Vec::new(),
        since,
        Arc::clone(&stack.host),
        Reporter::default(),
        stack.shutdown.clone(),
    ));

    let mut saved = 0;
    let second = restarted(&stack, &first, || {
        saved += 1;
        std::fs::write(code.path().join("src/app.js"), saved.to_string()).unwrap();
    })
    .await;

    let (busy, ()) = tokio::join!(stack.tell("wait"), async {
        let mut held = gate.arrival().await;
        let third = stack.tell("answer").await.body["processId"].clone();
        restarted(&stack, &third, || std::fs::write(code.path().join("app.js"), "changed").unwrap()).await;
        assert!(is_running(&second));
        held.write_all(b"go\n").await.unwrap();
    });
    assert_eq!(busy.body["processId"], second);
    let ended = async {
        while is_running(&second) {
            assert_ne!(stack.tell("answer").await.body["processId"], second);
        }
    };
    timeout(PATIENCE, ended).await.unwrap();

    stack.shutdown.cancel();
    timeout(PATIENCE, watching).await.unwrap().unwrap();
    stack.stop().await;
}

/// Saves until another process than `old` answers, and gives that one.
async fn restarted(stack: &Stack, old: &Value, mut save: impl FnMut()) -> Value {
    let mut moments = interval(Duration::from_millis(500));
    moments.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let answered = async {
        loop {
            moments.tick().await;
            save();
            let process = stack.tell("answer").await.body["processId"].clone();
            if process != *old {
                return process;
            }
        }
    };
    timeout(PATIENCE, answered).await.unwrap()
}
