//! A finding stands where somebody can edit it: not in a module that was restored from a registry.

use crate::read::Sources;

use super::finding::{CheckResult, Location, Related};

/// Moves a finding out of a restored module: to the last of its hand-overs that stands in a file of the project, else to
/// the module's call. Where it stood becomes a related place, and a fix there would help nobody.
pub fn settle(result: &mut CheckResult, sources: &Sources) {
    let Some(location) = &result.location else { return };
    if !sources.is_restored(location.span.file) {
        return;
    }
    let own = |r: &&Related| !sources.is_restored(r.span.file);
    let handed = result.flow.iter().rev().find(own);
    let called = || result.related.iter().find(|r| own(r) && r.message.starts_with("deployed by"));
    let Some(place) = handed.or_else(called).map(|r| r.span) else { return };
    let inside = Related { message: "decided here, in a restored module".into(), span: location.span };
    result.location = Some(Location { span: place, pointer: location.pointer.clone() });
    result.related.retain(|r| r.span != place);
    result.related.insert(0, inside);
    result.fix = None;
}
