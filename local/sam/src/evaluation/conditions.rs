//! The template's `Conditions`, evaluated once: what they say does not change while the stack runs.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::resolver::{Resolver, arguments};
use crate::problem::Problem;
use crate::scalar::scalar_text;

/// How deep conditions may stand in one another, by name or in place.
const DEEPEST: usize = 100;

/// The outcome of every condition, by name. One that cannot be told is an error only where it is asked for.
///
/// # Errors
/// Conditions that need one another in a circle.
pub(crate) fn evaluate(
    section: &Map<String, Value>,
    resolver: &Resolver<'_>,
) -> Result<BTreeMap<String, Result<bool, Problem>>, Problem> {
    let mut evaluation = Evaluation { section, resolver, done: BTreeMap::new(), open: Vec::new(), circle: None };
    for name in section.keys() {
        let outcome = evaluation.named(name, 0);
        evaluation.done.insert(name.clone(), outcome);
    }
    match evaluation.circle {
        Some(problem) => Err(problem),
        None => Ok(evaluation.done),
    }
}

struct Evaluation<'e> {
    section: &'e Map<String, Value>,
    resolver: &'e Resolver<'e>,
    done: BTreeMap<String, Result<bool, Problem>>,
    /// The conditions that wait for one another.
    open: Vec<String>,
    circle: Option<Problem>,
}

impl Evaluation<'_> {
    fn named(&mut self, name: &str, depth: usize) -> Result<bool, Problem> {
        if let Some(outcome) = self.done.get(name) {
            return outcome.clone();
        }
        let Some(expression) = self.section.get(name) else {
            let message = format!("a condition names `{name}`, which is not a condition");
            return Err(Problem::unknown(message, "conditions", self.section.keys()));
        };
        if let Some(start) = self.open.iter().position(|open| open == name) {
            let circle = self.open[start..].join("` needs `");
            let problem = Problem::new(format!("the condition `{circle}` needs `{name}`"), "break the circle");
            self.circle = Some(problem.clone());
            return Err(problem);
        }
        self.open.push(name.to_owned());
        let outcome = self.expression(expression, depth + 1);
        self.open.pop();
        self.done.insert(name.to_owned(), outcome.clone());
        outcome
    }

    fn expression(&mut self, expression: &Value, depth: usize) -> Result<bool, Problem> {
        if depth > DEEPEST {
            return Err(Problem::new(format!("conditions nest deeper than {DEEPEST} levels"), "make them flatter"));
        }
        let call = expression.as_object().filter(|object| object.len() == 1).and_then(|object| object.iter().next());
        match call.map(|(name, argument)| (name.as_str(), argument)) {
            Some(("Condition", Value::String(name))) => self.named(name, depth + 1),
            Some(("Fn::Not", argument)) => {
                let [negated] = arguments(argument, "Fn::Not")?;
                Ok(!self.expression(negated, depth + 1)?)
            }
            Some(("Fn::And", Value::Array(all))) => self.count(all, depth).map(|holding| holding == all.len()),
            Some(("Fn::Or", Value::Array(any))) => self.count(any, depth).map(|holding| holding > 0),
            Some(("Fn::Equals", argument)) => {
                let [left, right] = arguments(argument, "Fn::Equals")?;
                Ok(self.comparable(left)? == self.comparable(right)?)
            }
            _ => Err(Problem::new(
                "a condition is not one of `Fn::And`, `Fn::Or`, `Fn::Not`, `Fn::Equals` and `Condition`",
                "write it with these",
            )),
        }
    }

    /// How many of `expressions` hold. All are evaluated, as CloudFormation does: a broken one is never hidden.
    fn count(&mut self, expressions: &[Value], depth: usize) -> Result<usize, Problem> {
        let mut holding = 0;
        for expression in expressions {
            holding += usize::from(self.expression(expression, depth + 1)?);
        }
        Ok(holding)
    }

    /// Scalars compare as text: `"8"` equals `8`, for a parameter is always text.
    fn comparable(&self, value: &Value) -> Result<Value, Problem> {
        let value = self.resolver.deep(value)?.unwrap_or_default();
        Ok(scalar_text(&value).map_or(value, Value::String))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;
    use crate::evaluation::ReturnValues;
    use crate::options::FunctionNames;
    use crate::parameters::{Parameter, Parameters};
    use crate::secrets::Secrets;

    fn outcomes(section: &Value) -> Result<BTreeMap<String, Result<bool, Problem>>, Problem> {
        let (mappings, resources) = (Map::new(), BTreeMap::new());
        let parameters =
            [("Stage".to_owned(), Parameter::Text("dev".into())), ("Size".to_owned(), Parameter::Text("8".into()))];
        let resolver = Resolver {
            stack_name: String::new(),
            secrets: &Secrets::default(),
            depth: Cell::new(0),
            parameters: Parameters { values: parameters.into(), ..Parameters::default() },
            imports: &BTreeMap::new(),
            mappings: &mappings,
            conditions: BTreeMap::new(),
            resources: &ReturnValues::new(&resources, BTreeMap::new(), FunctionNames::LogicalId, ""),
        };
        evaluate(section.as_object().unwrap(), &resolver)
    }

    #[test]
    fn conditions_are_evaluated_through_one_another() {
        let is_dev = json!({"Fn::Equals": [{"Ref": "Stage"}, "dev"]});
        let table = [
            (is_dev.clone(), true),
            (json!({"Fn::Equals": [{"Ref": "Size"}, 8]}), true),
            (json!({"Fn::Equals": [{"Ref": "Stage"}, "prod"]}), false),
            (json!({"Fn::Not": [{"Condition": "IsDev"}]}), false),
            (json!({"Fn::And": [{"Condition": "IsDev"}, {"Fn::Equals": [1, 1]}]}), true),
            (json!({"Fn::And": [{"Condition": "IsDev"}, {"Fn::Equals": [1, 2]}]}), false),
            (json!({"Fn::Or": [{"Fn::Equals": [1, 2]}, {"Condition": "IsDev"}]}), true),
            (json!({"Condition": "IsDev"}), true),
        ];
        for (condition, expected) in table {
            let section = json!({"IsDev": is_dev, "A": condition});
            assert_eq!(outcomes(&section).unwrap()["A"], Ok(expected), "{condition}");
        }
    }

    #[test]
    fn a_broken_condition_harms_no_other() {
        let section = json!({"A": {"Fn::Equals": [{"Ref": "Nobody"}, "x"]}, "B": {"Fn::Equals": ["x", "x"]}, "C": 3});
        let outcomes = outcomes(&section).unwrap();
        assert!(outcomes["A"].is_err());
        assert_eq!(outcomes["B"], Ok(true));
        assert!(outcomes["C"].is_err());
    }

    #[test]
    fn a_long_chain_ends_in_an_error_not_in_the_stack() {
        let section: Map<String, Value> = (0..20_000)
            .map(|number| (format!("C{number:05}"), json!({"Condition": format!("C{:05}", number + 1)})))
            .collect();
        assert!(outcomes(&section.into()).unwrap()["C00000"].is_err());
    }
}
