//! A `$default` handler on the toolkit that does to itself what each frame tells it. Stories watch what becomes of it.

#![allow(clippy::panic, reason = "it exists to fail")]

use std::io::Write;
use std::process::ExitCode;

use parlor::{Aws, Error, Message, Response, Sockets, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(async |aws: Aws| Sockets::from_environment(&aws), misbehave).await
}

async fn misbehave(sockets: &Sockets, message: Message) -> Result<Response, Error> {
    match message.body() {
        "panic" => panic!("told to panic"),
        "exit" => std::process::exit(7),
        "hang" => std::future::pending().await,
        "fail" => return Err(Error::Event("been told to fail")),
        "tell your environment" => sockets.send(&message.peer, &environment()).await?,
        "log an entry of two lines" => {
            // As the interface clients of interpreters write it.
            let _unread = std::io::stdout().write_all(b"the first\rthe second\n");
            sockets.send(&message.peer, "logged").await?
        }
        "tell your command" => sockets.send(&message.peer, &command()?).await?,
        text => sockets.send(&message.peer, text).await?,
    };
    Ok(Response::ok())
}

fn command() -> Result<String, Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let directory = std::env::current_dir().map_err(|_gone| Error::Event("lost its directory"))?;
    Ok(serde_json::json!({ "arguments": arguments, "directory": directory }).to_string())
}

fn environment() -> String {
    serde_json::Value::from_iter(std::env::vars()).to_string()
}
