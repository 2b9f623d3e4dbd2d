//! Signals to `parlor exec`.

use rustix::process::Signal;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::harness::{Running, directory, exec, parlor};

/// A script that says what it got, and ends with a code of its own.
fn traps(signal: &str) -> String {
    format!("trap 'echo got {signal}; exit 3' {signal}; echo ready; read line")
}

#[tokio::test]
async fn a_signal_is_passed_on_to_the_command_and_the_command_decides() {
    let directory = directory();
    for (signal, name) in [(Signal::INT, "INT"), (Signal::TERM, "TERM"), (Signal::HUP, "HUP")] {
        let mut running = Running::start(exec(directory.path(), &[], &["sh", "-c", &traps(name)]));
        assert_eq!(running.line().await, "ready");

        running.signal(signal);
        let ended = running.ends().await;

        assert_eq!(ended.output, format!("got {name}\n"), "{ended:?}");
        assert_eq!(ended.code, Some(3), "{ended:?}");
    }
}

#[tokio::test]
async fn a_command_may_survive_a_signal() {
    let directory = directory();
    let script = "trap 'echo interrupted' INT; echo ready; while ! read line; do :; done; echo \"$line\"";
    let mut running = Running::start(exec(directory.path(), &[], &["sh", "-c", script]));
    assert_eq!(running.line().await, "ready");

    running.signal(Signal::INT);
    assert_eq!(running.line().await, "interrupted");
    running.types("still here").await;
    let ended = running.ends().await;

    assert_eq!(ended.output, "still here\n");
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test]
async fn a_signal_during_the_start_ends_it_before_the_command() {
    let directory = directory();
    let gate = TcpListener::bind("127.0.0.1:0").await.unwrap();
    write_slow_package(directory.path(), &gate.local_addr().unwrap().to_string());
    let mut command = parlor(directory.path(), &["exec", "--", "touch", "ran"]);
    command.env_remove("CARGO_TARGET_DIR");
    let running = Running::start(command);
    let (mut held, _) = gate.accept().await.unwrap();

    running.signal(Signal::TERM);
    let ended = running.ends().await;

    assert_eq!(ended.code, Some(143), "{ended:?}");
    assert!(!directory.path().join("ran").exists());
    // The build is gone, too.
    assert_eq!(held.read(&mut [0]).await.unwrap(), 0);
}

/// A stack with one function, whose build waits at `gate`.
fn write_slow_package(directory: &std::path::Path, gate: &str) {
    let write = |name: &str, text: &str| std::fs::write(directory.join(name), text).unwrap();
    write("Cargo.toml", "[package]\nname = \"slow\"\nedition = \"2024\"\n\n[workspace]\n");
    std::fs::create_dir(directory.join("src")).unwrap();
    write("src/main.rs", "fn main() {}\n");
    write(
        "build.rs",
        &format!(
            "fn main() {{
                let mut gate = std::net::TcpStream::connect(\"{gate}\").unwrap();
                let _ = std::io::Read::read(&mut gate, &mut [0]);
            }}"
        ),
    );
    write("template.yaml", include_str!("slow.yaml"));
}
