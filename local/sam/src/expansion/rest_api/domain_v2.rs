//! `Domain` of a REST API that only virtual networks reach.

use serde_json::json;

use super::domain::{add_mappings, copy_filled, endpoint_configuration};
use super::{Api, record_sets};
use crate::expansion::digest::digest;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::reference;
use crate::problem::Problem;

/// Properties that the generated domain takes over if they are not empty.
const COPIED: [&str; 3] = ["SecurityPolicy", "EndpointAccessMode", "Policy"];

/// Generates the domain of an API with a private endpoint.
///
/// # Errors
/// The property is not valid.
pub(super) fn add(api: &Api<'_, '_>, domain: &Source<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    let name = domain.require("DomainName")?;
    let certificate = domain.require("CertificateArn")?;
    let domain_id = format!("ApiGatewayDomainNameV2{}", digest(name.value()));
    let generated = api
        .generate(domain_id.as_str(), "AWS::ApiGateway::DomainNameV2", domain)
        .set_from("DomainName", Some(name))
        .set_from("CertificateArn", Some(certificate))
        .set("EndpointConfiguration", endpoint_configuration(domain, "PRIVATE"));
    api.add(copy_filled(generated, domain, &COPIED), expansion)?;
    add_mappings(api, domain, "AWS::ApiGateway::BasePathMappingV2", ("DomainNameArn", &domain_id), expansion)?;
    record_sets::add(api, domain, &domain_id, expansion)?;
    let Some(association) = domain.get("AccessAssociation") else { return Ok(()) };
    association.map()?;
    let endpoint = association.get("VpcEndpointId");
    let suffix = digest(&json!([endpoint.as_ref().map(Source::value), domain_id]));
    let association = api
        .generate(
            format!("DomainNameAccessAssociation{suffix}"),
            "AWS::ApiGateway::DomainNameAccessAssociation",
            &association,
        )
        .set("DomainNameArn", reference(&domain_id))
        .set("AccessAssociationSourceType", "VPCE")
        .set_from("AccessAssociationSource", endpoint);
    api.add(association, expansion)
}
