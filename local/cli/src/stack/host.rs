//! Where the stack listens, and the name of this machine for others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use etcetera::BaseStrategy;
use tokio::net::TcpListener;

use crate::command_line::StackOptions;
use local_core::events::Reporter;
use local_core::failure::Failure;
use local_gateway::tls::Tls;

/// The machine as its services and their clients know it.
#[derive(Clone, Debug)]
pub(super) struct Host {
    /// The address that every service listens on.
    pub(super) bind: IpAddr,
    /// The name or address of this machine in URLs, in events and in the certificate, without brackets.
    pub(super) name: String,
}

impl Host {
    pub(super) fn chosen_by(options: &StackOptions) -> Result<Self, Failure> {
        let bind = options.bind;
        let name = match &options.advertise {
            Some(name) => name.clone(),
            None if bind.is_unspecified() => address_on_the_network(bind)?.to_string(),
            None => bind.to_string(),
        };
        Ok(Self { bind, name })
    }

    /// Such as `127.0.0.1:3000`: how clients reach `listener`.
    pub(super) fn authority(&self, listener: &TcpListener) -> String {
        // A bound listener knows its address.
        let port = listener.local_addr().map(|address| address.port()).unwrap_or_default();
        let Self { name, .. } = self;
        if name.contains(':') { format!("[{name}]:{port}") } else { format!("{name}:{port}") }
    }

    /// TLS, unless this machine has no place for an authority. Without it, everything but `https` and `wss` works.
    pub(super) fn tls(&self, options: &StackOptions, reporter: &Reporter) -> Option<Tls> {
        // Functions and commands are told where it is, and have working directories of their own.
        let chosen = options.authority.as_ref().map(|directory| {
            std::path::absolute(directory)
                .map_err(|error| Failure::new(format!("`--authority` is not a directory: {error}"), "name a directory"))
        });
        let directory = chosen.unwrap_or_else(|| {
            let user = etcetera::choose_base_strategy().map_err(|error| {
                Failure::new(format!("this user has no directory for data: {error}"), "name one with `--authority DIR`")
            })?;
            Ok(user.data_dir().join("parlor"))
        });
        let opened = directory.and_then(|directory| Tls::open(&directory, &self.name));
        match &opened {
            Ok(Tls { objection: Some(objection), .. }) => {
                reporter.warning(format_args!("`https` and `wss` by loopback names only: {objection}"));
            }
            Ok(_) => {}
            Err(failure) => reporter.warning(format_args!("no `https` and no `wss`: {failure}")),
        }
        opened.ok()
    }

    /// What you should know if you open the stack to others.
    pub(super) fn warning(&self) -> Option<String> {
        (!self.bind.is_loopback()).then(|| {
            format!(
                "everybody who reaches `{}` can use the whole stack: connect, invoke functions, read and write tables",
                self.name
            )
        })
    }
}

/// The address that this machine would send from to somewhere else. Nothing is sent.
fn address_on_the_network(unspecified: IpAddr) -> Result<IpAddr, Failure> {
    // Addresses for documentation: RFC 5737, RFC 3849. No route leads there but the default one.
    let elsewhere: IpAddr = match unspecified {
        IpAddr::V4(_) => Ipv4Addr::new(192, 0, 2, 1).into(),
        IpAddr::V6(_) => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
    };
    let address = UdpSocket::bind((unspecified, 0)).and_then(|socket| {
        socket.connect((elsewhere, 9))?;
        socket.local_addr()
    });
    address.map(|address| address.ip()).map_err(|error| {
        Failure::new(
            format!("this machine's address on the network is not known: {error}"),
            "name it with `--advertise HOST`",
        )
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn host(arguments: &[&str]) -> Host {
        Host::chosen_by(&StackOptions::parse_from([&["parlor"], arguments].concat())).unwrap()
    }

    #[tokio::test]
    async fn addresses_have_the_advertised_name() {
        for (arguments, name) in [
            (&[][..], "127.0.0.1"),
            (&["--bind", "127.0.0.2"], "127.0.0.2"),
            (&["--advertise", "box.local"], "box.local"),
            (&["--bind", "0.0.0.0", "--advertise", "host.docker.internal"], "host.docker.internal"),
            (&["--advertise", "fd00::7"], "[fd00::7]"),
            (&["--advertise", "[fd00::7]"], "[fd00::7]"),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            assert_eq!(host(arguments).authority(&listener), format!("{name}:{port}"));
        }
    }

    #[test]
    fn a_stack_on_loopback_has_no_warning() {
        assert_eq!(host(&["--bind", "127.0.0.2"]).warning(), None);
    }
}
