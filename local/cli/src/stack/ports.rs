//! Which service listens on which port. All ports are bound before anything else starts, so that a stack starts completely
//! or not at all.

use std::io::ErrorKind;
use std::net::IpAddr;

use tokio::net::TcpListener;

use crate::command_line::{PortOptions, StackOptions};
use local_core::failure::Failure;
use local_lambda::ApiHosts;
use local_sam::Template;

use super::host::Host;

/// A listener for every service that this process runs.
pub(super) struct Ports {
    pub(super) web: Option<TcpListener>,
    pub(super) apis: ApiListeners,
    pub(super) lambda: TcpListener,
    pub(super) dynamodb: Option<TcpListener>,
}

/// A listener for every API, in the order of the template.
pub(super) struct ApiListeners {
    pub(super) web_socket_apis: Vec<TcpListener>,
    pub(super) http_apis: Vec<TcpListener>,
}

impl ApiListeners {
    /// The host and port of each API, by its id: what its events have as `domainName`.
    pub(super) fn hosts(&self, template: &Template, host: &Host) -> ApiHosts {
        let web_socket_apis = template.web_socket_apis.iter().map(|api| &api.api_id).zip(&self.web_socket_apis);
        let http_apis = template.http_apis.iter().map(|api| &api.api_id).zip(&self.http_apis);
        let all = web_socket_apis.chain(http_apis);
        all.map(|(api_id, listener)| (api_id.clone(), host.authority(listener))).collect()
    }
}

impl Ports {
    pub(super) async fn bind(options: &StackOptions, template: &Template, with_page: bool) -> Result<Self, Failure> {
        let flags = &options.ports;
        let mut numbers = Numbers::new(flags);
        let at = options.bind;
        let web = match with_page {
            true => Some(bind(at, flags.web_port, "the web page", "--web-port").await?),
            false => None,
        };
        let mut web_socket_apis = Vec::new();
        for (index, api) in template.web_socket_apis.iter().enumerate() {
            let service = format!("the WebSocket API `{}`", api.logical_id);
            let port = numbers.of_api(index, flags.websocket_port);
            web_socket_apis.push(bind(at, port, &service, "--websocket-port").await?);
        }
        let mut http_apis = Vec::new();
        for (index, api) in template.http_apis.iter().enumerate() {
            let service = format!("the HTTP API `{}`", api.logical_id);
            let port = numbers.of_api(index, flags.http_port);
            http_apis.push(bind(at, port, &service, "--http-port").await?);
        }
        let lambda = bind(at, flags.lambda_port, "Lambda", "--lambda-port").await?;
        let dynamodb = match options.dynamodb {
            Some(_) => None,
            None => Some(bind(at, flags.dynamodb_port, "DynamoDB", "--dynamodb-port").await?),
        };
        Ok(Self { web, apis: ApiListeners { web_socket_apis, http_apis }, lambda, dynamodb })
    }
}

/// The numbers of all APIs: the first of a kind has its flag's, further ones follow the highest flag.
struct Numbers {
    named: [u16; 5],
    last: u16,
}

impl Numbers {
    fn new(flags: &PortOptions) -> Self {
        let PortOptions { web_port, websocket_port, http_port, lambda_port, dynamodb_port } = *flags;
        Self {
            named: [web_port, websocket_port, http_port, lambda_port, dynamodb_port],
            last: web_port.max(websocket_port).max(http_port),
        }
    }

    fn of_api(&mut self, index: usize, flag: u16) -> u16 {
        if index == 0 || flag == 0 { flag } else { self.next() }
    }

    fn next(&mut self) -> u16 {
        loop {
            // Beyond the last number there is still "any free port".
            self.last = self.last.checked_add(1).unwrap_or(0);
            if self.last == 0 || !self.named.contains(&self.last) {
                return self.last;
            }
        }
    }
}

async fn bind(address: IpAddr, port: u16, service: &str, flag: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind((address, port)).await.map_err(|error| {
        let message = match error.kind() {
            ErrorKind::AddrInUse => format!("port {port} for {service} is taken"),
            ErrorKind::AddrNotAvailable => {
                let hint = "choose one of this machine's own with `--bind`, or all of them with `--bind 0.0.0.0`";
                return Failure::new(format!("this machine has no address {address}"), hint);
            }
            _ => format!("port {port} for {service} cannot be opened: {error}"),
        };
        Failure::new(message, format!("choose another number with `{flag}`, or any free one with `{flag} 0`"))
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn numbers(arguments: &[&str], web_socket_apis: usize, http_apis: usize) -> Vec<u16> {
        let flags = StackOptions::parse_from([&["parlor"], arguments].concat()).ports;
        let mut numbers = Numbers::new(&flags);
        let mut all: Vec<_> = (0..web_socket_apis).map(|n| numbers.of_api(n, flags.websocket_port)).collect();
        all.extend((0..http_apis).map(|n| numbers.of_api(n, flags.http_port)));
        all
    }

    #[test]
    fn the_first_api_of_a_kind_has_the_number_of_its_flag() {
        assert_eq!(numbers(&[], 1, 1), [3001, 3002]);
        assert_eq!(numbers(&["--http-port", "80"], 1, 1), [3001, 80]);
    }

    #[test]
    fn further_apis_follow_the_highest_number() {
        assert_eq!(numbers(&[], 3, 2), [3001, 3003, 3004, 3002, 3005]);
        assert_eq!(numbers(&["--web-port", "8080"], 2, 1), [3001, 8081, 3002]);
    }

    #[test]
    fn numbers_that_flags_name_are_passed_over() {
        assert_eq!(numbers(&["--http-port", "7999"], 2, 1), [3001, 8001, 7999]);
    }

    #[test]
    fn zero_stands_for_any_port_for_all_apis_of_a_kind() {
        assert_eq!(numbers(&["--websocket-port", "0"], 2, 2), [0, 0, 3002, 3003]);
        assert_eq!(numbers(&["--web-port", "65535"], 2, 0), [3001, 0]);
    }
}
