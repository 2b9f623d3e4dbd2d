//! `Auth` of an HTTP API: its authorizers.

use serde_json::{Map, Value, json};

use super::document::Document;
use crate::expansion::generated::Generated;
use crate::expansion::resource::SamResource;
use crate::expansion::schema::{self, Kind, Property, optional};
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::{is_no_value, reference, substitution_with};
use crate::problem::Problem;

/// The authorizer that API Gateway has built in.
pub(super) const IAM: &str = "AWS_IAM";
const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";

const PROPERTIES: [Property; 3] = [
    optional("DefaultAuthorizer", Kind::Any),
    optional("Authorizers", Kind::Any),
    optional("EnableIamAuthorizer", Kind::Any),
];

/// What `Auth` says.
#[derive(Clone, Debug, Default)]
pub(super) struct Authorizers<'s> {
    default: Option<&'s str>,
    pub(super) is_iam_enabled: bool,
    declared: Vec<(&'s str, Authorizer<'s>)>,
}

/// An entry of `Authorizers`.
#[derive(Clone, Debug)]
pub(super) enum Authorizer<'s> {
    /// With `JwtConfiguration`.
    Jwt { source: Source<'s>, configuration: Source<'s>, identity_source: Source<'s> },
    /// With `FunctionArn`.
    Lambda { source: Source<'s>, function: Source<'s>, version: Source<'s> },
}

impl<'s> Authorizers<'s> {
    /// Reads `Auth` of an API.
    ///
    /// # Errors
    /// SAM cannot see what an intrinsic says, an authorizer is incomplete, or the default one is not declared.
    pub(super) fn read(auth: &Source<'s>, expansion: &mut Expansion<'_>) -> Result<Self, Problem> {
        if auth.is_intrinsic() {
            return Err(auth.problem("is an intrinsic, which SAM does not look into", "write its properties"));
        }
        schema::check(auth, &[&PROPERTIES], expansion)?;
        let is_iam_enabled = auth.get("EnableIamAuthorizer").is_some_and(|enable| enable.is_true());
        let mut authorizers = Self { is_iam_enabled, ..Self::default() };
        if let Some(declared) = auth.get("Authorizers").filter(|declared| declared.is_set()) {
            for (name, authorizer) in declared.entries()? {
                authorizers.declared.push((name, Authorizer::read(authorizer)?));
            }
        }
        let default = auth.get("DefaultAuthorizer").filter(|default| default.is_set() && !is_no_value(default.value()));
        if let Some(default) = default {
            let name = default.text()?;
            if authorizers.find(name).is_none() && !(name == IAM && is_iam_enabled) {
                let message = format!("is `{name}`, which `Authorizers` does not define");
                return Err(default.problem(&message, "name one of `Authorizers`"));
            }
            authorizers.default = Some(name);
        }
        Ok(authorizers)
    }

    /// The name of the default authorizer.
    pub(super) fn default_name(&self) -> Option<&'s str> {
        self.default
    }

    /// A declared authorizer.
    pub(super) fn find(&self, name: &str) -> Option<&Authorizer<'s>> {
        self.declared.iter().find(|(declared, _)| *declared == name).map(|(_, authorizer)| authorizer)
    }

    /// The scopes that an authorizer requires unless an event says otherwise.
    pub(super) fn scopes(&self, name: &str) -> Value {
        let source = self.find(name).map(Authorizer::source);
        source
            .and_then(|source| source.get("AuthorizationScopes"))
            .map_or_else(|| json!([]), |scopes| scopes.value().clone())
    }

    /// Adds the authorizers to the document.
    pub(super) fn add_to(&self, document: &mut Document) -> Result<(), Problem> {
        let mut schemes = Map::new();
        if self.is_iam_enabled {
            let authtype = ("x-amazon-apigateway-authtype".to_owned(), "awsSigv4".into());
            let scheme = api_key("Authorization").into_iter().chain([authtype]).collect();
            schemes.insert(IAM.to_owned(), scheme);
        }
        for (name, authorizer) in &self.declared {
            schemes.insert((*name).to_owned(), authorizer.scheme()?);
            document.write_place(&["components", "securitySchemes", name], authorizer.source().place());
        }
        if schemes.is_empty() {
            return Ok(());
        }
        let problem = document.must_be(&["components", "securitySchemes"], "a map");
        let existing = document.map_mut("components")?.entry("securitySchemes").or_insert(Value::Null);
        if existing.is_null() {
            *existing = json!({});
        }
        existing.as_object_mut().ok_or(problem)?.extend(schemes);
        Ok(())
    }

    /// Permits the API to invoke the functions of authorizers that ask for it.
    pub(super) fn permissions(&self, resource: &SamResource<'_>) -> Vec<Generated> {
        let permission = |(name, authorizer): &(&str, Authorizer<'_>)| match authorizer {
            Authorizer::Lambda { source, function, .. }
                if source.get("EnableFunctionDefaultPermissions").is_some_and(|enable| enable.is_true()) =>
            {
                Some(permission(resource, name, source, function))
            }
            _ => None,
        };
        self.declared.iter().filter_map(permission).collect()
    }
}

impl<'s> Authorizer<'s> {
    fn read(source: Source<'s>) -> Result<Self, Problem> {
        source.map()?;
        if source.get("OpenIdConnectUrl").is_some() {
            let hint = "write `JwtConfiguration` and `IdentitySource`";
            return Err(source.problem("has `OpenIdConnectUrl`, which SAM no longer supports", hint));
        }
        if let Some(scopes) = source.get("AuthorizationScopes") {
            scopes.items()?;
        }
        let reject = |names: &[&str], kind: &str, hint: &str| {
            let surplus = names.iter().find(|name| source.get(name).is_some());
            surplus.map_or(Ok(()), |name| Err(source.problem(&format!("has `{name}`, which only {kind} has"), hint)))
        };
        let configuration = source.get("JwtConfiguration").filter(|configuration| configuration.is_set());
        if let Some(configuration) = configuration {
            configuration.map()?;
            let of_lambda = ["FunctionArn", "FunctionInvokeRole", "Identity", "AuthorizerPayloadFormatVersion"];
            reject(&of_lambda, "a Lambda authorizer", "remove it or `JwtConfiguration`")?;
            let of_lambda = ["EnableSimpleResponses", "EnableFunctionDefaultPermissions"];
            reject(&of_lambda, "a Lambda authorizer", "remove it or `JwtConfiguration`")?;
            let identity_source = require(&source, "IdentitySource")?;
            return Ok(Self::Jwt { source, configuration, identity_source });
        }
        reject(&["IdentitySource"], "a JWT authorizer", "write `Identity`, or add `JwtConfiguration`")?;
        reject(&["AuthorizationScopes"], "a JWT authorizer", "remove it, or add `JwtConfiguration`")?;
        let (function, version) =
            (require(&source, "FunctionArn")?, require(&source, "AuthorizerPayloadFormatVersion")?);
        if let Some(enable) = source.get("EnableFunctionDefaultPermissions") {
            schema::check_kind(&enable, Kind::Literal)?;
        }
        Ok(Self::Lambda { source, function, version })
    }

    fn source(&self) -> &Source<'s> {
        match self {
            Self::Jwt { source, .. } | Self::Lambda { source, .. } => source,
        }
    }

    /// Its entry of `securitySchemes`.
    fn scheme(&self) -> Result<Value, Problem> {
        match self {
            Self::Jwt { configuration, identity_source, .. } => {
                let configuration = configuration.map()?.iter().map(|(key, value)| (key.to_lowercase(), value.clone()));
                let configuration: Map<String, Value> = configuration.collect();
                let identity_source = identity_source.value();
                let authorizer =
                    json!({"jwtConfiguration": configuration, "identitySource": identity_source, "type": "jwt"});
                Ok(json!({"type": "oauth2", AUTHORIZER: authorizer}))
            }
            Self::Lambda { source, function, version } => {
                let authorizer = lambda_authorizer(source, function, version)?;
                Ok(api_key("Unused").into_iter().chain([(AUTHORIZER.to_owned(), authorizer)]).collect())
            }
        }
    }
}

/// A property that is neither missing nor empty.
fn require<'s>(source: &Source<'s>, name: &str) -> Result<Source<'s>, Problem> {
    let problem = || source.problem(&format!("has no `{name}`"), &format!("give it `{name}`"));
    source.get(name).filter(|value| value.is_set()).ok_or_else(problem)
}

/// A security scheme that reads a header.
fn api_key(header: &str) -> Map<String, Value> {
    [("type", "apiKey"), ("name", header), ("in", "header")]
        .map(|(key, value)| (key.to_owned(), value.into()))
        .into_iter()
        .collect()
}

fn lambda_authorizer(source: &Source<'_>, function: &Source<'_>, version: &Source<'_>) -> Result<Value, Problem> {
    let path = "lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations";
    let uri = format!("arn:{}:apigateway:${{AWS::Region}}:{path}", crate::parameters::PARTITION);
    let uri = substitution_with(uri, "__FunctionArn__", function.value().clone());
    let mut authorizer = json!({"type": "request", "authorizerUri": uri});
    if let Some(role) = source.get("FunctionInvokeRole").filter(|role| role.is_set() && role.value() != "NONE") {
        authorizer["authorizerCredentials"] = role.value().clone();
    }
    if let Some(identity) = source.get("Identity").filter(Source::is_set) {
        identity.map()?;
        if let Some(seconds) = identity.get("ReauthorizeEvery") {
            authorizer["authorizerResultTtlInSeconds"] = seconds.value().clone();
        }
        authorizer["identitySource"] = identity_source(&identity)?.into();
    }
    authorizer["authorizerPayloadFormatVersion"] = version.value().clone();
    if let Some(enable) = source.get("EnableSimpleResponses").filter(Source::is_set) {
        authorizer["enableSimpleResponses"] = enable.value().clone();
    }
    Ok(authorizer)
}

/// The parts of a request that `Identity` lists.
fn identity_source(identity: &Source<'_>) -> Result<Vec<String>, Problem> {
    let mut parts = Vec::new();
    for (property, prefix) in [
        ("Headers", "$request.header."),
        ("QueryStrings", "$request.querystring."),
        ("StageVariables", "$stageVariables."),
        ("Context", "$context."),
    ] {
        let Some(names) = identity.get(property).filter(Source::is_set) else { continue };
        for name in names.items()? {
            parts.push(format!("{prefix}{}", name.text()?));
        }
    }
    Ok(parts)
}

fn permission(resource: &SamResource<'_>, name: &str, source: &Source<'_>, function: &Source<'_>) -> Generated {
    let logical_id = format!("{}{name}AuthorizerPermission", resource.logical_id);
    let arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*";
    Generated::new(logical_id, "AWS::Lambda::Permission", resource, source.place())
        .attributes(resource.shared_attributes())
        .set("Action", "lambda:InvokeFunction")
        .set_from("FunctionName", Some(function.clone()))
        .set("Principal", "apigateway.amazonaws.com")
        .set("SourceArn", substitution_with(arn, "__ApiId__", reference(resource.logical_id)))
}
