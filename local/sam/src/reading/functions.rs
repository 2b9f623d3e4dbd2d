//! Functions: `AWS::Lambda::Function`, where its code is at hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::context::Context;
use super::event_invoke;
use crate::document::Resource;
use crate::evaluation::{Node, binary};
use crate::model::{Code, Function};
use crate::problem::Problem;
use crate::resource_types::FUNCTION;

/// `Timeout` in seconds where the template has none (Lambda developer guide, "Configure Lambda function timeout").
const DEFAULT_TIMEOUT: u64 = 3;
/// The longest `Timeout` in seconds (the same page).
const LONGEST_TIMEOUT: u64 = 900;
/// `MemorySize` where the template has none, and the least that it may ask for (Lambda developer guide, "Configure Lambda function memory").
const DEFAULT_MEMORY_MEGABYTES: u32 = 128;
/// The most that it may ask for (the same page).
const MOST_MEMORY_MEGABYTES: u64 = 10_240;
/// Properties that change what a function sees or does, and that nothing here emulates.
const NOT_EMULATED: [&str; 4] = ["DeadLetterConfig", "FileSystemConfigs", "ImageConfig", "Layers"];

/// The functions whose code is in a local directory or in the template, in the order of their logical ids.
pub(super) fn read(
    context: &Context<'_>,
    directory: &Path,
    warnings: &mut Vec<String>,
) -> Result<Vec<Function>, Problem> {
    let mut functions = Vec::new();
    for (logical_id, resource) in context.stack.of_types(&[FUNCTION]) {
        let properties = context.stack.properties(logical_id, resource)?;
        let code = source(&properties)?;
        let code = asset(logical_id, resource, context)?.map_or(code, Source::Directory);
        let code = match code {
            Source::Directory(path) => Code::Directory(resolved(&directory.join(path))),
            Source::Inline(Ok(text)) => Code::Inline(text),
            // It may be a custom resource's helper, which has nothing to do here.
            Source::Inline(Err(problem)) => {
                warnings.push(format!("`{logical_id}` is not run here: {}", problem.message()));
                continue;
            }
            Source::Remote => {
                warnings.push(format!("`{logical_id}` is not run here: its code is not in a local directory"));
                continue;
            }
        };
        for place in properties.places_of(&NOT_EMULATED) {
            warnings.push(format!("{place} is not emulated"));
        }
        let name = context.stack.reference(logical_id)?;
        functions.push(Function {
            logical_id: context.stack.name(logical_id),
            asynchronous: event_invoke::read(&name, context, warnings)?,
            name,
            code,
            runtime: properties.require("Runtime")?.text()?,
            handler: properties.require("Handler")?.text()?,
            binary: binary(logical_id, resource, context.stack.resolver)?,
            environment: environment(&properties, warnings)?,
            timeout: Duration::from_secs(
                properties.integer_at("Timeout", 1..=LONGEST_TIMEOUT)?.unwrap_or(DEFAULT_TIMEOUT),
            ),
            memory_megabytes: memory(&properties)?,
            reserved_concurrency: properties
                .integer_at("ReservedConcurrentExecutions", 0..=u64::from(u32::MAX))?
                .and_then(|executions| usize::try_from(executions).ok()),
            allows_recursion: properties.text_at("RecursiveLoop")?.as_deref() == Some("Allow"),
        });
    }
    Ok(functions)
}

fn memory(properties: &Node<'_>) -> Result<u32, Problem> {
    let range = u64::from(DEFAULT_MEMORY_MEGABYTES)..=MOST_MEMORY_MEGABYTES;
    let megabytes = properties.integer_at("MemorySize", range)?;
    Ok(megabytes.and_then(|megabytes| u32::try_from(megabytes).ok()).unwrap_or(DEFAULT_MEMORY_MEGABYTES))
}

/// Where the template says that a function's code is.
enum Source {
    Directory(String),
    Inline(Result<String, Problem>),
    /// In a bucket or an image.
    Remote,
}

/// `Code.ZipFile`, or `Code` if it is a directory, which `sam package` or `aws cloudformation package` would upload.
fn source(properties: &Node<'_>) -> Result<Source, Problem> {
    if properties.text_at("PackageType")?.as_deref() == Some("Image") {
        return Ok(Source::Remote);
    }
    let Some(code) = properties.get("Code")? else { return Ok(Source::Remote) };
    match code.text() {
        Ok(_) => Ok(directory_source(&code)),
        Err(_map) => Ok(inline(&code, "ZipFile").unwrap_or(Source::Remote)),
    }
}

fn inline(node: &Node<'_>, key: &str) -> Option<Source> {
    node.text_at(key).transpose().map(Source::Inline)
}

fn directory_source(code: &Node<'_>) -> Source {
    match code.text() {
        Ok(path) if !path.contains("://") && !is_archive(&path) => Source::Directory(path),
        _ => Source::Remote,
    }
}

fn is_archive(path: &str) -> bool {
    path.ends_with(".zip") || path.ends_with(".jar")
}

/// The directory that the CDK has put the code into, relative to the template it synthesised: its `Code` says only where
/// the code is going to be.
fn asset(logical_id: &str, resource: &Resource, context: &Context<'_>) -> Result<Option<String>, Problem> {
    let Some(metadata) = Node::metadata(logical_id, resource, context.stack.resolver)? else {
        return Ok(None);
    };
    // A container's image is an asset, too.
    if metadata.text_at("aws:asset:property")?.is_some_and(|property| property != "Code") {
        return Ok(None);
    }
    Ok(metadata.text_at("aws:asset:path")?.filter(|path| !is_archive(path)))
}

/// The path without `.` and `..`; a directory that does not exist yet keeps the latter.
fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_missing| path.components().collect())
}

/// The variables that have a value here. Each of the others gets a warning: a function must not work with a wrong one.
fn environment(properties: &Node<'_>, warnings: &mut Vec<String>) -> Result<BTreeMap<String, String>, Problem> {
    let mut environment = BTreeMap::new();
    let Some(section) = properties.get("Environment")? else {
        return Ok(environment);
    };
    let Some(variables) = section.get("Variables")? else {
        return Ok(environment);
    };
    for name in variables.keys()? {
        match variables.text_at(&name) {
            Ok(None) => {}
            Ok(Some(value)) => _ = environment.insert(name, value),
            Err(problem) => warnings.push(format!("{}; the variable is left out", problem.message())),
        }
    }
    Ok(environment)
}
