//! Records in Route 53 for the domain of a REST API.

use serde_json::{Map, Value, json};

use super::Api;
use crate::expansion::digest::digest;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::attribute;
use crate::problem::Problem;

/// The hosted zone of all edge-optimized domains.
const EDGE_ZONE: &str = "Z2FDTNDATAQYW2";

/// Adds the records of `domain`, whose generated resource is `domain_id`, to the group of their hosted zone.
///
/// # Errors
/// `Route53` of the domain is not valid.
pub(super) fn add(
    api: &Api<'_, '_>,
    domain: &Source<'_>,
    domain_id: &str,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    let Some(route53) = domain.get("Route53") else { return Ok(()) };
    route53.map()?;
    let Some(zone) = route53.filled("HostedZoneId").or_else(|| route53.filled("HostedZoneName")) else {
        let hint = "give it `HostedZoneId` or `HostedZoneName`";
        return Err(route53.problem("names no hosted zone", hint));
    };
    let is_separate = match route53.filled("SeparateRecordSetGroup") {
        Some(separate) if !separate.is_true() => return Err(separate.must_be("`true` or `false`")),
        separate => separate.is_some(),
    };
    let name = domain.require("DomainName")?;
    let suffix = if is_separate { digest(&json!([zone.value(), name.value()])) } else { digest(zone.value()) };
    let logical_id = format!("RecordSetGroup{suffix}");
    let existing = expansion.record_set_groups.remove(&logical_id);
    let mut group = existing.unwrap_or_else(|| {
        let group = api.generate(logical_id.as_str(), "AWS::Route53::RecordSetGroup", &route53);
        group.copy(&route53, &["HostedZoneId", "HostedZoneName"])
    });
    let mut all = group.properties().get("RecordSets").and_then(Value::as_array).cloned().unwrap_or_default();
    for record in records(domain, &route53, domain_id) {
        group = group.written_at(&format!("RecordSets[{}]", all.len()), route53.place());
        all.push(record);
    }
    let group = group.set("RecordSets", all);
    expansion.record_set_groups.insert(logical_id, group.clone());
    api.add(group, expansion)
}

fn records(domain: &Source<'_>, route53: &Source<'_>, domain_id: &str) -> Vec<Value> {
    let written = |name| route53.get(name).map_or(Value::Null, |value| value.value().clone());
    let mut target = Map::new();
    if let Some(evaluates) = route53.get("EvaluateTargetHealth") {
        target.insert("EvaluateTargetHealth".to_owned(), evaluates.value().clone());
    }
    let (zone, host) = match domain.value()["EndpointConfiguration"].as_str() {
        None | Some("REGIONAL") => {
            (attribute(domain_id, "RegionalHostedZoneId"), attribute(domain_id, "RegionalDomainName"))
        }
        Some("EDGE") => {
            let distribution = route53.get("DistributionDomainName").map(|name| name.value().clone());
            let distribution = distribution.unwrap_or_else(|| attribute(domain_id, "DistributionDomainName"));
            (EDGE_ZONE.into(), distribution)
        }
        Some(_) => (written("VpcEndpointHostedZoneId"), written("VpcEndpointDomainName")),
    };
    target.insert("HostedZoneId".to_owned(), zone);
    target.insert("DNSName".to_owned(), host);
    let is_ipv6 = route53.get("IpV6").is_some_and(|ipv6| ipv6.is_true());
    let kinds = if is_ipv6 { vec!["A", "AAAA"] } else { vec!["A"] };
    let record = |kind| {
        let mut record = json!({"Name": domain.value()["DomainName"], "Type": kind, "AliasTarget": target});
        for name in ["Region", "SetIdentifier"] {
            if let Some(value) = route53.get(name) {
                record[name] = value.value().clone();
            }
        }
        record
    };
    kinds.into_iter().map(record).collect()
}
