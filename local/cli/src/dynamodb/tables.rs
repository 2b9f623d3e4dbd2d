//! A template's tables, created over the wire, so that any DynamoDB will do.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde_json::{Value, json};

use local_core::failure::Failure;
use local_core::settings;
use local_sam::Table;

/// How long one call may take: long enough for a DynamoDB in a container that has only just started.
const PATIENCE: Duration = Duration::from_secs(10);

/// Creates those of `tables` that do not exist yet at `endpoint`, such as `http://127.0.0.1:8000`.
///
/// # Errors
/// The endpoint does not answer, refuses a table, or has a table of that name with another key or other indexes.
pub async fn create_tables(endpoint: &str, tables: &[Table]) -> Result<(), Failure> {
    let dynamodb = DynamoDb::at(endpoint)?;
    for table in tables {
        dynamodb.create(table).await?;
    }
    Ok(())
}

struct DynamoDb<'a> {
    http: reqwest::Client,
    endpoint: &'a str,
}

/// What DynamoDB says instead of doing as it is told.
struct Refusal {
    /// Such as `ResourceInUseException`.
    code: String,
    message: String,
}

impl<'a> DynamoDb<'a> {
    fn at(endpoint: &'a str) -> Result<Self, Failure> {
        // Whatever proxy the person uses for the network, services on this machine are not behind it.
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
        Ok(Self { http: http.map_err(|error| silent(endpoint, cause(&error)))?, endpoint })
    }

    async fn create(&self, table: &Table) -> Result<(), Failure> {
        match self.call("CreateTable", &table.create).await? {
            Ok(_description) => {}
            Err(refusal) if refusal.code == "ResourceInUseException" => self.compare(table).await?,
            Err(refusal) => return Err(self.refused(table, &refusal)),
        }
        let Some(attribute) = &table.time_to_live_attribute else {
            return Ok(());
        };
        let expiry = json!({ "AttributeName": attribute, "Enabled": true });
        let update = json!({ "TableName": table.name, "TimeToLiveSpecification": expiry });
        match self.call("UpdateTimeToLive", &update).await? {
            Ok(_specification) => Ok(()),
            // A table that was kept has it already, and there is no other way to say so than these words.
            Err(refusal) if refusal.message.contains("already enabled") => Ok(()),
            Err(refusal) => Err(self.refused(table, &refusal)),
        }
    }

    /// An older template may have made the table: functions would fail on it with words that explain nothing.
    async fn compare(&self, table: &Table) -> Result<(), Failure> {
        let described = self.call("DescribeTable", &json!({ "TableName": table.name })).await?;
        let description = described.map_err(|refusal| self.refused(table, &refusal))?;
        if shape(&description["Table"]) == shape(&table.create) {
            return Ok(());
        }
        Err(Failure::new(
            format!("table `{}` exists at {} with another key or other indexes", table.name, self.endpoint),
            "delete the old table, or the directory given with `--data`, and start again",
        ))
    }

    async fn call(&self, operation: &str, body: &Value) -> Result<Result<Value, Refusal>, Failure> {
        let failed = |error: reqwest::Error| silent(self.endpoint, cause(&error));
        let request = self.signed(operation, body.to_string());
        let request = request.map_err(|error| silent(self.endpoint, error.to_string()))?;
        let response = self.http.execute(request).await.map_err(failed)?;
        let succeeded = response.status().is_success();
        let answer: Value = response.json().await.map_err(failed)?;
        Ok(if succeeded { Ok(answer) } else { Err(Refusal::parse(&answer)) })
    }

    /// The embedded server only wants to see a signature; others check it, or choose the tables by key and region.
    fn signed(&self, operation: &str, body: String) -> Result<reqwest::Request, Box<dyn std::error::Error>> {
        let target = format!("DynamoDB_20120810.{operation}");
        let identity = Credentials::new(settings::ACCESS_KEY, settings::SECRET_KEY, None, None, "local").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(settings::REGION)
            .name("dynamodb")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let mut request = http::Request::post(self.endpoint)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", &target)
            .body(body)?;
        let headers = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target.as_str())].into_iter();
        let signable = SignableBody::Bytes(request.body().as_bytes());
        let signable = SignableRequest::new("POST", self.endpoint, headers, signable)?;
        let (instructions, _signature) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request.try_into()?)
    }

    fn refused(&self, table: &Table, refusal: &Refusal) -> Failure {
        Failure::new(
            format!("table `{}` was refused with `{}`: {}", table.name, refusal.code, refusal.message),
            format!("correct `{}` in the template", table.logical_id),
        )
    }
}

/// The innermost reason, such as `Connection refused`: the layers around it only say that a request failed.
fn cause(error: &reqwest::Error) -> String {
    let outermost: &dyn std::error::Error = error;
    std::iter::successors(Some(outermost), |error| error.source()).last().unwrap_or(outermost).to_string()
}

fn silent(endpoint: &str, reason: String) -> Failure {
    Failure::new(
        format!("no answer from the DynamoDB at {endpoint}: {reason}"),
        "if `--dynamodb` names it, start it, or leave the option out; if not, the embedded one fails: see the lines above",
    )
}

impl Refusal {
    fn parse(answer: &Value) -> Self {
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        let code = text("__type").unwrap_or("UnknownError");
        Self {
            code: code.rsplit('#').next().unwrap_or(code).to_owned(),
            message: text("message").or(text("Message")).unwrap_or_default().to_owned(),
        }
    }
}

/// What cannot be changed later: the key, and the name and key of every index.
fn shape(table: &Value) -> (Vec<String>, Vec<(String, Vec<String>)>) {
    let mut indexes: Vec<_> = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"]
        .into_iter()
        .flat_map(|kind| table[kind].as_array().into_iter().flatten())
        .map(|index| (index["IndexName"].to_string(), key(index)))
        .collect();
    indexes.sort();
    (key(table), indexes)
}

fn key(table: &Value) -> Vec<String> {
    let attributes = table["KeySchema"].as_array().into_iter().flatten();
    attributes.map(|attribute| format!("{} {}", attribute["KeyType"], attribute["AttributeName"])).collect()
}
