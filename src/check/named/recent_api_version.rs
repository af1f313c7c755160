//! Whether an API version is recent.

use jiff::tz::Offset;

use crate::check::types::age;
use crate::check::types::kinds;
use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope, Step};
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;
use crate::types;

/// `with: {days: 730}`: the API version of the resource is no older, or the newest that its type has; and no preview that a newer
/// version has taken the place of. What was exported from Azure has none, and of types and versions that are not published nothing
/// is said.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let days = match args.iter().find(|(n, _)| n == "days").map(|(_, o)| e.operand(o, s)) {
        Some(Lit::Int(days)) => days,
        _ => age::MOST_DAYS,
    };
    let Some(node) = e.world.forest.nodes.get(s.node) else { return Truth::True };
    let Some(member) = node.body.as_object().and_then(|o| o.member("apiVersion")) else { return Truth::True };
    let steps = [Step::Member(member)];
    let Some(version) = member.value.as_str() else {
        if member.value.is_residual() {
            e.say(s.node, &steps, Found::Missing, "the API version is not decided", true);
            return Truth::Unknown;
        }
        return Truth::True;
    };
    let type_ = node.type_text();
    let found = types::azure().and_then(|t| kinds::resource_type(t, type_));
    let (known, all) = match found.and_then(|known| known.map(|k| Ok((k, k.api_versions()?))).transpose()) {
        Ok(Some(known)) => known,
        Ok(None) => return Truth::True,
        Err(damaged) => {
            let _ = e.damaged.set(damaged);
            return Truth::Unknown;
        }
    };
    let today = Offset::UTC.to_datetime(e.world.now).date();
    let Some(best) = age::newer(version, &all, today, days) else { return Truth::True };
    let words =
        format!("the API version {version} of {} is too old, or a preview whose time is over; use {best}", known.name);
    e.say(s.node, &steps, Found::Value(&member.value), words, false);
    Truth::False
}
