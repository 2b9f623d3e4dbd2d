//! The evaluation of a CloudFormation template: parameters, conditions, intrinsics, and what `Ref` and `Fn::GetAtt` of a
//! resource return.
//!
//! Values are evaluated where a reader asks for them and nowhere else. The evaluation knows the types of resources by
//! their return values only, and no reader.

mod conditions;
mod length;
mod mappings;
mod node;
mod resolver;
mod return_values;
mod substitution;

pub(crate) use self::conditions::evaluate as evaluate_conditions;
pub(crate) use self::length::check_length;
pub(crate) use self::node::Node;
pub(crate) use self::resolver::Resolver;
pub(crate) use self::return_values::{Outputs, ReturnValues, binary, invoke_name};
