//! `Domain` of a REST API: a custom domain name, and the paths below it that lead to the API.

use serde_json::{Value, json};

use super::{Api, record_sets};
use crate::expansion::digest::digest;
use crate::expansion::generated::Generated;
use crate::expansion::schema::{self, Kind, Property, optional};
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::reference;
use crate::problem::Problem;

const MUTUAL_TLS: [Property; 2] = [optional("TruststoreUri", Kind::Any), optional("TruststoreVersion", Kind::Any)];

/// Properties that the generated domain takes over if they are not empty.
const COPIED: [&str; 3] = ["SecurityPolicy", "EndpointAccessMode", "OwnershipVerificationCertificateArn"];

/// Generates the domain of an API with a public endpoint.
///
/// # Errors
/// The property is not valid.
pub(super) fn add(api: &Api<'_, '_>, domain: &Source<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    let name = domain.require("DomainName")?;
    let certificate = domain.require("CertificateArn")?;
    let domain_id = format!("ApiGatewayDomainName{}", digest(name.value()));
    let endpoint = domain.get("EndpointConfiguration");
    let kind = endpoint.as_ref().map_or(Some("REGIONAL"), |endpoint| endpoint.value().as_str());
    let certificate_property = match kind {
        Some("REGIONAL") => "RegionalCertificateArn",
        Some("EDGE") => "CertificateArn",
        _ => {
            let source = endpoint.as_ref().unwrap_or(domain);
            return Err(source.problem("is not a kind of endpoint", "write `REGIONAL`, `EDGE` or `PRIVATE`"));
        }
    };
    if let Some(policy) = domain.filled("Policy") {
        let hint = "make the endpoint `PRIVATE`, or remove the policy";
        return Err(policy.problem("is for private domains only", hint));
    }
    let mut generated = api
        .generate(domain_id.as_str(), "AWS::ApiGateway::DomainName", domain)
        .set_from("DomainName", Some(name))
        .set_from(certificate_property, Some(certificate))
        .set("EndpointConfiguration", endpoint_configuration(domain, kind.unwrap_or_default()));
    if let Some(tls) = domain.filled("MutualTlsAuthentication") {
        schema::check(&tls, &[&MUTUAL_TLS], expansion)?;
        let mut authentication = json!({});
        for Property { name, .. } in MUTUAL_TLS {
            if let Some(value) = tls.filled(name) {
                authentication[name] = value.value().clone();
            }
        }
        generated =
            generated.written_at("MutualTlsAuthentication", tls.place()).set("MutualTlsAuthentication", authentication);
    }
    api.add(copy_filled(generated, domain, &COPIED), expansion)?;
    add_mappings(api, domain, "AWS::ApiGateway::BasePathMapping", ("DomainName", &domain_id), expansion)?;
    record_sets::add(api, domain, &domain_id, expansion)
}

/// `EndpointConfiguration` of a generated domain.
pub(super) fn endpoint_configuration(domain: &Source<'_>, kind: &str) -> Value {
    let mut configuration = json!({"Types": [kind]});
    if let Some(ip) = domain.filled("IpAddressType") {
        configuration["IpAddressType"] = ip.value().clone();
    }
    configuration
}

/// Sets the properties `names` to those of `domain` that are not empty.
pub(super) fn copy_filled(generated: Generated, domain: &Source<'_>, names: &[&str]) -> Generated {
    names.iter().fold(generated, |generated, name| generated.set_from(name, domain.filled(name)))
}

/// Maps the paths of `BasePath`, or the whole domain, to the API. `target` is the property that names the domain, and its id.
///
/// # Errors
/// A path is not text.
pub(super) fn add_mappings(
    api: &Api<'_, '_>,
    domain: &Source<'_>,
    kind: &'static str,
    (property, domain_id): (&str, &str),
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    let normalizes = domain.get("NormalizeBasePath").is_none() || domain.filled("NormalizeBasePath").is_some();
    let mapping = |logical_id: String, source: &Source<'_>| {
        let mapping = api.generate(logical_id, kind, source).set(property, reference(domain_id));
        mapping.set("RestApiId", reference(api.resource.logical_id)).set("Stage", reference(&api.stage_id))
    };
    let paths = domain.filled("BasePath").filter(|paths| paths.value().is_string() || paths.value().is_array());
    let Some(paths) = paths else {
        return api.add(mapping(format!("{}BasePathMapping", api.resource.logical_id), domain), expansion);
    };
    for path in paths.items_or_self() {
        let text = path.text()?;
        let alphanumeric: String = text.chars().filter(|character| character.is_alphanumeric()).collect();
        let logical_id = format!("{}{alphanumeric}BasePathMapping", api.resource.logical_id);
        let base_path = if normalizes { alphanumeric } else { text.to_owned() };
        let mapping = mapping(logical_id, &path).written_at("BasePath", path.place()).set("BasePath", base_path);
        api.add(mapping, expansion)?;
    }
    Ok(())
}
