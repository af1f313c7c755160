//! Whether two versions may turn out to be one: `1.34` is whatever patch of it a service takes.

use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope};
use crate::expand::known::Place;
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

/// `with: {one: path, other: path}`: unknown where one version has no patch and the other is a patch of it, false elsewhere. That they
/// are the same is not for this check to say.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let arg = |name: &str| args.iter().find(|(n, _)| n == name).map_or(Lit::Null, |(_, o)| e.operand(o, s));
    let (one, other) = (arg("one"), arg("other"));
    if may_be_patch(&one, &other) || may_be_patch(&other, &one) {
        let words = match (one.text(), other.text()) {
            (Some(one), Some(other)) => {
                format!(
                    "whether {one} and {other} are the same version is not known before deployment: what names no patch gets the latest"
                )
            }
            _ => "which versions these are is not known before deployment".to_string(),
        };
        match args.iter().find(|(n, _)| n == "one").map(|(_, o)| o) {
            // Where the one is said, somebody can make it the other.
            Some(Operand::Path(path)) => {
                e.at(path, s, &mut |e, found| {
                    let way = e.trail.clone();
                    e.say(e.here, &way, found, words.clone(), true);
                    Truth::Unknown
                });
            }
            _ => e.say(s.node, &[], Found::Missing, words, true),
        }
        return Truth::Unknown;
    }
    Truth::False
}

/// Whether `minor` may be a version without a patch, and `patch` one of its patches.
fn may_be_patch(minor: &Lit<'_>, patch: &Lit<'_>) -> bool {
    let begins = |text: &str, start: &str| text.strip_prefix(start).is_some_and(|rest| rest.starts_with('.'));
    match (minor, patch) {
        (Lit::Str(minor), Lit::Str(patch)) => is_minor(minor) && begins(patch, minor),
        (Lit::Str(minor), Lit::Unknown(Some(patch))) => {
            is_minor(minor) && patch.has(&format!("{minor}."), Place::Start, true) != Truth::False
        }
        (Lit::Unknown(Some(minor)), Lit::Str(patch)) => {
            patch.rsplit_once('.').is_some_and(|(of, _)| is_minor(of) && minor.equals(of, true) != Truth::False)
        }
        (Lit::Str(minor), Lit::Unknown(None)) => is_minor(minor),
        (Lit::Unknown(None), Lit::Str(patch)) => patch.matches('.').count() == 2,
        (Lit::Unknown(_), Lit::Unknown(_)) => true,
        _ => false,
    }
}

fn is_minor(version: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    version.split_once('.').is_some_and(|(major, minor)| number(major) && number(minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_without_a_patch_may_be_any_of_its_patches() {
        let may = |minor: &str, patch: &str| may_be_patch(&Lit::Str(minor.into()), &Lit::Str(patch.into()));
        assert!(may("1.34", "1.34.1"));
        assert!(!may("1.34", "1.340.1") && !may("1.34", "1.35.0") && !may("1.34.1", "1.34.1") && !may("1", "1.34"));
        assert!(!may_be_patch(&Lit::Null, &Lit::Unknown(None)));
    }
}
