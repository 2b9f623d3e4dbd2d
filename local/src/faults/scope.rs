//! What a plan may name: the functions and tables of a template, where this stack has them.

use std::sync::Arc;

use super::chance::Dice;
use super::kind::Kind;
use super::plan::Plan;
use super::selection::Chosen;
use super::{Fault, Faults};
use crate::events::Reporter;
use crate::failure::Failure;
use crate::template::Template;

/// What faults can reach.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Whose functions and tables.
    pub template: &'a Template,
    /// Whether the functions run here, and not at another Lambda endpoint.
    pub has_functions: bool,
    /// Whether the tables are here, and not in another DynamoDB.
    pub has_tables: bool,
}

impl Plan {
    /// The plan for what is in `scope`. Each fault that is injected goes to `reporter`.
    ///
    /// # Errors
    /// It names a function or a table that the template does not have, or what another service has.
    pub fn within(self, scope: Scope<'_>, reporter: Reporter) -> Result<Faults, Failure> {
        let seed = self.seed;
        let faults = self.faults.into_iter().enumerate().map(|(index, (kind, chance))| {
            let number = index + 1;
            let kind = scope.resolve(kind, number)?;
            Ok(Fault { number, kind, dice: Dice::new(seed, number, chance) })
        });
        Ok(Faults { faults: faults.collect::<Result<Arc<[Fault]>, Failure>>()?, reporter })
    }
}

impl Scope<'_> {
    /// The same kind, with the names that requests have.
    fn resolve(&self, mut kind: Kind, number: usize) -> Result<Kind, Failure> {
        let name = kind.name();
        match &mut kind {
            Kind::LoseDisconnect { .. }
            | Kind::AnswerPost { .. }
            | Kind::DelayPost { .. }
            | Kind::DropSocket { .. } => {}
            Kind::KillFunction { functions, .. }
            | Kind::ThrottleFunction { functions }
            | Kind::RepeatEvent { functions }
            | Kind::DelayEvent { functions, .. } => {
                if !self.has_functions {
                    return Err(out_of_reach(number, name, "--lambda"));
                }
                let known = self.template.functions.iter();
                let known: Vec<_> = known.map(|function| (&*function.logical_id, &*function.name)).collect();
                look_up(functions, &known, number, "function")?;
            }
            Kind::ThrottleDynamodb { tables, .. }
            | Kind::CancelTransaction { tables }
            | Kind::FailDynamodb { tables, .. } => {
                if !self.has_tables {
                    return Err(out_of_reach(number, name, "--dynamodb"));
                }
                let known = self.template.tables.iter();
                let known: Vec<_> = known.map(|table| (&*table.logical_id, &*table.name)).collect();
                look_up(tables, &known, number, "table")?;
            }
        }
        Ok(kind)
    }
}

/// Replaces logical ids by names; `known` has pairs of both.
fn look_up(chosen: &mut Chosen<String>, known: &[(&str, &str)], number: usize, what: &str) -> Result<(), Failure> {
    let Chosen::Only(chosen) = chosen else { return Ok(()) };
    for one in chosen {
        let found = known.iter().find(|(logical_id, name)| one == name || one == logical_id);
        let Some((_, name)) = found else {
            let logical_ids: Vec<_> = known.iter().map(|(logical_id, _)| *logical_id).collect();
            let hint = match logical_ids.is_empty() {
                true => format!("the template has no {what}: leave the fault out"),
                false => format!("the {what}s of the template are `{}`", logical_ids.join("`, `")),
            };
            return Err(Failure::new(
                format!("fault {number} of the plan names no {what} of the template: `{one}`"),
                hint,
            ));
        };
        (*name).clone_into(one);
    }
    Ok(())
}

fn out_of_reach(number: usize, name: &str, flag: &str) -> Failure {
    Failure::new(
        format!("fault {number} of the plan, `{name}`, cannot reach what `{flag}` puts elsewhere"),
        format!("leave out `{flag}`, or the fault"),
    )
}
