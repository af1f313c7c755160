//! A finding stands where somebody can edit it: not in a module that was restored from a registry.

use ecow::{EcoString, eco_format};

use crate::check::explain::place::one_line;
use crate::check::result::{CheckResult, Location, Related};
use crate::expand::Deployed;
use crate::read::{FileId, Sources, Span};

/// Moves a finding out of restored modules: to the last of its hand-overs that stands in a file of the project, else to the call
/// that brought the module into the deployment that the finding is about. The message says in which module it stood, and a fix
/// there would help nobody. Other places in such modules become those of their calls.
pub fn settle(result: &mut CheckResult, about: Option<(&Deployed, usize)>, sources: &Sources) {
    let own = |file: FileId| !sources.is_restored(file);
    let called = |file| about.and_then(|(deployed, i)| deployed.called_from(i, file, own));
    if let Some(location) = &result.location
        && let Some(module) = sources.restored(location.span.file)
    {
        let handed = result.flow.iter().rev().map(|r| r.span).find(|s| own(s.file));
        let Some(place) = handed.or_else(|| called(location.span.file)) else { return };
        if !result.message.is_empty() {
            let line = sources.get(location.span.file).map_or(0, |s| s.position(location.span.start).line);
            result.message.push_str(&format!(" This is decided in the module {module} (line {line})."));
        }
        result.location = Some(Location { span: one_line(place, Some(sources)), pointer: location.pointer.clone() });
        result.fix = None;
    }
    let at = result.location.as_ref().map(|l| l.span);
    for list in [&mut result.flow, &mut result.related] {
        if list.iter().any(|r| !own(r.span.file)) {
            *list = outside(list, at, sources, called);
        }
    }
}

/// Places with those in restored modules at the calls of the modules; what then stands at the finding itself says nothing more.
fn outside(
    list: &[Related],
    at: Option<Span>,
    sources: &Sources,
    called: impl Fn(FileId) -> Option<Span>,
) -> Vec<Related> {
    let mut out: Vec<Related> = Vec::with_capacity(list.len());
    for one in list {
        let Some(module) = sources.restored(one.span.file) else {
            out.push(one.clone());
            continue;
        };
        let Some(call) = called(one.span.file).map(|call| one_line(call, Some(sources))) else { continue };
        let moved = Related { message: within(&one.message, &module), span: call };
        if at != Some(call) && out.iter().all(|o| o.span != call) {
            out.push(moved);
        }
    }
    out
}

/// What was said of a place in a module, said of the module.
fn within(message: &str, module: &str) -> EcoString {
    match message.strip_suffix(" here") {
        Some(start) => eco_format!("{start} in {module}"),
        None => eco_format!("{message} (in {module})"),
    }
}
