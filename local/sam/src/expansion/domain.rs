//! Custom domains of HTTP and WebSocket APIs.

use serde_json::{Map, Value, json};

use super::digest::digest;
use super::generated::Generated;
use super::protocol::Protocol;
use super::record_sets;
use super::resource::SamResource;
use super::schema::{self, Kind, Property, optional};
use super::source::Source;
use super::state::Expansion;
use crate::intrinsic::reference;
use crate::problem::Problem;

/// Generates the domain that `Domain` of an API declares, if it does, with the mappings to the stage with the id `stage`
/// and with records.
///
/// # Errors
/// `Domain` is incomplete.
pub(super) fn expand(
    resource: &SamResource<'_>,
    protocol: Protocol,
    stage: &str,
    tags: &Map<String, Value>,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    let Some(written) = resource.get("Domain") else { return Ok(()) };
    let resolved = expansion.resolve(written.value());
    let domain = Source::new(&resolved, written.place().clone());
    domain.map()?;
    let attributes = match protocol {
        Protocol::Http => resource.shared_attributes(),
        Protocol::WebSocket => Map::new(),
    };
    let (Some(name), Some(certificate)) = (domain.get("DomainName"), domain.get("CertificateArn")) else {
        return Err(domain.problem("lacks `DomainName` or `CertificateArn`", "give it both"));
    };
    let id = format!("ApiGatewayDomainNameV2{}", digest(name.value()));
    let generated = Generated::new(&id, "AWS::ApiGatewayV2::DomainName", resource, domain.place())
        .attributes(attributes.clone())
        .set("Tags", tags.clone())
        .set_from("DomainName", Some(name.clone()));
    let generated = configure(generated, &domain, certificate)?;
    let generated = match domain.get("MutualTlsAuthentication").filter(Source::is_set) {
        Some(tls) if protocol == Protocol::WebSocket => {
            return Err(tls.problem("is for HTTP APIs only", "remove it"));
        }
        Some(tls) => mutual_tls(generated, &tls, expansion)?,
        None => generated,
    };
    expansion.add(generated)?;
    expansion.derive(resource.logical_id, "DomainName", &id);
    for mapping in mappings(resource, &domain, &id, stage)? {
        expansion.add(mapping.attributes(attributes.clone()))?;
    }
    match domain.get("Route53") {
        Some(route53) => record_sets::add(resource, &name, &route53, &id, protocol, expansion),
        None => Ok(()),
    }
}

/// Sets `DomainNameConfigurations`.
fn configure(generated: Generated, domain: &Source<'_>, certificate: Source<'_>) -> Result<Generated, Problem> {
    let mut configuration = json!({"EndpointType": "REGIONAL"});
    let endpoint = domain.get("EndpointConfiguration");
    if let Some(endpoint) = endpoint.filter(|endpoint| endpoint.value() != "REGIONAL") {
        return Err(endpoint.problem("is not `REGIONAL`", "HTTP and WebSocket APIs have no other endpoints"));
    }
    let optional = ["OwnershipVerificationCertificateArn", "SecurityPolicy"];
    let optional = optional.map(|name| (name, domain.get(name).filter(Source::is_set)));
    let mut generated = generated;
    for (name, value) in [("CertificateArn", Some(certificate))].into_iter().chain(optional) {
        let Some(value) = value else { continue };
        configuration[name] = value.value().clone();
        generated = generated.written_at(&format!("DomainNameConfigurations[0].{name}"), value.place());
    }
    Ok(generated.set("DomainNameConfigurations", json!([configuration])))
}

fn mutual_tls(generated: Generated, tls: &Source<'_>, expansion: &mut Expansion<'_>) -> Result<Generated, Problem> {
    const PROPERTIES: [Property; 2] = [optional("TruststoreUri", Kind::Any), optional("TruststoreVersion", Kind::Any)];
    schema::check(tls, &[&PROPERTIES], expansion)?;
    let given = PROPERTIES.iter().filter_map(|property| {
        let value = tls.get(property.name).filter(Source::is_set)?;
        Some((property.name.to_owned(), value.value().clone()))
    });
    let authentication: Map<String, Value> = given.collect();
    Ok(generated.written_at("MutualTlsAuthentication", tls.place()).set("MutualTlsAuthentication", authentication))
}

/// One mapping for each base path, or one for all of the domain.
fn mappings(
    resource: &SamResource<'_>,
    domain: &Source<'_>,
    domain_id: &str,
    stage: &str,
) -> Result<Vec<Generated>, Problem> {
    let api = resource.logical_id;
    let mapping = |id: String, source: &Source<'_>| {
        Generated::new(id, "AWS::ApiGatewayV2::ApiMapping", resource, source.place())
            .set("DomainName", reference(domain_id))
            .set("ApiId", reference(api))
            .set("Stage", reference(stage))
    };
    let paths = domain
        .get("BasePath")
        .filter(|paths| paths.is_set() && (paths.value().is_string() || paths.value().is_array()));
    let Some(paths) = paths else { return Ok(vec![mapping(format!("{api}ApiMapping"), domain)]) };
    let mut mappings = Vec::new();
    for source in paths.items_or_self() {
        let path = source.text()?;
        if !path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_".contains(&byte)) {
            return Err(source.problem(&format!("is `{path}`"), "use letters, digits, `/`, `-` and `_` only"));
        }
        let id = format!("{api}{}ApiMapping", path.replace(['-', '_', '/'], ""));
        let key = path.trim_matches('/');
        mappings.push(mapping(id, &source).set("ApiMappingKey", key).written_at("ApiMappingKey", source.place()));
    }
    Ok(mappings)
}
