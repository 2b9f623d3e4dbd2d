//! `AWS::Include` of local files, whose contents take the place of the transform.

use std::path::Path;

use serde_json::{Map, Value};

use crate::file;
use crate::problem::Problem;
use crate::yaml;

/// The name of the transform.
const INCLUDE: &str = "AWS::Include";
/// The key of a transform within a template.
const TRANSFORM: &str = "Fn::Transform";
/// How many files a template may include.
const MOST_FILES: usize = 100;

/// `template` with every included local file, whose path starts at `directory`, in the place of its `Fn::Transform`.
/// Transforms of another name or place stay.
///
/// # Errors
/// A file cannot be read, is too large, or is not YAML or JSON.
pub(crate) fn include(template: Map<String, Value>, directory: &Path) -> Result<Map<String, Value>, Problem> {
    let mut reader = Reader { directory, files: 0 };
    reader.map(template)
}

struct Reader<'d> {
    directory: &'d Path,
    files: usize,
}

impl Reader<'_> {
    fn value(&mut self, value: Value) -> Result<Value, Problem> {
        Ok(match value {
            Value::Object(object) => self.map(object)?.into(),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect::<Result<_, _>>()?,
            scalar => scalar,
        })
    }

    fn map(&mut self, object: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
        let mut result = Map::new();
        for (key, value) in object {
            match location(&key, &value) {
                Some(path) => {
                    for (key, value) in self.read(path)? {
                        Self::insert(&mut result, key, value)?;
                    }
                }
                None => {
                    let value = self.value(value)?;
                    Self::insert(&mut result, key, value)?;
                }
            }
        }
        Ok(result)
    }

    fn insert(map: &mut Map<String, Value>, key: String, value: Value) -> Result<(), Problem> {
        if map.contains_key(&key) {
            return Err(Problem::new(
                format!("an included file has `{key}`, which is there already"),
                "rename one of them",
            ));
        }
        map.insert(key, value);
        Ok(())
    }

    /// The map in an included file.
    fn read(&mut self, path: &str) -> Result<Map<String, Value>, Problem> {
        self.files += 1;
        if self.files > MOST_FILES {
            return Err(Problem::new(format!("the template includes more than {MOST_FILES} files"), "include fewer"));
        }
        let file = self.directory.join(path);
        let unreadable = |reason: String| {
            let message = format!("`{INCLUDE}` of `{path}`: {reason}");
            Problem::new(message, "correct its `Location`, which starts at the template's directory")
        };
        let (text, _directory) = file::open(&file).map_err(|error| unreadable(error.to_string()))?;
        match yaml::parse(&text).map_err(|problem| problem.at(&format!("`{path}`")))? {
            Value::Object(object) => Ok(object),
            _ => Err(unreadable("the file is not a map".to_owned())),
        }
    }
}

/// The local path that an entry of a map includes.
fn location<'v>(key: &str, value: &'v Value) -> Option<&'v str> {
    if key != TRANSFORM || value.get("Name")? != INCLUDE {
        return None;
    }
    let location = value.get("Parameters")?.get("Location")?.as_str()?;
    (!location.contains("://")).then_some(location)
}
