//! The selectors that PSRule for Azure documents for rules of a repository.

use ecow::EcoString;

use super::document::{Preconditions, Selector};
use super::language::{Condition, Expression, Junction, Operand, Operator, Test};
use super::path::Path;
use crate::expand::known::Place;
use crate::read::Span;

/// Whether a resource can have tags: a rule of ours is about the same targets.
pub(super) const BY_RULE: (&str, &str) = ("Azure.Resource.SupportsTags", "Azure.Resource.UseTags");

/// What a path holds.
#[derive(Debug, Clone, Copy)]
enum Holds {
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// One of these texts, or nothing.
    OneOfOrNothing(&'static [&'static str]),
    /// This within it.
    Within(&'static str),
    /// This not within it.
    NotWithin(&'static str),
}

use Holds::{NotWithin, OneOf, OneOfOrNothing, Within};

const SITES: &[&str] = &["Microsoft.Web/sites", "Microsoft.Web/sites/slots"];

/// The types of its targets, and what is asked of each.
type About = (&'static [&'static str], &'static [(&'static str, Holds)]);

/// The others by their names.
const BY_CONDITION: [(&str, About); 7] = [
    ("Azure.AppService.IsAPIApp", (SITES, &[("kind", OneOf(&["api"]))])),
    ("Azure.AppService.IsFunctionApp", (SITES, &[("kind", Within("functionapp")), ("kind", NotWithin("workflowapp"))])),
    ("Azure.AppService.IsLogicApp", (SITES, &[("kind", Within("workflowapp"))])),
    ("Azure.AppService.IsWebApp", (SITES, &[("kind", OneOfOrNothing(&["app", "app,linux"]))])),
    ("Azure.FrontDoor.IsClassic", (&["Microsoft.Network/frontDoors"], &[])),
    (
        "Azure.FrontDoor.IsStandardOrPremium",
        (&["Microsoft.Cdn/profiles"], &[("sku.name", OneOf(&["Standard_AzureFrontDoor", "Premium_AzureFrontDoor"]))]),
    ),
    ("Azure.ServiceBus.IsPremium", (&["Microsoft.ServiceBus/namespaces"], &[("sku.name", OneOf(&["Premium"]))])),
];

/// Their names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    BY_CONDITION.iter().map(|(name, _)| *name).chain([BY_RULE.0])
}

/// The selector of a name that is not that of [`BY_RULE`]; `span` is where it is named.
pub(super) fn selector(name: &str, span: Span) -> Option<Selector> {
    let (name, (types, conditions)) = BY_CONDITION.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
    let types = types.iter().map(|t| (EcoString::from(*t), span)).collect();
    let about = Preconditions { types, ..Preconditions::default() };
    let all = conditions.iter().map(|(path, holds)| expression(path, *holds)).collect();
    Some(Selector { name: EcoString::from(*name), about, condition: joined(Junction::All, all), span })
}

fn expression(path: &str, holds: Holds) -> Expression {
    let texts = |all: &[&str]| all.iter().map(|t| EcoString::from(*t)).collect();
    match holds {
        OneOf(all) => test(path, Test::In(texts(all), true)),
        OneOfOrNothing(all) => {
            let nothing = test(path, Test::Exists(false));
            joined(Junction::Any, vec![nothing, test(path, Test::In(texts(all), true))])
        }
        Within(part) => test(path, Test::Has(Place::Anywhere, texts(&[part]), true)),
        NotWithin(part) => test(path, Test::Has(Place::Anywhere, texts(&[part]), false)),
    }
}

fn test(path: &str, test: Test) -> Expression {
    // Names between dots can be read.
    let path = Path::read(path).unwrap_or_else(|_| Path::member(path));
    let operands = vec![Operand::Field(path)];
    Expression::Condition(Box::new(Condition { operands, test, case_sensitive: false, convert: false }))
}

fn joined(kind: Junction, of: Vec<Expression>) -> Expression {
    match of.is_empty() {
        true => Expression::Always,
        false => Expression::Operator(Box::new(Operator { kind, of, each: None })),
    }
}
