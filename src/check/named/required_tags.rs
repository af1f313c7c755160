//! Whether tags that somebody asks for are there, and look as they should.

use crate::check::verdict::compare::{self, Lit};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope, Step};
use crate::expand::Data;
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

/// `with: {in: tags, names: {config: KEY}}`: each name is a tag, spelled so; where `AZURE_TAG_FORMAT_FOR_<NAME>` is
/// configured, its value matches.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let arg = |name: &str| args.iter().find(|(n, _)| n == name).map(|(_, o)| e.operand(o, s));
    let path = arg("in").and_then(|l| l.text().map(|t| t.to_string())).unwrap_or_default();
    let names = arg("names").unwrap_or(Lit::Null);
    let names: Vec<String> = names.items().iter().filter_map(|n| n.text().map(|t| t.to_string())).collect();
    let (mut at, mut steps) = (Some(s.base), Vec::new());
    for key in path.split('.') {
        if let Some(r) = at.and_then(|v| v.as_residual()) {
            e.say(s.node, &steps, Found::Unknown(r), "the tags are not known before deployment", true);
            return Truth::Unknown;
        }
        at = match at.and_then(|v| v.as_object()).and_then(|o| o.member(key)) {
            Some(m) => {
                steps.push(Step::Member(m));
                Some(&m.value)
            }
            None => None,
        };
    }
    let tags = match at.map(|v| &v.data) {
        Some(Data::Residual(r)) => {
            e.say(s.node, &steps, Found::Unknown(r), "the tags are not known before deployment", true);
            return Truth::Unknown;
        }
        Some(Data::Object(o)) => Some(o),
        _ => None,
    };
    let mut truth = Truth::True;
    for name in names {
        // Azure's names of tags do not differ by case; conventions do.
        let Some(member) = tags.and_then(|o| o.members.iter().find(|m| m.key == *name)) else {
            truth = Truth::False;
            let found = at.map_or(Found::Missing, Found::Value);
            let other = tags.and_then(|o| o.member(&name)).map(|m| format!(" (it is written {})", m.key));
            let words = format!("the tag {name} is missing{}", other.unwrap_or_default());
            e.say(s.node, &steps, found, words, false);
            continue;
        };
        let format = e.world.settings.text(&format!("AZURE_TAG_FORMAT_FOR_{}", name.to_uppercase()));
        let Some(format) = format.filter(|f| !f.trim().is_empty()) else { continue };
        let matches = compare::matches_configured(&Lit::of(&member.value), format, true).unwrap_or(Truth::Unknown);
        if matches == Truth::True {
            continue;
        }
        truth = truth.and(matches);
        let (found, unknown) = match &member.value.data {
            Data::Residual(r) if matches == Truth::Unknown => (Found::Unknown(r), true),
            _ => (Found::Value(&member.value), false),
        };
        let way = [steps.clone(), vec![Step::Member(member)]].concat();
        e.say(s.node, &way, found, format!("the tag {name} does not have the form {format}"), unknown);
    }
    truth
}
