//! Routes that API Gateway answers by itself.

use local_sam::{Integration, Mock};
use serde_json::json;

use crate::world::{Setup, World};

fn mock(setup: &mut Setup, key: &str, request: &str, responses: &[(&str, Option<&str>)]) {
    let responses = responses.iter().map(|(key, text)| ((*key).to_owned(), text.map(str::to_owned))).collect();
    let route = setup.route(key, "nobody");
    route.integration = Integration::Mock(Mock { request: request.to_owned(), responses });
    route.returns_response = true;
}

#[tokio::test]
async fn a_two_way_mock_answers_with_its_template() {
    let world = World::with(|setup| {
        setup.api.stage_variables.insert("color".to_owned(), "blue".to_owned());
        let pong = r#"{"pong":$input.json('$.id'),"me":"$context.connectionId","color":"${stageVariables.color}"}"#;
        mock(setup, "ping", r#"{"statusCode": 200}"#, &[("200", Some(pong)), ("$default", Some("other"))]);
    })
    .await;
    let (mut client, id) = world.connect_with_id().await;
    client.send(r#"{"action":"ping","id":"7"}"#).await;
    let heard: serde_json::Value = serde_json::from_str(&client.receive().await).unwrap();
    assert_eq!(heard, json!({"pong": "7", "me": id, "color": "blue"}));
    assert!(world.lambda.take("nobody").is_none());
}

#[tokio::test]
async fn a_message_may_choose_among_the_responses_of_a_mock() {
    let responses = [("200", Some("fine")), (r"/4\d{2}/", Some("no such thing")), ("201", None)];
    let world = World::with(|setup| mock(setup, "ask", r#"{"statusCode": $input.path('$.status')}"#, &responses)).await;
    let mut client = world.connect().await;
    for (status, expected) in [("200", "fine"), ("404", "no such thing")] {
        client.send(&format!(r#"{{"action":"ask","status":{status}}}"#)).await;
        assert_eq!(client.receive().await, expected);
    }
    // A response without a template says nothing; the next answer is the next message's.
    client.send(r#"{"action":"ask","status":201}"#).await;
    for broken in [r#"{"action":"ask","status":500}"#, r#"{"action":"ask"}"#, r#"{"action":"ask","status":"x"}"#] {
        client.send(broken).await;
        let frame: serde_json::Value = serde_json::from_str(&client.receive().await).unwrap();
        assert_eq!(frame["message"], "Internal server error", "{broken}");
    }
}

#[tokio::test]
async fn a_mock_decides_on_handshakes() {
    for (status, expected) in [(200, 101), (401, 401)] {
        let request = format!(r#"{{"statusCode": {status}}}"#);
        let world = World::with(|setup| {
            mock(setup, "$connect", &request, &[]);
            setup.api.routes.get_mut("$connect").unwrap().returns_response = false;
        })
        .await;
        assert_eq!(world.knock("/dev", &[]).await.status, expected);
    }
}
