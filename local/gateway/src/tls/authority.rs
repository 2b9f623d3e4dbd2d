//! The certificate authority of one person on one machine. Its key stays in a file that only they can read, and what it
//! signs is believed for names of this machine and of private networks only, whoever gets hold of the key.

use std::fs::Permissions;
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, date_time_ymd,
};
use tempfile::NamedTempFile;

/// What the authority is called in trust stores.
pub(super) const NAME: &str = "Parlor local stack";
/// What its certificates are called: not like the authority, or OpenSSL would take them for self-signed.
const SERVER_NAME: &str = "Local gateway";
/// Names that no public authority vouches for: RFC 6761, RFC 6762, RFC 8375, and the top-level domain `internal`, which
/// ICANN has reserved for private use.
const PRIVATE_DOMAINS: [&str; 5] = ["localhost", "local", "internal", "test", "home.arpa"];
/// Loopback, private and link-local networks: RFC 1122, RFC 1918, RFC 3927, RFC 4291, RFC 4193.
const PRIVATE_NETWORKS: [(IpAddr, u8); 8] = [
    (IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(std::net::Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V4(std::net::Ipv4Addr::new(169, 254, 0, 0)), 16),
    (IpAddr::V6(std::net::Ipv6Addr::LOCALHOST), 128),
    (IpAddr::V6(std::net::Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
    (IpAddr::V6(std::net::Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
];
/// Longest life of a server's certificate that all clients accept, in days
/// (<https://support.apple.com/en-us/102028>).
const LONGEST_LIFE_DAYS: i64 = 398;

pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
    certificate_file: PathBuf,
}

impl Authority {
    /// The authority in `directory`, made if there is none; the error is words about the files.
    pub(super) fn open(directory: &Path) -> Result<Self, String> {
        let words = |error: io::Error| error.to_string();
        std::fs::create_dir_all(directory).map_err(words)?;
        let (key_file, certificate_file) = (directory.join("ca.key"), directory.join("ca.pem"));
        let new = KeyPair::generate().map_err(|error| error.to_string())?;
        let is_new = write_first(&key_file, &new.serialize_pem()).map_err(words)?;
        let key = std::fs::read_to_string(&key_file).map_err(words)?;
        let key = KeyPair::from_pem(&key).map_err(|error| format!("`{}`: {error}", key_file.display()))?;
        // Made anew from the same key it is the same authority, for clients compare names and keys.
        let certificate = parameters().self_signed(&key).map_err(|error| error.to_string())?.pem();
        if is_new || !certificate_file.exists() {
            write(&certificate_file, &certificate).map_err(words)?;
        }
        Ok(Self { issuer: Issuer::new(parameters(), key), certificate, certificate_file })
    }

    /// In PEM.
    pub(super) fn certificate(&self) -> &str {
        &self.certificate
    }

    pub(super) fn certificate_file(&self) -> &Path {
        &self.certificate_file
    }

    /// A certificate for this machine by `host` and by its loopback names, and its key; both in PEM.
    pub(super) fn issue(&self, host: &str) -> Result<(String, String), String> {
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
        if objection(host).is_none() && !names.iter().any(|name| name == host) {
            names.push(host.to_owned());
        }
        self.issue_for(names)
    }

    pub(super) fn issue_for(&self, names: Vec<String>) -> Result<(String, String), String> {
        let issue = || {
            let mut parameters = CertificateParams::new(names)?;
            parameters.distinguished_name.push(DnType::CommonName, SERVER_NAME);
            parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            parameters.use_authority_key_identifier_extension = true;
            let today = jiff::Zoned::now().date();
            let day = |date: jiff::civil::Date| {
                date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
            };
            let span = |days| jiff::Span::new().days(days);
            parameters.not_before = day(today.saturating_sub(span(1)));
            parameters.not_after = day(today.saturating_add(span(LONGEST_LIFE_DAYS - 1)));
            let key = KeyPair::generate()?;
            let certificate = parameters.signed_by(&key, &self.issuer)?;
            Ok((certificate.pem(), key.serialize_pem()))
        };
        issue().map_err(|error: rcgen::Error| error.to_string())
    }
}

/// Why the authority does not vouch for `host`, if it does not.
pub(super) fn objection(host: &str) -> Option<String> {
    let is_private = match host.parse::<IpAddr>() {
        Ok(address) => PRIVATE_NETWORKS.iter().any(|network| contains(*network, address)),
        Err(_a_name) => PRIVATE_DOMAINS.iter().any(|domain| {
            host.strip_suffix(domain).is_some_and(|beginning| beginning.is_empty() || beginning.ends_with('.'))
        }),
    };
    (!is_private).then(|| {
        let domains = PRIVATE_DOMAINS.join("`, `");
        format!(
            "no certificate is made for `{host}`, only for addresses of private networks and for names under `{domains}`"
        )
    })
}

/// Not before and after: fixed, so that the certificate depends on the key alone.
fn parameters() -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, NAME);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.not_before = date_time_ymd(2025, 1, 1);
    parameters.not_after = date_time_ymd(2045, 1, 1);
    let domains = PRIVATE_DOMAINS.map(|domain| GeneralSubtree::DnsName(domain.to_owned()));
    let networks =
        PRIVATE_NETWORKS.map(|(address, bits)| GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits)));
    let permitted_subtrees = domains.into_iter().chain(networks).collect();
    parameters.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    parameters
}

fn contains((network, bits): (IpAddr, u8), address: IpAddr) -> bool {
    let differs = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => u128::from(network.to_bits() ^ address.to_bits()) << 96,
        (IpAddr::V6(network), IpAddr::V6(address)) => network.to_bits() ^ address.to_bits(),
        _ => return false,
    };
    differs.leading_zeros() >= u32::from(bits)
}

/// A certificate in PEM.
pub(super) fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// Replaces a file as a whole: another stack may read it at this moment. Everybody may: it is made to be handed out.
pub(super) fn write(file: &Path, text: &str) -> io::Result<()> {
    let temporary = temporary(file, text)?;
    temporary.as_file().set_permissions(Permissions::from_mode(0o644))?;
    temporary.persist(file)?;
    Ok(())
}

/// Writes a file unless there is one, and tells whether it did. Only the owner may read it.
fn write_first(file: &Path, text: &str) -> io::Result<bool> {
    if file.exists() {
        return Ok(false);
    }
    match temporary(file, text)?.persist_noclobber(file) {
        Ok(_file) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

fn temporary(file: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut temporary = NamedTempFile::new_in(file.parent().unwrap_or(Path::new(".")))?;
    temporary.write_all(text.as_bytes())?;
    Ok(temporary)
}
