//! Whether a deployment hands out a secret in an output.

use crate::check::named::support::declared;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope};
use crate::expand::known::secret::tells;
use crate::expand::known::truth::Truth;
use crate::expand::{Data, Value};
use crate::model::{Template, Type, TypeKind};
use crate::nesting;
use crate::rules::language::Operand;

/// Looks at the outputs of the deployment that is judged: one that is not marked as secure must not hold a secure parameter
/// or what a `list…` function returns. Of one whose type has secure parts, the others are looked at.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let Some(deployment) = declared::deployment(e, s.node) else { return Truth::True };
    let template = &deployment.template;
    let values = declared::outputs(deployment);
    let mut truth = Truth::True;
    for output in &template.outputs {
        let value = values.get(output.name.to_ascii_lowercase().as_str()).copied();
        if !value.is_some_and(|value| hands_out(template, &[&output.ty], value, 0)) {
            continue;
        }
        truth = Truth::False;
        let words = format!(
            "the output `{}` hands out a secret, and everybody who can read the deployment can read it",
            output.name
        );
        let found = value.map_or(Found::Missing, Found::Value);
        e.say(s.node, &[], found, words, false);
        if let Some(last) = e.evidence.last_mut() {
            last.place = Some(output.value.span);
            last.pointer = Some(declared::pointer(template, "outputs", &output.name));
        }
    }
    truth
}

/// Whether a value tells a secret in a part whose type, one of these, is not secure.
fn hands_out(template: &Template, types: &[&Type], value: &Value, depth: usize) -> bool {
    if types.iter().any(|ty| declared::is_secure(template, ty)) || !nesting::TYPE.allows(depth) {
        return false;
    }
    if !types.iter().any(|ty| declared::has_secret(template, ty)) {
        return tells(value);
    }
    match &value.data {
        Data::Object(o) => o.members.iter().any(|m| {
            let of_member: Vec<&Type> =
                types.iter().flat_map(|ty| declared::type_members_of(template, ty, &m.key, Some(o))).collect();
            hands_out(template, &of_member, &m.value, depth + 1)
        }),
        Data::Array(items) => items.iter().enumerate().any(|(i, item)| {
            let of_item = types.iter().filter_map(|ty| match &declared::resolved(template, ty).kind {
                TypeKind::Array { items, prefix, .. } => prefix.get(i).or(items.as_deref()),
                _ => None,
            });
            hands_out(template, &of_item.collect::<Vec<_>>(), item, depth + 1)
        }),
        // Which of its parts tells a secret nobody can say.
        _ => false,
    }
}
