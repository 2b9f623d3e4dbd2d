//! `FunctionUrlConfig`: a URL of its own, without an API.

use crate::expansion::generated::Generated;
use crate::expansion::invoked::Invoked;
use crate::expansion::resource::SamResource;
use crate::expansion::schema::{self, Kind, Property, optional};
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::problem::Problem;

const CORS: [Property; 6] = [
    optional("AllowCredentials", Kind::Boolean),
    optional("AllowHeaders", Kind::List),
    optional("AllowMethods", Kind::List),
    optional("AllowOrigins", Kind::List),
    optional("ExposeHeaders", Kind::List),
    optional("MaxAge", Kind::Any),
];

/// Generates the URL, and permissions where it is public.
///
/// # Errors
/// `AuthType` or `Cors` is malformed.
pub(super) fn expand(
    resource: &SamResource<'_>,
    invoked: &Invoked,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    let Some(config) = resource.filled("FunctionUrlConfig") else { return Ok(()) };
    if !config.is_intrinsic() {
        check_auth_type(&config)?;
        check_cors(&config)?;
    }
    let generated = |suffix: &str, kind| {
        let id = format!("{}{suffix}", resource.logical_id);
        Generated::new(id, kind, resource, config.place()).attributes(resource.shared_attributes())
    };
    let url = generated("Url", "AWS::Lambda::Url")
        .set("TargetFunctionArn", invoked.name())
        .copy(&config, &["AuthType", "InvokeMode"])
        .set_from("Cors", config.filled("Cors"));
    expansion.add(url)?;
    if config.value()["AuthType"] != "NONE" {
        return Ok(());
    }
    let permission = |suffix, action: &str| {
        generated(suffix, "AWS::Lambda::Permission")
            .set("Action", action)
            .set("FunctionName", invoked.name())
            .set("Principal", "*")
    };
    let call = permission("UrlPublicPermissions", "lambda:InvokeFunctionUrl").set("FunctionUrlAuthType", "NONE");
    let invoke = permission("URLInvokeAllowPublicAccess", "lambda:InvokeFunction").set("InvokedViaFunctionUrl", true);
    expansion.add(call)?;
    expansion.add(invoke)
}

fn check_auth_type(config: &Source<'_>) -> Result<(), Problem> {
    let auth = config.require("AuthType")?;
    match auth.value().as_str() {
        Some("AWS_IAM" | "NONE") => Ok(()),
        _ if auth.is_intrinsic() => Ok(()),
        _ => Err(auth.problem("is neither `AWS_IAM` nor `NONE`", "write `AWS_IAM` or `NONE`")),
    }
}

fn check_cors(config: &Source<'_>) -> Result<(), Problem> {
    let Some(cors) = config.filled("Cors").filter(|cors| !cors.is_intrinsic()) else { return Ok(()) };
    for (name, value) in cors.entries()? {
        match CORS.iter().find(|property| property.name == name) {
            Some(property) => schema::check_kind(&value, property.kind)?,
            None => return Err(value.problem("is not a setting of CORS", "correct its name, or remove it")),
        }
        if name == "MaxAge" && !value.is_intrinsic() && !value.value().is_i64() {
            return Err(value.must_be("a whole number"));
        }
    }
    Ok(())
}
