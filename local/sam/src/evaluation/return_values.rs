//! What `Ref` and `Fn::GetAtt` of a resource return.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::node::Node;
use super::resolver::{Resolver, Resources};
use crate::document::Resource;
use crate::options::FunctionNames;
use crate::parameters::{PARTITION, STACK_NAME};
use crate::problem::Problem;
use crate::resource_types;
use local_core::settings::{ACCOUNT_ID, REGION};
use local_core::short_id::short_id;

/// How many resources may wait for the values of one another.
const DEEPEST: usize = 32;

/// The outputs of a stack by their names. One that cannot be told is an error only where it is asked for.
pub(crate) type Outputs = BTreeMap<String, Result<String, Problem>>;

/// The return values of the resources of a template, evaluated when they are first asked for.
pub(crate) struct ReturnValues<'t> {
    resources: &'t BTreeMap<String, Resource>,
    /// Resources whose condition does not hold, with the name of it.
    absent: BTreeMap<String, String>,
    function_names: FunctionNames,
    /// What the names of resources begin with.
    prefix: &'t str,
    /// The outputs of nested stacks, by the logical id of the stack.
    outputs: RefCell<BTreeMap<String, Outputs>>,
    known: RefCell<BTreeMap<String, Result<Values, Problem>>>,
    /// The resources whose values are being evaluated.
    open: RefCell<Vec<String>>,
}

/// The return values of one resource.
#[derive(Clone, Debug)]
struct Values {
    reference: String,
    attributes: BTreeMap<&'static str, String>,
}

impl Values {
    fn new(reference: impl Into<String>) -> Self {
        Self { reference: reference.into(), attributes: BTreeMap::new() }
    }

    fn with(mut self, attribute: &'static str, value: impl Into<String>) -> Self {
        self.attributes.insert(attribute, value.into());
        self
    }
}

impl<'t> ReturnValues<'t> {
    /// The values of `resources`; those that are `absent` do not exist, because a condition does not hold.
    pub(crate) fn new(
        resources: &'t BTreeMap<String, Resource>,
        absent: BTreeMap<String, String>,
        function_names: FunctionNames,
        prefix: &'t str,
    ) -> Self {
        let outputs = RefCell::default();
        let (known, open) = (RefCell::default(), RefCell::default());
        Self { resources, absent, function_names, prefix, outputs, known, open }
    }

    /// Gives the nested stack `logical_id` its outputs.
    pub(crate) fn add_outputs(&self, logical_id: &str, outputs: Outputs) {
        self.outputs.borrow_mut().insert(logical_id.to_owned(), outputs);
        // What was asked for too early may have a value now.
        self.known.borrow_mut().retain(|_, values| values.is_ok());
    }

    fn output(&self, stack: &str, name: &str) -> Result<String, Problem> {
        match self.outputs.borrow().get(stack) {
            Some(outputs) => outputs.get(name).cloned().unwrap_or_else(|| {
                let message = format!("the nested stack `{stack}` has no output `{name}`");
                Err(Problem::unknown(message, "outputs", outputs.keys()))
            }),
            None => Err(Problem::new(
                format!("the output `{name}` of the nested stack `{stack}` has no value here"),
                "make its template a local file, or take the value from a parameter",
            )),
        }
    }

    fn values(&self, logical_id: &str, resolver: &Resolver<'_>) -> Result<Values, Problem> {
        if let Some(known) = self.known.borrow().get(logical_id) {
            return known.clone();
        }
        if let Some(condition) = self.absent.get(logical_id) {
            let message = format!("`{logical_id}` does not exist here: its condition `{condition}` does not hold");
            let hint =
                "give what refers to it the same condition, or choose other parameters with `--parameter-overrides`";
            return Err(Problem::new(message, hint));
        }
        let Some(resource) = self.resources.get(logical_id) else {
            let message = format!("`{logical_id}` is neither a parameter nor a resource of this stack");
            return Err(Problem::unknown(message, "resources", self.resources.keys()));
        };
        let is_open = self.open.borrow().iter().any(|open| open == logical_id);
        if is_open || self.open.borrow().len() >= DEEPEST {
            let message = format!("the name of `{logical_id}` depends on itself, or on too many other resources");
            return Err(Problem::new(message, "write the name itself, or take it from a parameter"));
        }
        self.open.borrow_mut().push(logical_id.to_owned());
        let values = values(logical_id, resource, resolver, self.function_names, self.prefix);
        self.open.borrow_mut().pop();
        // A failure within another evaluation may only mean that this one began too deep.
        if values.is_ok() || self.open.borrow().is_empty() {
            self.known.borrow_mut().insert(logical_id.to_owned(), values.clone());
        }
        values
    }
}

impl Resources for ReturnValues<'_> {
    fn value(&self, path: &str, resolver: &Resolver<'_>) -> Result<String, Problem> {
        let (logical_id, attribute) = match path.split_once('.') {
            Some((logical_id, attribute)) => (logical_id, Some(attribute)),
            None => (path, None),
        };
        let Values { reference, attributes } = self.values(logical_id, resolver)?;
        if let Some(name) = attribute.and_then(|attribute| attribute.strip_prefix("Outputs.")) {
            return self.output(logical_id, name);
        }
        let Some(attribute) = attribute else { return Ok(reference) };
        attributes.get(attribute).cloned().ok_or_else(|| {
            let message = format!("the attribute `{attribute}` of `{logical_id}` has no value here");
            let names: Vec<String> = attributes.keys().map(|name| (*name).to_owned()).collect();
            Problem::unknown(message, "attributes", &names)
        })
    }
}

/// The return values of a resource by its type. A type that is not listed returns its logical id.
fn values(
    logical_id: &str,
    resource: &Resource,
    resolver: &Resolver<'_>,
    function_names: FunctionNames,
    prefix: &str,
) -> Result<Values, Problem> {
    let own_name = format!("{prefix}{logical_id}");
    let kind = resource.kind.as_str();
    if kind == resource_types::FUNCTION {
        let name = invoke_name(logical_id, resource, resolver, function_names, prefix)?;
        return Ok(Values::new(name.as_str()).with("Arn", function_arn(&name)));
    }
    let properties = Node::properties(logical_id, resource, resolver)?;
    Ok(match kind {
        resource_types::API => {
            let id = short_id(&own_name);
            // Without a protocol the API is defined by OpenAPI, and is for HTTP.
            let is_web_socket =
                properties.text_at("ProtocolType")?.is_some_and(|kind| kind.eq_ignore_ascii_case("WEBSOCKET"));
            let scheme = if is_web_socket { "wss" } else { "https" };
            let endpoint = format!("{scheme}://{id}.execute-api.{REGION}.amazonaws.com");
            Values::new(id.as_str()).with("ApiId", id).with("ApiEndpoint", endpoint)
        }
        resource_types::STAGE => Values::new(properties.require("StageName")?.text()?),
        resource_types::ALIAS | resource_types::VERSION => {
            let function = properties.require("FunctionName")?.text()?;
            let arn = if function.starts_with("arn:") { function } else { function_arn(&function) };
            if kind == resource_types::ALIAS {
                let qualified = format!("{arn}:{}", properties.require("Name")?.text()?);
                Values::new(qualified.as_str()).with("AliasArn", qualified)
            } else {
                let qualified = format!("{arn}:{VERSION}");
                Values::new(qualified.as_str()).with("Version", VERSION).with("FunctionArn", qualified)
            }
        }
        resource_types::TABLE | resource_types::GLOBAL_TABLE => {
            let name = properties.text_at("TableName")?.unwrap_or_else(|| table_name(own_name));
            let arn = format!("arn:{PARTITION}:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}");
            Values::new(name).with("Arn", arn)
        }
        _ => {
            let id = resource_types::ID_ATTRIBUTES.iter().find(|(with_id, _)| *with_id == kind);
            let values = Values::new(logical_id);
            id.map_or(values.clone(), |(_, attribute)| values.with(attribute, logical_id))
        }
    })
}

/// The number of every version: each is the code at hand.
const VERSION: &str = "1";

/// The name of a table that the template does not name. DynamoDB's names have three characters at least (`CreateTable`), and
/// CloudFormation generates longer ones.
fn table_name(own_name: String) -> String {
    if own_name.len() < 3 { format!("{STACK_NAME}-{own_name}") } else { own_name }
}

/// The ARN of the function that is invoked by `name`.
fn function_arn(name: &str) -> String {
    format!("arn:{PARTITION}:lambda:{REGION}:{ACCOUNT_ID}:function:{name}")
}

/// The cargo binary that a function is built as.
pub(crate) fn binary(
    logical_id: &str,
    resource: &Resource,
    resolver: &Resolver<'_>,
) -> Result<Option<String>, Problem> {
    let Some(metadata) = Node::metadata(logical_id, resource, resolver)? else {
        return Ok(None);
    };
    let Some(properties) = metadata.get("BuildProperties")? else {
        return Ok(None);
    };
    properties.text_at("Binary")
}

/// The name that a function is invoked by.
pub(crate) fn invoke_name(
    logical_id: &str,
    resource: &Resource,
    resolver: &Resolver<'_>,
    function_names: FunctionNames,
    prefix: &str,
) -> Result<String, Problem> {
    let binary = match function_names {
        FunctionNames::LogicalId => None,
        FunctionNames::Binary => binary(logical_id, resource, resolver)?,
    };
    Ok(binary.unwrap_or_else(|| format!("{prefix}{logical_id}")))
}
