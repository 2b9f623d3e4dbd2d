//! `$default`: broadcasts what a client says to all other connections of its group, and tells it how many it reached.

use std::process::ExitCode;

use parlor::{Aws, Error, Message, Response, Sockets, serve};
use serde::Deserialize;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(async |aws: Aws| Sockets::from_environment(&aws), on_message).await
}

/// What a client sends: `{"action":"say","text":"hello"}`.
#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "lowercase")]
enum Action {
    Say { text: String },
}

async fn on_message(sockets: &Sockets, message: Message) -> Result<Response, Error> {
    let Some(me) = sockets.directory().find(&message.peer.id).await?.pop() else { return Ok(Response::ok()) };
    let Ok(Action::Say { text }) = message.json() else {
        sockets.send_json(&me.peer, &json!({ "message": "send {\"action\":\"say\",\"text\":\"…\"}" })).await?;
        return Ok(Response::ok());
    };
    let said = json!({ "from": me.member, "text": text });
    let sent = sockets.group(&me.group).except(&me.peer).send_json(&said).await?;
    sockets.send_json(&me.peer, &json!({ "delivered": sent.delivered })).await?;
    Ok(Response::ok())
}

#[cfg(test)]
mod tests {
    use parlor::Connection;
    use parlor::testing::{self, Backend};

    use super::*;

    async fn join(sockets: &Sockets, id: &str, name: &str) {
        let connection = Connection::new(&testing::connect(id).build(), "everyone", name);
        sockets.directory().register(&connection).await.unwrap();
    }

    #[tokio::test]
    async fn what_a_client_says_reaches_all_others() {
        let backend = Backend::start().await;
        let sockets = backend.sockets();
        join(&sockets, "Ada=", "ada").await;
        join(&sockets, "Ben=", "ben").await;

        on_message(&sockets, testing::message("Ada=", r#"{"action":"say","text":"hello"}"#).build()).await.unwrap();

        assert_eq!(backend.sent_to("Ben="), [r#"{"from":"ada","text":"hello"}"#]);
        assert_eq!(backend.sent_to("Ada="), [r#"{"delivered":1}"#]);
    }

    #[tokio::test]
    async fn another_frame_is_answered_with_what_to_send() {
        let backend = Backend::start().await;
        let sockets = backend.sockets();
        join(&sockets, "Ada=", "ada").await;

        on_message(&sockets, testing::message("Ada=", "hello").build()).await.unwrap();

        assert!(backend.sent_to("Ada=")[0].contains("say"));
    }
}
