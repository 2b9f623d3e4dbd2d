//! Hands jobs to the function that delivers frames to large audiences.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;

use crate::aws::variable;
use crate::{Aws, Error, Job};

/// The function that carries out jobs, as others reach it.
#[derive(Clone, Debug)]
pub struct Relay {
    client: Client,
    function: String,
}

impl Relay {
    /// Reads `FANOUT_FUNCTION`: who hands jobs on.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn new(aws: &Aws) -> Result<Self, Error> {
        Self::to(aws, "FANOUT_FUNCTION")
    }

    /// The function that this is: who carries out jobs knows its own name without being told.
    ///
    /// # Errors
    /// Lambda has not set `AWS_LAMBDA_FUNCTION_NAME`.
    pub(crate) fn to_myself(aws: &Aws) -> Result<Self, Error> {
        Self::to(aws, "AWS_LAMBDA_FUNCTION_NAME")
    }

    fn to(aws: &Aws, variable_name: &'static str) -> Result<Self, Error> {
        Ok(Self { client: Client::new(aws.config()), function: variable(variable_name)? })
    }

    /// Hands a job on: Lambda has it when this returns.
    ///
    /// # Errors
    /// Lambda did not take it.
    pub(crate) async fn hand_on(&self, job: &Job) -> Result<(), Error> {
        let payload = Blob::new(serde_json::to_vec(job)?);
        let invoke = self.client.invoke().function_name(&self.function).invocation_type(InvocationType::Event);
        match Box::pin(invoke.payload(payload).send()).await {
            Ok(_taken) => Ok(()),
            Err(error) => Err(Error::HandOn(error.into())),
        }
    }
}
