//! Templates in texts, read as the local stack reads them.

use std::collections::BTreeMap;

use local::template::samconfig::Configuration;
use local::template::{FunctionNames, ReadOptions, Template, WebSocketApi, read};

pub(crate) fn options() -> ReadOptions {
    ReadOptions {
        function_names: FunctionNames::LogicalId,
        parameters: BTreeMap::new(),
        configured: Configuration::default(),
        imports: BTreeMap::new(),
    }
}

pub(crate) fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn try_read(text: &str, options: &ReadOptions) -> Result<Template, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    read(file.path(), options).map_err(|failure| failure.to_string())
}

pub(crate) fn template(text: &str) -> Template {
    try_read(text, &options()).unwrap()
}

/// The only WebSocket API of a template.
pub(crate) fn the_api(template: &Template) -> &WebSocketApi {
    let [api] = template.web_socket_apis.as_slice() else { panic!("{:?}", template.web_socket_apis) };
    api
}

/// Fails unless exactly the expected warnings are there, each told by some of its words.
pub(crate) fn assert_warnings(template: &Template, expected: &[&str]) {
    for (warning, words) in template.warnings.iter().zip(expected) {
        assert!(warning.contains(words), "{warning}\nshould contain\n{words}");
    }
    assert_eq!(template.warnings.len(), expected.len(), "{:#?}", template.warnings);
}
