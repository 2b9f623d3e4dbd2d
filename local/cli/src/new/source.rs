//! The files of this repository that projects are made from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use local_core::failure::Failure;

/// Content by path from the root of the repository.
pub(super) type SourceFiles = BTreeMap<String, Cow<'static, [u8]>>;

#[cfg(embeds_projects)]
static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files in this binary.
#[cfg(embeds_projects)]
#[expect(clippy::unnecessary_wraps, reason = "a development build may fail here")]
pub(super) fn files() -> Result<SourceFiles, Failure> {
    Ok(EMBEDDED.iter().map(|(path, content)| ((*path).to_owned(), Cow::Borrowed(*content))).collect())
}

/// The files in the repository that this development build comes from.
#[cfg(not(embeds_projects))]
pub(super) fn files() -> Result<SourceFiles, Failure> {
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = super::listing::list(&repository)
        .and_then(|files| files.into_iter().map(|(name, path)| Ok((name, Cow::Owned(std::fs::read(path)?)))).collect());
    read.map_err(|error| {
        Failure::new(
            format!("this development build of `parlor` cannot read `{}`: {error}", repository.display()),
            "build it with `cargo build --release -p local-cli`, which embeds the files of new projects",
        )
    })
}
