//! What a plan may name: the functions and tables of a template, if this stack has them.

use std::sync::Arc;

use super::chance::Dice;
use super::kind::Kind;
use super::plan::Plan;
use super::selection::Chosen;
use super::{Fault, Faults};
use crate::events::Reporter;
use crate::failure::Failure;

/// What faults can reach.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The functions of the template. `None` if they run at another Lambda endpoint.
    pub functions: Option<&'a [Named]>,
    /// The tables of the template. `None` if they are in another DynamoDB.
    pub tables: Option<&'a [Named]>,
}

/// A function or a table of the template.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its logical id.
    pub logical_id: String,
    /// The name that requests have.
    pub name: String,
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
                let known = self.functions.ok_or_else(|| out_of_reach(number, name, "--lambda"))?;
                look_up(functions, known, number, "function")?;
            }
            Kind::ThrottleDynamodb { tables, .. }
            | Kind::CancelTransaction { tables }
            | Kind::FailDynamodb { tables, .. } => {
                let known = self.tables.ok_or_else(|| out_of_reach(number, name, "--dynamodb"))?;
                look_up(tables, known, number, "table")?;
            }
        }
        Ok(kind)
    }
}

/// Replaces logical ids by names.
fn look_up(chosen: &mut Chosen<String>, known: &[Named], number: usize, what: &str) -> Result<(), Failure> {
    let Chosen::Only(chosen) = chosen else { return Ok(()) };
    for one in chosen {
        let found = known.iter().find(|named| *one == named.name || *one == named.logical_id);
        let Some(Named { name, .. }) = found else {
            let logical_ids: Vec<_> = known.iter().map(|named| named.logical_id.as_str()).collect();
            let hint = match logical_ids.is_empty() {
                true => format!("the template has no {what}: leave the fault out"),
                false => format!("the {what}s of the template are `{}`", logical_ids.join("`, `")),
            };
            return Err(Failure::new(
                format!("fault {number} of the plan names no {what} of the template: `{one}`"),
                hint,
            ));
        };
        name.clone_into(one);
    }
    Ok(())
}

fn out_of_reach(number: usize, name: &str, flag: &str) -> Failure {
    Failure::new(
        format!("fault {number} of the plan, `{name}`, cannot reach what `{flag}` puts elsewhere"),
        format!("leave out `{flag}`, or the fault"),
    )
}
