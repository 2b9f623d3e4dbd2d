//! `EventInvokeConfig`: how Lambda invokes the function asynchronously, and where the results go.

use serde_json::{Map, Value, json};

use crate::expansion::digest::digest_of_text;
use crate::expansion::generated::Generated;
use crate::expansion::invoked::Invoked;
use crate::expansion::resource::SamResource;
use crate::expansion::role::Role;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::{attribute, choice, reference};
use crate::problem::Problem;

/// Where results can go: the type, the end of the policy's name, and the action that the function needs.
const TYPES: [(&str, &str, &str); 5] = [
    ("SQS", "SQSPolicy", "sqs:SendMessage"),
    ("SNS", "SNSPolicy", "sns:publish"),
    ("EventBridge", "EventBridgePolicy", "events:PutEvents"),
    ("Lambda", "LambdaPolicy", "lambda:InvokeFunction"),
    ("S3Bucket", "S3Policy", "s3:PutObject"),
];

/// Generates the configuration, and queues and topics that it needs.
///
/// # Errors
/// A destination is malformed.
pub(super) fn expand(
    resource: &SamResource<'_>,
    invoked: &Invoked,
    alias_name: Option<&str>,
    role: &mut Role,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    let Some(written) = resource.filled("EventInvokeConfig") else { return Ok(()) };
    let resolved = expansion.resolve(written.value());
    let config = Source::new(&resolved, written.place().clone());
    let id = format!("{}EventInvokeConfig", resource.logical_id);

    let mut generated = Generated::new(&id, "AWS::Lambda::EventInvokeConfig", resource, config.place())
        .attributes(resource.all_attributes())
        .set("FunctionName", reference(resource.logical_id))
        .set("Qualifier", alias_name.unwrap_or("$LATEST"))
        .copy(&config, &["MaximumEventAgeInSeconds", "MaximumRetryAttempts"]);
    if let Some(alias) = &invoked.alias {
        generated = generated.attribute("DependsOn", json!([alias]));
    }
    let mut destinations = Map::new();
    if let Some(written) = config.filled("DestinationConfig") {
        written.map()?;
        generated = generated.written_at("DestinationConfig", written.place());
        for event in ["OnSuccess", "OnFailure"] {
            let Some(destination) = written.get(event) else { continue };
            destination.map()?;
            let arn = Destination { resource, source: &destination, config: &id, event }.expand(role, expansion)?;
            destinations.insert(event.to_owned(), json!({"Destination": arn}));
            let place = destination.place().below("Destination");
            generated = generated.written_at(&format!("DestinationConfig.{event}.Destination"), &place);
        }
    }
    expansion.add(generated.set("DestinationConfig", destinations))
}

/// Where the results of one kind go.
struct Destination<'a, 's> {
    resource: &'a SamResource<'s>,
    source: &'a Source<'a>,
    /// The id of the configuration.
    config: &'a str,
    /// `OnSuccess` or `OnFailure`.
    event: &'static str,
}

impl Destination<'_, '_> {
    /// Its ARN, which the role may send to.
    fn expand(&self, role: &mut Role, expansion: &mut Expansion<'_>) -> Result<Value, Problem> {
        let written = self.source.require("Type")?;
        let kind = written.text()?;
        let Some((_, policy, action)) = TYPES.iter().find(|(name, ..)| *name == kind) else {
            let hint = "write `SQS`, `SNS`, `EventBridge`, `Lambda` or `S3Bucket`";
            return Err(written.problem(&format!("is `{kind}`, which cannot be a destination"), hint));
        };
        let arn = match self.source.get("Destination") {
            None => self.generate(kind, self.resource.condition().map(str::to_owned), expansion)?,
            Some(given) => match self.missing_if(&given, expansion)? {
                None => given.value().clone(),
                Some((condition, otherwise)) => {
                    let both = self.with_own_condition(&condition, expansion);
                    choice(&condition, self.generate(kind, Some(both), expansion)?, otherwise)
                }
            },
        };
        let statement = |action: &str, arn: Value| json!({"Effect": "Allow", "Action": action, "Resource": arn});
        let statements = match kind {
            "S3Bucket" => {
                let objects = json!({"Fn::Join": ["/", [arn, "*"]]});
                vec![statement(action, objects), statement("s3:ListBucket", arn.clone())]
            }
            _ => vec![statement(action, arn.clone())],
        };
        let name = format!("{}{}{policy}", self.config, self.event);
        role.policies.push(json!({"PolicyName": name, "PolicyDocument": {"Statement": statements}}));
        Ok(arn)
    }

    /// Generates the queue or the topic, and returns its ARN.
    fn generate(&self, kind: &str, condition: Option<String>, expansion: &mut Expansion<'_>) -> Result<Value, Problem> {
        let beginning = format!("{}{}", self.config, self.event);
        let (id, kind, arn) = match kind {
            "SQS" => (format!("{beginning}Queue"), "AWS::SQS::Queue", "Arn"),
            "SNS" => (format!("{beginning}Topic"), "AWS::SNS::Topic", "TopicArn"),
            _ => return Err(self.source.problem("has no `Destination`", "give it the ARN in `Destination`")),
        };
        let mut generated =
            Generated::new(&id, kind, self.resource, self.source.place()).attributes(self.resource.shared_attributes());
        if let Some(condition) = condition {
            generated = generated.attribute("Condition", condition);
        }
        expansion.add(generated)?;
        Ok(if arn == "Arn" { attribute(&id, arn) } else { reference(&id) })
    }

    /// The condition under which `Destination` has no value, and the value that it has otherwise.
    fn missing_if(
        &self,
        given: &Source<'_>,
        expansion: &mut Expansion<'_>,
    ) -> Result<Option<(String, Value)>, Problem> {
        let Some([condition, then, otherwise]) = given.choice()? else { return Ok(None) };
        match (then.is_no_value(), otherwise.is_no_value()) {
            (true, false) => Ok(Some((condition.text()?.to_owned(), otherwise.value().clone()))),
            (false, true) => {
                let condition = condition.text()?;
                let negated = format!("NOT{condition}{}", digest_of_text(self.config));
                expansion.add_condition(&negated, json!({"Fn::Not": [{"Condition": condition}]}));
                Ok(Some((negated, then.value().clone())))
            }
            _ => Ok(None),
        }
    }

    /// `condition` and that of the function as one.
    fn with_own_condition(&self, condition: &str, expansion: &mut Expansion<'_>) -> String {
        let Some(own) = self.resource.condition() else { return condition.to_owned() };
        let both = format!("{own}AND{condition}{}", digest_of_text(self.resource.logical_id));
        // AWS nests the conditions twice.
        let operands = [own, condition].map(|name| json!({"Condition": {"Condition": name}}));
        expansion.add_condition(&both, json!({"Fn::And": operands}));
        both
    }
}
