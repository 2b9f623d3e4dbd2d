//! What a credential is scoped to: a day, a region and a service.

use super::SERVICE;
use super::claim::Claim;
use super::rejection::{INVALID_SIGNATURE, Rejection};
use local_core::settings;

/// Compares a scope with the local stack's.
pub(super) fn check(claim: &Claim) -> Result<(), Rejection> {
    let request_date = claim.time_text.get(..8).unwrap_or_default();
    let mut faults = Faults::default();
    if claim.region != settings::REGION {
        faults.wrong_region(&claim.region);
    }
    if claim.service != SERVICE {
        faults.wrong_service(&claim.service);
    }
    if claim.terminator != "aws4_request" {
        faults.wrong_terminator(&claim.terminator);
    }
    if claim.date != request_date {
        faults.wrong_date(&claim.date, request_date, &claim.time_text);
    }
    faults.into_result()
}

/// What is wrong with a credential's scope; AWS names everything at once.
#[derive(Default)]
struct Faults {
    messages: Vec<String>,
    reasons: Vec<String>,
}

impl Faults {
    fn wrong_region(&mut self, region: &str) {
        self.messages.push(format!("Credential should be scoped to a valid region, not '{region}'. "));
        let own = settings::REGION;
        self.reasons
            .push(format!("the request is signed for the region `{region}`; set the client's region to `{own}`"));
    }

    fn wrong_service(&mut self, service: &str) {
        self.messages.push(format!("Credential should be scoped to correct service: '{SERVICE}'. "));
        self.reasons.push(format!(
            "the request is signed for the service `{service}`, as that service's SDK client does; set the client's \
             signing name to `{SERVICE}`"
        ));
    }

    fn wrong_terminator(&mut self, terminator: &str) {
        self.messages
            .push(format!("Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'. "));
        self.reasons.push("the credential must end with `aws4_request`".to_owned());
    }

    fn wrong_date(&mut self, scope: &str, request: &str, time: &str) {
        self.messages.push(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '{scope}' != '{request}', from '{time}'. "
        ));
        self.reasons.push(format!("the credential is scoped to the day `{scope}`, the request to `{request}`"));
    }

    fn into_result(self) -> Result<(), Rejection> {
        if self.messages.is_empty() {
            return Ok(());
        }
        Err(Rejection::new(INVALID_SIGNATURE, self.messages.concat(), self.reasons.join("; ")))
    }
}
