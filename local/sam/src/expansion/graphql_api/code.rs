//! Functions and resolvers of a GraphQL API, which are code that runs in `AppSync`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::part::GraphQlApi;
use crate::expansion::generated::Generated;
use crate::expansion::schema::{self, Kind, Property, optional, required};
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::attribute;
use crate::problem::Problem;

const CODE: [Property; 5] = [
    optional("Runtime", Kind::Map),
    optional("InlineCode", Kind::Any),
    optional("CodeUri", Kind::Any),
    optional("MaxBatchSize", Kind::Any),
    optional("Sync", Kind::Map),
];
const FUNCTION: [Property; 4] = [
    optional("DataSource", Kind::Text),
    optional("Description", Kind::Any),
    optional("Name", Kind::Text),
    optional("Id", Kind::Any),
];
const RESOLVER: [Property; 3] =
    [optional("FieldName", Kind::Text), optional("Caching", Kind::Map), optional("Pipeline", Kind::List)];
const RUNTIME: [Property; 2] = [required("Name", Kind::Any), required("Version", Kind::Any)];

/// The code of a resolver that only runs its functions.
const PIPELINE: &str = "
export function request(ctx) {
    return {};
}

export function response(ctx) {
    return ctx.prev.result;
}
";

/// The end of the id of the data source that has no data.
const NO_DATA: &str = "NoneDataSource";

/// Generates the functions and the resolvers. `data_sources` are the names of the API's data sources.
pub(super) fn expand(
    api: &GraphQlApi<'_, '_>,
    data_sources: BTreeMap<String, Value>,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    let mut code = Code { api, data_sources, functions: BTreeMap::new(), has_no_data: false };
    let functions = api.resource.get("Functions").map(|functions| functions.entries()).transpose()?;
    for (key, function) in functions.into_iter().flatten() {
        code.expand_function(key, &function, expansion)?;
    }
    let types = api.resource.get("Resolvers").map(|types| types.entries()).transpose()?;
    for (type_name, resolvers) in types.into_iter().flatten() {
        for (key, resolver) in resolvers.entries()? {
            code.expand_resolver(type_name, key, &resolver, expansion)?;
        }
    }
    Ok(())
}

/// The functions so far.
struct Code<'a, 's> {
    api: &'a GraphQlApi<'a, 's>,
    data_sources: BTreeMap<String, Value>,
    /// Ids of functions by the author's keys.
    functions: BTreeMap<String, Value>,
    /// Whether the data source without data is there.
    has_no_data: bool,
}

impl Code<'_, '_> {
    fn expand_function(
        &mut self,
        key: &str,
        source: &Source<'_>,
        expansion: &mut Expansion<'_>,
    ) -> Result<(), Problem> {
        schema::check(source, &[&CODE, &FUNCTION], expansion)?;
        if let Some(id) = source.get("Id") {
            if source.entries()?.len() > 1 {
                return Err(source.problem("has more than `Id`", "write `Id` alone, or a function without it"));
            }
            self.functions.insert(key.to_owned(), id.value().clone());
            return Ok(());
        }
        let name = source.get("Name").map_or_else(|| key.into(), |name| name.value().clone());
        let function = self.api.part(key, "AWS::AppSync::FunctionConfiguration", source.place()).set("Name", name);
        let function = with_code(function, source, expansion)?
            .ok_or_else(|| source.problem("has no code", "give it `InlineCode` or `CodeUri`"))?;
        let function = function
            .set("DataSourceName", self.data_source(source, expansion)?)
            .copy(source, &["Description", "MaxBatchSize"])
            .set_from("SyncConfig", source.get("Sync"));
        self.functions.insert(key.to_owned(), attribute(&function.logical_id, "FunctionId"));
        expansion.add(function)
    }

    /// The name of the data source of a function.
    fn data_source(&mut self, function: &Source<'_>, expansion: &mut Expansion<'_>) -> Result<Value, Problem> {
        let source = function.require("DataSource")?;
        let Some(key) = source.value().as_str() else { return Ok(source.value().clone()) };
        if key.eq_ignore_ascii_case("none") {
            let logical_id = self.api.id(NO_DATA);
            if !std::mem::replace(&mut self.has_no_data, true) {
                let generated = self.api.part(NO_DATA, "AWS::AppSync::DataSource", source.place());
                expansion.add(generated.set("Name", logical_id.as_str()).set("Type", "NONE"))?;
            }
            return Ok(attribute(&logical_id, "Name"));
        }
        self.data_sources.get(key).cloned().ok_or_else(|| {
            let message = format!("is `{key}`, which is not in `DataSources`");
            source.problem(&message, "name one of `DataSources`, or `NONE`")
        })
    }

    fn expand_resolver(
        &self,
        type_name: &str,
        key: &str,
        source: &Source<'_>,
        expansion: &mut Expansion<'_>,
    ) -> Result<(), Problem> {
        schema::check(source, &[&CODE, &RESOLVER], expansion)?;
        let field = source.get("FieldName").map_or_else(|| key.into(), |name| name.value().clone());
        let resolver = self
            .api
            .part(&format!("{type_name}{key}"), "AWS::AppSync::Resolver", source.place())
            .attribute("DependsOn", vec![self.api.id("Schema")])
            .set("TypeName", type_name)
            .set("FieldName", field)
            .set("Kind", "PIPELINE")
            .set("PipelineConfig", json!({"Functions": self.pipeline(source)?}))
            .set_from("CachingConfig", source.get("Caching"))
            .copy(source, &["MaxBatchSize"]);
        let default = resolver.clone();
        let resolver = with_code(resolver, source, expansion)?.unwrap_or_else(|| {
            let runtime = json!({"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"});
            default.set("Code", PIPELINE).set("Runtime", runtime)
        });
        expansion.add(resolver)
    }

    /// The ids of the functions that a resolver runs.
    fn pipeline(&self, resolver: &Source<'_>) -> Result<Vec<Value>, Problem> {
        let names = resolver.get("Pipeline").map(|pipeline| pipeline.items()).transpose()?.unwrap_or_default();
        if names.is_empty() {
            return Err(resolver.problem("runs no functions", "name functions in `Pipeline`"));
        }
        let id = |name: &Source<'_>| {
            let key = name.text()?;
            let unknown = || name.problem(&format!("is `{key}`, which is not in `Functions`"), "name a function");
            self.functions.get(key).cloned().ok_or_else(unknown)
        };
        names.iter().map(id).collect()
    }
}

/// `generated` with the code of `source` and its runtime; `None` if there is no code.
fn with_code(
    generated: Generated,
    source: &Source<'_>,
    expansion: &mut Expansion<'_>,
) -> Result<Option<Generated>, Problem> {
    let generated = match (source.get("InlineCode"), source.get("CodeUri")) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(source.problem("has both `InlineCode` and `CodeUri`", "remove one of them"));
        }
        (Some(code), None) => generated.set_from("Code", Some(code)),
        (None, Some(uri)) => generated.set_from("CodeS3Location", Some(uri)),
    };
    let runtime = source.require("Runtime")?;
    schema::check(&runtime, &[&RUNTIME], expansion)?;
    let (name, version) = (runtime.require("Name")?, runtime.require("Version")?);
    let runtime = json!({"Name": name.value(), "RuntimeVersion": version.value()});
    Ok(Some(generated.set("Runtime", runtime)))
}
