//! DNS records of custom domains. APIs whose domains are in one hosted zone share a group of records.

use serde_json::{Value, json};

use super::digest::digest;
use super::generated::Generated;
use super::protocol::Protocol;
use super::resource::SamResource;
use super::source::Source;
use super::state::Expansion;
use crate::intrinsic::attribute;
use crate::problem::Problem;

/// Adds the records that `Route53` declares for the domain `name`, whose generated resource is `domain`.
///
/// # Errors
/// `Route53` does not name a hosted zone.
pub(super) fn add(
    resource: &SamResource<'_>,
    name: &Source<'_>,
    route53: &Source<'_>,
    domain: &str,
    protocol: Protocol,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    route53.map()?;
    let (id, by_name) = (route53.get("HostedZoneId"), route53.get("HostedZoneName"));
    let Some(zone) = id.clone().filter(Source::is_set).or_else(|| by_name.clone()).or_else(|| id.clone()) else {
        return Err(route53.problem("does not name a hosted zone", "give it `HostedZoneId` or `HostedZoneName`"));
    };
    let target = json!({
        "HostedZoneId": attribute(domain, "RegionalHostedZoneId"),
        "DNSName": attribute(domain, "RegionalDomainName"),
    });
    let records = records(name, route53, &target);
    let group_id = format!("RecordSetGroup{}", digest(zone.value()));
    let group = || {
        let group = Generated::new(&group_id, "AWS::Route53::RecordSetGroup", resource, route53.place());
        match (id, by_name) {
            (Some(id), _) => group.set_from("HostedZoneId", Some(id)),
            (None, by_name) => group.set_from("HostedZoneName", by_name),
        }
    };
    if protocol == Protocol::WebSocket {
        return expansion.add(with_records(group(), records, route53));
    }
    let existing = expansion.record_set_groups.remove(&group_id);
    let group = existing.unwrap_or_else(|| group().attributes(resource.shared_attributes()));
    let group = with_records(group, records, route53);
    expansion.record_set_groups.insert(group_id.clone(), group.clone());
    expansion.add(group)
}

/// A record for each version of IP that refers to `target`, an alias target without `EvaluateTargetHealth`.
pub(super) fn records(name: &Source<'_>, route53: &Source<'_>, target: &Value) -> Vec<Value> {
    let mut target = target.clone();
    if let Some(evaluate) = route53.get("EvaluateTargetHealth") {
        target["EvaluateTargetHealth"] = evaluate.value().clone();
    }
    let is_version_6 = route53.get("IpV6").is_some_and(|version| version.is_true());
    let kinds = if is_version_6 { &["A", "AAAA"] as &[_] } else { &["A"] };
    let record = |kind| {
        let mut record = json!({"Name": name.value(), "Type": kind, "AliasTarget": target});
        for property in ["Region", "SetIdentifier"] {
            if let Some(value) = route53.get(property) {
                record[property] = value.value().clone();
            }
        }
        record
    };
    kinds.iter().map(record).collect()
}

/// Adds records, which are written at `route53`, to a group.
fn with_records(mut group: Generated, added: Vec<Value>, route53: &Source<'_>) -> Generated {
    let records = group.properties().get("RecordSets").and_then(Value::as_array);
    let mut records = records.cloned().unwrap_or_default();
    for record in added {
        group = group.written_at(&format!("RecordSets[{}]", records.len()), route53.place());
        records.push(record);
    }
    group.set("RecordSets", records)
}
