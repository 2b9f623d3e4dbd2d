//! A function that hands its event, a number, on to itself, one higher. Only Lambda stops it.

use std::io::Write;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use parlor::Aws;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = Client::new(Aws::from_environment().await?.config());
    run(service_fn(|event| recurse(&client, event))).await
}

async fn recurse(client: &Client, event: LambdaEvent<u32>) -> Result<(), Error> {
    let own_arn = &event.context.invoked_function_arn;
    let _unread = writeln!(std::io::stdout(), "link {} of {own_arn}", event.payload);
    let next = Blob::new((event.payload + 1).to_string());
    client.invoke().function_name(own_arn).invocation_type(InvocationType::Event).payload(next).send().await?;
    Ok(())
}
