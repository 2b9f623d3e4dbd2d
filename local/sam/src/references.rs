//! What `Ref` and `Fn::GetAtt` of a resource give.

use std::collections::BTreeMap;

use super::classic_http_apis::is_web_socket_api;
use super::document::Resource;
use super::intrinsics::Resolver;
use super::parameters::PARTITION;
use super::problem::Problem;
use super::properties::Node;
use super::{FunctionNames, resource_types};
use local_core::settings::{ACCOUNT_ID, REGION};
use local_core::short_id::short_id;

/// The stage of an `AWS::Serverless::WebSocketApi` that names none.
pub(super) const WEB_SOCKET_STAGE: &str = "default";
/// The stage of an `AWS::Serverless::HttpApi` that names none.
pub(super) const HTTP_STAGE: &str = "$default";

/// The values of all resources.
#[derive(Debug, Default)]
pub(super) struct References {
    resources: BTreeMap<String, Reference>,
    broken: BTreeMap<String, Problem>,
}

#[derive(Debug)]
struct Reference {
    value: String,
    attributes: BTreeMap<String, String>,
}

impl References {
    /// Gives `logical_id` its `Ref` and its attributes.
    pub(super) fn add(&mut self, logical_id: &str, value: impl Into<String>, attributes: &[(&str, String)]) {
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.resources.insert(logical_id.to_owned(), Reference { value: value.into(), attributes });
    }

    /// Remembers that `logical_id` is not made, because its `condition` does not hold.
    pub(super) fn add_absent(&mut self, logical_id: &str, condition: &str) {
        let message = format!("`{logical_id}` does not exist here: its condition `{condition}` does not hold");
        let hint = "give what refers to it the same condition, or choose other parameters with `--parameter-overrides`";
        self.broken.insert(logical_id.to_owned(), Problem::new(message, hint));
    }

    /// The value of a logical id, or of `LogicalId.Attribute`.
    pub(super) fn get(&self, path: &str) -> Result<String, Problem> {
        if let Some(reference) = self.resources.get(path) {
            return Ok(reference.value.clone());
        }
        let (logical_id, attribute) = path.split_once('.').unwrap_or((path, ""));
        if let Some(problem) = self.broken.get(logical_id) {
            return Err(problem.clone());
        }
        let Some(reference) = self.resources.get(logical_id) else {
            let message = format!("`{logical_id}` is neither a parameter nor a resource of this stack");
            return Err(Problem::unknown(message, "resources", self.resources.keys()));
        };
        reference.attributes.get(attribute).cloned().ok_or_else(|| {
            let message = format!("the attribute `{attribute}` of `{logical_id}` has no value here");
            Problem::unknown(message, "attributes", reference.attributes.keys())
        })
    }

    /// The values that follow from logical ids alone. The rest needs them: see [`References::named`].
    pub(super) fn of(
        resources: &BTreeMap<String, Resource>,
        resolver: &Resolver<'_>,
        function_names: FunctionNames,
    ) -> Result<Self, Problem> {
        let mut references = Self::default();
        references.add_api(resource_types::IMPLICIT_HTTP_API, HTTP_STAGE, "https");
        for (logical_id, resource) in resources {
            match resource.kind.as_str() {
                resource_types::SERVERLESS_FUNCTION | resource_types::FUNCTION => {
                    let name = invoke_name(logical_id, resource, resolver, function_names)?;
                    // One that has no value here is the same wherever it is used.
                    let alias = Node::properties(logical_id, resource, resolver)?.text_at("AutoPublishAlias");
                    references.add_function(logical_id, &name, alias.ok().flatten());
                }
                resource_types::WEB_SOCKET_API | resource_types::HTTP_API | resource_types::API => {
                    references.add(logical_id, api_id(logical_id), &[("ApiId", api_id(logical_id))]);
                }
                kind if resource_types::NAMED.contains(&kind) => {
                    let message = format!("the name of `{logical_id}` has no value in the name of another resource");
                    let problem = Problem::new(message, "write the name itself, or take it from a parameter");
                    references.broken.insert(logical_id.clone(), problem);
                }
                kind => {
                    let id = resource_types::ID_ATTRIBUTES.iter().find(|(with_id, _)| *with_id == kind);
                    let attributes = id.map(|(_, attribute)| (*attribute, logical_id.clone()));
                    references.add(logical_id, logical_id, attributes.as_slice());
                }
            }
        }
        Ok(references)
    }

    /// The values that follow from properties, which may refer to functions but not to one another: no circle can
    /// arise. One that cannot be told is an error only for whoever refers to it.
    pub(super) fn named(resources: &BTreeMap<String, Resource>, resolver: &Resolver<'_>) -> Self {
        let mut references = Self::default();
        for (logical_id, resource) in resources {
            if resource_types::NAMED.contains(&resource.kind.as_str())
                && let Err(problem) = references.add_one(logical_id, resource, resolver)
            {
                references.broken.insert(logical_id.clone(), problem);
            }
        }
        references
    }

    /// Adds `others`, which win where both know a resource.
    pub(super) fn extend(&mut self, others: Self) {
        self.broken.retain(|logical_id, _| !others.resources.contains_key(logical_id));
        self.resources.extend(others.resources);
        self.broken.extend(others.broken);
    }

    fn add_one(&mut self, logical_id: &str, resource: &Resource, resolver: &Resolver<'_>) -> Result<(), Problem> {
        let properties = Node::properties(logical_id, resource, resolver)?;
        match resource.kind.as_str() {
            resource_types::WEB_SOCKET_API => {
                let stage = properties.text_at("StageName")?.unwrap_or_else(|| WEB_SOCKET_STAGE.to_owned());
                self.add_api(logical_id, &stage, "wss");
                self.add_generated(logical_id, &properties, &stage)?;
            }
            resource_types::HTTP_API => {
                let stage = properties.text_at("StageName")?.unwrap_or_else(|| HTTP_STAGE.to_owned());
                self.add_api(logical_id, &stage, "https");
            }
            resource_types::API => {
                let id = api_id(logical_id);
                let scheme = if is_web_socket_api(&properties)? { "wss" } else { "https" };
                let endpoint = format!("{scheme}://{}", execute_api_host(&id));
                self.add(logical_id, id.clone(), &[("ApiId", id), ("ApiEndpoint", endpoint)]);
            }
            resource_types::STAGE => self.add(logical_id, properties.require("StageName")?.text()?, &[]),
            resource_types::ALIAS | resource_types::VERSION => {
                let function = properties.require("FunctionName")?.text()?;
                let qualifier = properties.text_at("Name")?.unwrap_or_else(|| "1".to_owned());
                let arn = if function.starts_with("arn:") { function } else { function_arn(&function) };
                let qualified = format!("{arn}:{qualifier}");
                let attributes = match resource.kind.as_str() {
                    resource_types::ALIAS => vec![("AliasArn", qualified.clone())],
                    _ => vec![("Version", qualifier), ("FunctionArn", qualified.clone())],
                };
                self.add(logical_id, qualified, &attributes);
            }
            _ => {
                let name = properties.text_at("TableName")?.unwrap_or_else(|| logical_id.to_owned());
                let arn = format!("arn:{PARTITION}:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}");
                self.add(logical_id, name, &[("Arn", arn)]);
            }
        }
        Ok(())
    }

    /// `Fn.Version` and `Fn.Alias` are SAM's for what `AutoPublishAlias` makes, and so is the alias `FnAliaslive`.
    fn add_function(&mut self, logical_id: &str, name: &str, alias: Option<String>) {
        let arn = function_arn(name);
        let published = format!("{arn}:{}", alias.as_deref().unwrap_or("live"));
        if let Some(alias) = alias {
            self.add(&format!("{logical_id}Alias{alias}"), published.clone(), &[]);
        }
        let attributes = [("Arn", arn.clone()), ("Version", format!("{arn}:1")), ("Alias", published)];
        self.add(logical_id, name, &attributes);
    }

    fn add_api(&mut self, logical_id: &str, stage: &str, scheme: &str) {
        let id = api_id(logical_id);
        let endpoint = format!("{scheme}://{}", execute_api_host(&id));
        let attributes = [("ApiId", id.clone()), ("ApiEndpoint", endpoint), ("Stage", stage.to_owned())];
        self.add(logical_id, id, &attributes);
    }

    /// The resources that SAM makes out of a WebSocket API, as its translator names them.
    fn add_generated(&mut self, logical_id: &str, properties: &Node<'_>, stage: &str) -> Result<(), Problem> {
        let stage_id = match stage {
            WEB_SOCKET_STAGE => format!("{logical_id}DefaultStage"),
            _ => format!("{logical_id}{stage}Stage"),
        };
        self.add(&stage_id, stage, &[]);
        for route_key in properties.get("Routes")?.map_or(Ok(Vec::new()), |routes| routes.keys())? {
            let id = generated_route_id(logical_id, &route_key);
            self.add(&id, id.clone(), &[("RouteId", id.clone())]);
        }
        Ok(())
    }
}

/// The logical id of the route that SAM makes: `sendMessage` of `Api` is `ApiSendmessageRoute`.
pub(super) fn generated_route_id(api: &str, route_key: &str) -> String {
    let mut characters = route_key.trim_start_matches('$').chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    let rest = characters.as_str().to_ascii_lowercase();
    format!("{api}{}{rest}Route", first.map(String::from).unwrap_or_default())
}

/// The id of an API, the same at every start.
pub(super) fn api_id(logical_id: &str) -> String {
    short_id(logical_id)
}

/// The host that an API has on AWS.
pub(super) fn execute_api_host(api_id: &str) -> String {
    format!("{api_id}.execute-api.{REGION}.amazonaws.com")
}

fn function_arn(name: &str) -> String {
    format!("arn:{PARTITION}:lambda:{REGION}:{ACCOUNT_ID}:function:{name}")
}

/// The cargo binary that a function is built as.
pub(super) fn binary(
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
pub(super) fn invoke_name(
    logical_id: &str,
    resource: &Resource,
    resolver: &Resolver<'_>,
    function_names: FunctionNames,
) -> Result<String, Problem> {
    let binary = match function_names {
        FunctionNames::LogicalId => None,
        FunctionNames::Binary => binary(logical_id, resource, resolver)?,
    };
    Ok(binary.unwrap_or_else(|| logical_id.to_owned()))
}

#[cfg(test)]
mod tests;
