//! A finding stands where somebody can edit it: not in a module that was restored from a registry.

use crate::expand::Deployed;
use crate::read::Sources;

use crate::check::explain::place::one_line;
use crate::check::result::{CheckResult, Location, Related};

/// Moves a finding out of a restored module: to the last of its hand-overs that stands in a file of the project, else to
/// the call that brought the module into the deployment that the finding is about. Where it stood becomes a related place,
/// and a fix there would help nobody.
pub fn settle(result: &mut CheckResult, about: Option<(&Deployed, usize)>, sources: &Sources) {
    let Some(location) = &result.location else { return };
    if !sources.is_restored(location.span.file) {
        return;
    }
    let own = |file| !sources.is_restored(file);
    let handed = result.flow.iter().rev().map(|r| r.span).find(|s| own(s.file));
    let called = || about.and_then(|(deployed, i)| deployed.called_from(i, location.span.file, own));
    let Some(place) = handed.or_else(called) else { return };
    let place = one_line(place, Some(sources));
    let inside = Related { message: "decided here, in a restored module".into(), span: location.span };
    result.location = Some(Location { span: place, pointer: location.pointer.clone() });
    result.related.retain(|r| r.span != place);
    result.related.insert(0, inside);
    result.fix = None;
}
