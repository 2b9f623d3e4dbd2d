//! The environment of the command that `parlor exec` runs: where the stack is.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use local_lambda::{DROPPED, sdk_environment, trust_environment};

use super::running::RunningStack;

/// What changes in the environment that the command inherits: a variable is set, or it is removed.
pub(super) type Changes = BTreeMap<OsString, Option<String>>;

/// The environment that the command would have otherwise.
pub(super) type Inherited = BTreeMap<OsString, OsString>;

/// The variables that name a proxy for plain HTTP.
const PROXIES: [&str; 4] = ["ALL_PROXY", "HTTP_PROXY", "all_proxy", "http_proxy"];

/// The variables of a stack that `parlor` may have set in an outer environment.
const OF_A_STACK: [&str; 4] = ["PARLOR_WEBSOCKET_URL", "PARLOR_HTTP_URL", "PARLOR_WEB_URL", "PARLOR_READY"];

/// What belongs to the credentials or the configuration of an account, beyond what functions must not have.
const OF_AN_ACCOUNT: [&str; 8] = [
    "AWS_ACCOUNT_ID",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SECURITY_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// The endpoint of `@connections`, for SDK clients that are built without one.
const MANAGEMENT_ENDPOINT: &str = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI";

/// The changes for a command that uses `stack`, in the environment `inherited`.
pub(super) fn changes(stack: &RunningStack, inherited: &Inherited) -> Changes {
    let outer = inherited.keys().filter(|name| is_of_a_stack(name) || leads_elsewhere(name));
    let mut changes: Changes = outer.map(|name| (name.clone(), None)).collect();
    let set = sdk_environment(&stack.endpoints).into_iter().chain(addresses(stack));
    changes.extend(set.map(|(name, value)| (name.into(), Some(value))));
    // You may have an authority of your own to trust.
    for (name, file) in trust_environment(&stack.endpoints) {
        if !inherited.contains_key(OsStr::new(&name)) {
            changes.insert(name.into(), Some(file));
        }
    }
    changes.extend(without_proxy(&stack.endpoints.lambda, inherited));
    changes
}

/// The exception from a proxy for the host of `url`, which no proxy can reach.
fn without_proxy(url: &str, inherited: &Inherited) -> Changes {
    let host = reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let has_proxy = PROXIES.iter().any(|name| inherited.contains_key(OsStr::new(name)));
    let Some(host) = host.filter(|_| has_proxy) else { return Changes::new() };
    // Programs read one or the other.
    let names = ["NO_PROXY", "no_proxy"];
    let others = names.iter().find_map(|name| inherited.get(OsStr::new(name)));
    let exceptions = match others.map(|others| others.to_string_lossy()) {
        Some(others) if !others.is_empty() => format!("{others},{host}"),
        _ => host,
    };
    names.map(|name| (name.into(), Some(exceptions.clone()))).into()
}

/// Whether a variable would lead SDKs to another account or another endpoint than those of the stack, or would make them take its
/// credentials for expired ones.
fn leads_elsewhere(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    DROPPED.contains(&&*name)
        || OF_AN_ACCOUNT.contains(&&*name)
        || name.starts_with("AWS_ENDPOINT_URL")
        || name.starts_with("AWS_CONTAINER_")
}

fn is_of_a_stack(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    OF_A_STACK.iter().any(|known| name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')))
}

/// The addresses of the services. "First" is the order of the template.
fn addresses(stack: &RunningStack) -> BTreeMap<String, String> {
    let RunningStack { template, ready, .. } = stack;
    let mut variables = BTreeMap::from([("PARLOR_READY".to_owned(), stack.json())]);
    let web_socket_apis: Vec<_> = template
        .web_socket_apis
        .iter()
        .filter_map(|api| Some((&api.logical_id, ready.web_socket_apis.get(&api.logical_id)?)))
        .collect();
    add_urls("PARLOR_WEBSOCKET_URL", web_socket_apis.iter().map(|(id, api)| (*id, &api.url)), &mut variables);
    if let [(_, only)] = web_socket_apis.as_slice() {
        variables.insert(MANAGEMENT_ENDPOINT.to_owned(), only.management.clone());
    }
    let http_apis = template.http_apis.iter().filter_map(|api| ready.http_apis.get_key_value(&api.logical_id));
    add_urls("PARLOR_HTTP_URL", http_apis, &mut variables);
    variables.extend(ready.web.iter().map(|url| ("PARLOR_WEB_URL".to_owned(), url.clone())));
    variables
}

/// `name` for the first API, and a variable with its logical id for each.
fn add_urls<'a>(
    name: &str,
    apis: impl Iterator<Item = (&'a String, &'a String)>,
    variables: &mut BTreeMap<String, String>,
) {
    for (logical_id, url) in apis {
        variables.entry(name.to_owned()).or_insert_with(|| url.clone());
        variables.insert(format!("{name}_{}", logical_id.to_uppercase()), url.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_is_an_exception_from_a_proxy() {
        fn exceptions(variables: &[(&str, &str)]) -> [Option<String>; 2] {
            let inherited = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
            let changes = without_proxy("http://127.0.0.1:9001", &inherited);
            ["NO_PROXY", "no_proxy"].map(|name| changes.get(OsStr::new(name)).cloned().flatten())
        }
        let both = |exceptions: &str| [Some(exceptions.to_owned()), Some(exceptions.to_owned())];
        assert_eq!(exceptions(&[("NO_PROXY", "a.test")]), [None, None]);
        let proxy = ("http_proxy", "http://proxy.test");
        assert_eq!(exceptions(&[proxy]), both("127.0.0.1"));
        assert_eq!(exceptions(&[proxy, ("NO_PROXY", "a.test")]), both("a.test,127.0.0.1"));
    }

    #[test]
    fn variables_that_lead_to_an_account_are_recognized() {
        for name in
            ["AWS_PROFILE", "AWS_CREDENTIAL_EXPIRATION", "AWS_ENDPOINT_URL_S3", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        {
            assert!(leads_elsewhere(&name.into()), "{name}");
        }
        for name in ["AWS_CA_BUNDLE", "AWS_PAGER", "AWS_LC_SYS_NO_JITTER_ENTROPY", "PATH"] {
            assert!(!leads_elsewhere(&name.into()), "{name}");
        }
    }

    #[test]
    fn variables_of_an_outer_stack_are_recognized() {
        for name in ["PARLOR_WEBSOCKET_URL", "PARLOR_WEBSOCKET_URL_API", "PARLOR_HTTP_URL_CONTROL", "PARLOR_READY"] {
            assert!(is_of_a_stack(&name.into()), "{name}");
        }
        for name in ["PARLOR_BIN_DIR", "PARLOR_WEB_URLS", "PATH"] {
            assert!(!is_of_a_stack(&name.into()), "{name}");
        }
    }
}
