//! The one function of the stack: authorizer, `$connect`, `$disconnect` and every route. It does what it is told.

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::instruction::{self, Outcome, Step};
use crate::management::Call;
use crate::signing::Scope;
use crate::target::{Api, Credentials};
use crate::{Address, addresses};

/// How long a call of `@connections` may take: one about a connection whose handshake is not done may hang.
const CALL_DEADLINE: Duration = Duration::from_secs(3);

/// Serves events until Lambda ends the process.
///
/// # Errors
/// Lambda's environment is not there, or its Runtime API.
pub async fn serve() -> Result<(), Error> {
    let credentials = Credentials {
        access_key_id: std::env::var("AWS_ACCESS_KEY_ID")?,
        secret_access_key: std::env::var("AWS_SECRET_ACCESS_KEY")?,
        session_token: std::env::var("AWS_SESSION_TOKEN").ok(),
    };
    let scope = Scope::execute_api(&std::env::var("AWS_REGION")?);
    run(service_fn(|event: LambdaEvent<Box<RawValue>>| async {
        let raw = event.payload;
        let event: Value = serde_json::from_str(raw.get())?;
        let invocation = Invocation::of(&event, raw, credentials.clone(), scope.clone())?;
        invocation.run(steps(&event)?).await
    }))
    .await
}

/// What an event tells to do.
fn steps(event: &Value) -> Result<Vec<Step>, Error> {
    let query = |name: &str| event["queryStringParameters"][name].as_str();
    if event["type"] == "REQUEST" {
        let arn = event["methodArn"].as_str().unwrap_or_default();
        return match query(instruction::AUTHORIZE) {
            Some(told) => {
                let padding = "a".repeat(instruction::PADDING_BYTES);
                reported_first(&told.replace(instruction::METHOD_ARN, arn).replace(instruction::PADDING, &padding))
            }
            None => Ok(vec![Step::Report, Step::Answer(allow(event, arn))]),
        };
    }
    match event["requestContext"]["eventType"].as_str() {
        Some("CONNECT") => reported_first(query(instruction::CONNECT).unwrap_or("[]")),
        Some("DISCONNECT") => {
            reported_first(event["requestContext"]["authorizer"][instruction::DISCONNECT].as_str().unwrap_or("[]"))
        }
        _ => {
            let body: Value = serde_json::from_str(event["body"].as_str().unwrap_or_default()).unwrap_or_default();
            match body.get("tell") {
                Some(told) => Ok(serde_json::from_value(told.clone())?),
                None => Ok(vec![Step::Report]),
            }
        }
    }
}

fn reported_first(told: &str) -> Result<Vec<Step>, Error> {
    let mut steps = vec![Step::Report];
    steps.extend(serde_json::from_str::<Vec<Step>>(told)?);
    Ok(steps)
}

/// The authorizer's answer if it is told nothing: yes, and the observer goes along.
fn allow(event: &Value, arn: &str) -> Value {
    let statement = json!({ "Action": "execute-api:Invoke", "Effect": "Allow", "Resource": arn });
    let context = match observer(event) {
        Some(id) => json!({ instruction::OBSERVER: id }),
        None => json!({}),
    };
    json!({
        "principalId": "somebody",
        "policyDocument": { "Version": "2012-10-17", "Statement": [statement] },
        "context": context,
    })
}

/// The connection that a handshake names, or that the authorizer has put into its context.
fn observer(event: &Value) -> Option<String> {
    let headers = event["headers"].as_object();
    let header = |(name, value): (&String, &Value)| {
        name.eq_ignore_ascii_case(instruction::OBSERVER_HEADER).then(|| value.as_str().map(str::to_owned)).flatten()
    };
    let query = event["queryStringParameters"][instruction::OBSERVER].as_str();
    let context = event["requestContext"]["authorizer"][instruction::OBSERVER].as_str();
    query.or(context).map(str::to_owned).or_else(|| headers?.iter().find_map(header))
}

/// One event on its way.
struct Invocation {
    raw: Box<RawValue>,
    api: Api,
    connection: String,
    /// Who hears reports: the sender of a message, else the observer.
    listener: Option<String>,
    credentials: Credentials,
    scope: Scope,
}

impl Invocation {
    fn of(event: &Value, raw: Box<RawValue>, credentials: Credentials, scope: Scope) -> Result<Self, Error> {
        let context = &event["requestContext"];
        let text = |field: &str| context[field].as_str().unwrap_or_default();
        let connection = text("connectionId").to_owned();
        let listener = if text("eventType") == "MESSAGE" { Some(connection.clone()) } else { observer(event) };
        let host = text("domainName");
        let scheme = if is_loopback(host) { "http" } else { "https" };
        let api = addresses::api(&format!("{scheme}://{host}/{}", text("stage")), None);
        let api = api.map_err(|invalid| invalid.to_string())?;
        Ok(Self { raw, api, connection, listener, credentials, scope })
    }

    async fn run(self, steps: Vec<Step>) -> Result<Value, Error> {
        for step in steps {
            match step {
                Step::Report => self.report(format!(r#"{{"event":{}}}"#, self.raw)).await,
                Step::Call { method, connection } => {
                    let outcome = self.call(&method, connection.as_deref().unwrap_or(&self.connection), "told").await;
                    self.report(json!({ "outcome": outcome }).to_string()).await;
                }
                Step::Sleep(milliseconds) => sleep(Duration::from_millis(milliseconds)).await,
                Step::Answer(answer) => return Ok(answer),
                Step::Fail(message) => return Err(message.into()),
                Step::Crash => std::process::exit(1),
            }
        }
        Ok(json!({ "statusCode": 200 }))
    }

    /// An observer that has left hears nothing.
    async fn report(&self, text: String) {
        if let Some(listener) = &self.listener {
            self.call("POST", listener, &text).await;
        }
    }

    async fn call(&self, method: &str, connection: &str, text: &str) -> Outcome {
        let (method, body) = match method {
            "GET" => ("GET", ""),
            "DELETE" => ("DELETE", ""),
            _ => ("POST", text),
        };
        let call = Call::new(&self.api, method, connection, self.scope.clone(), self.credentials.clone()).body(body);
        match timeout(CALL_DEADLINE, call.send()).await {
            Ok(Ok(answer)) => {
                let error_type = answer.header("x-amzn-errortype").map(str::to_owned);
                Outcome { status: answer.status, error_type }
            }
            _ => Outcome { status: 0, error_type: None },
        }
    }
}

/// Where no certificate can be expected.
fn is_loopback(host: &str) -> bool {
    let address: Option<Address> = format!("http://{host}").parse().ok();
    address.is_some_and(|address| {
        address.host == "localhost" || address.host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    })
}
