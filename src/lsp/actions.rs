//! What can be done about findings: the changes that they offer, comments that accept them, and their pages.
//!
//! Every change is tried and judged as `armlint fix` does it before the editor gets it: the finding goes, and nothing else comes.
//! That takes a few checks, so an editor that can wait for it gets the change when somebody has chosen it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, Command, Diagnostic, LspErrorCodes, TextEdit, Uri, WorkspaceEdit,
};
use lsp_server::ErrorCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::Refusal;
use super::document::Documents;
use super::worker::State;
use super::{commands, edits, uri};
use crate::check::result::Safety;
use crate::check::{CheckResult, Outcome};
use crate::edit::{self, Change, Editable, Edited, Fixed, patch, suppress};
use crate::report::escape::visible;
use crate::session::Verdicts;

/// What stands for the reason until somebody writes one: an editor does not ask.
const REASON: &str = "TODO: say why this is accepted";

/// How many changes are tried at once for an editor that cannot wait with that.
const AT_ONCE: usize = 8;

/// The kind of the action that makes all safe changes of a file.
pub fn fix_all() -> CodeActionKind {
    CodeActionKind::from("source.fixAll.armlint".to_owned())
}

/// What is to be done, as an action carries it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
enum Plan {
    /// The change that the findings of a rule at a place offer.
    Fix { file: Uri, rule: String, bytes: Range<usize> },
    /// A comment that accepts them.
    Suppress { file: Uri, rule: String, bytes: Range<usize> },
    /// All safe changes of a file.
    All { file: Uri },
}

/// The actions for a stretch of a file.
pub fn offered(state: &mut State, params: &CodeActionParams) -> Result<Vec<CodeAction>, Refusal> {
    let Some(path) = uri::path(&params.text_document.uri) else { return Ok(Vec::new()) };
    let only = params.context.only.as_deref();
    let wanted = |kind: &CodeActionKind| only.is_none_or(|only| only.iter().any(|o| includes(o, kind)));
    let Some(folder) = state.workspace.owner(&path) else { return Ok(Vec::new()) };
    let (Some(verdicts), Some(shown)) = (folder.verdicts(), folder.shows.files.get(&path)) else {
        return Ok(Vec::new());
    };
    let editable = Editable::of(verdicts);
    let file = &params.text_document.uri;
    let mut actions = Vec::new();
    let mut safe = 0;
    for s in shown {
        let Some(result) = s.result.and_then(|i| verdicts.results().get(i)) else { continue };
        let change = edit::offered(result, verdicts).filter(|c| editable.may(&c.path));
        safe += change.iter().filter(|c| c.safety == Safety::Safe && c.path == path).count();
        let range = s.diagnostic.range;
        let meets = range.start <= params.range.end && params.range.start <= range.end;
        if !meets || result.outcome != Outcome::Fail || !wanted(&CodeActionKind::QuickFix) {
            continue;
        }
        let rule = result.rule.id.to_string();
        let about = Some(vec![s.diagnostic.clone()]);
        let action = |title: String, diagnostics: Option<Vec<Diagnostic>>| CodeAction {
            title,
            kind: Some(CodeActionKind::QuickFix),
            diagnostics,
            ..CodeAction::default()
        };
        if let Some(change) = change {
            let plan = Plan::Fix { file: file.clone(), rule: rule.clone(), bytes: s.bytes.clone() };
            let first_safe = change.safety == Safety::Safe;
            let unseen = if first_safe { "" } else { " (look at it: it may cost money or reach other places)" };
            let title = format!("{}{unseen}", visible(&change.description));
            let fix = CodeAction { is_preferred: first_safe.then_some(true), ..action(title, about.clone()) };
            actions.push((fix, Some(plan)));
        }
        if editable.may(&path) {
            let plan = Plan::Suppress { file: file.clone(), rule: rule.clone(), bytes: s.bytes.clone() };
            actions.push((action(format!("Accept {rule} here, with a reason"), about.clone()), Some(plan)));
        }
        if let Some(page) = s.diagnostic.code_description.as_ref().filter(|_| state.client.opens) {
            let title = format!("Open the page of {rule}");
            let arguments = Some(vec![Value::from(page.href.0.as_str())]);
            let command =
                Command { title: title.clone(), command: commands::OPEN_PAGE.to_owned(), arguments, tooltip: None };
            actions.push((CodeAction { command: Some(command), ..action(title, about) }, None));
        }
    }
    if safe > 0 && wanted(&fix_all()) {
        let title = "Make all safe changes of armlint in this file".to_owned();
        let all = CodeAction { title, kind: Some(fix_all()), ..CodeAction::default() };
        actions.push((all, Some(Plan::All { file: file.clone() })));
    }
    let mut at_once = AT_ONCE;
    let mut out = Vec::with_capacity(actions.len());
    for (mut action, plan) in actions {
        match plan {
            Some(plan) if state.client.resolves => action.data = serde_json::to_value(plan).ok(),
            Some(plan) => {
                // What does not keep its word is not offered, and neither is what would take too long to try.
                let tried = (at_once > 0).then(|| carried_out(state, &plan).ok()).flatten();
                at_once = at_once.saturating_sub(1);
                let Some(edit) = tried else { continue };
                action.edit = Some(edit);
            }
            None => {}
        }
        out.push(action);
    }
    Ok(out)
}

/// Whether a kind that somebody asks for includes another: `source` includes `source.fixAll`.
fn includes(asked: &CodeActionKind, kind: &CodeActionKind) -> bool {
    let (asked, kind) = (String::from(asked.clone()), String::from(kind.clone()));
    asked.is_empty() || kind.strip_prefix(asked.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// An action with its edit.
pub fn resolved(state: &mut State, mut action: CodeAction) -> Result<CodeAction, Refusal> {
    if let Some(data) = &action.data {
        let plan = Plan::deserialize(data).map_err(|e| Refusal::new(ErrorCode::InvalidParams, e.to_string()))?;
        action.edit = Some(carried_out(state, &plan)?);
    }
    Ok(action)
}

/// Carries out a plan in memory, judges what comes of it, and gives the edit.
fn carried_out(state: &mut State, plan: &Plan) -> Result<WorkspaceEdit, Refusal> {
    let (Plan::Fix { file, .. } | Plan::Suppress { file, .. } | Plan::All { file }) = plan;
    let path = uri::path(file).ok_or_else(|| failed(format!("{} is no file", file.0)))?;
    let mut rounds = 0;
    let tried = tried(state, &path, &mut |verdicts: &Verdicts| {
        rounds += 1;
        match plan {
            // Once the change is made, another finding of the rule may stand at the same place.
            Plan::Fix { .. } | Plan::Suppress { .. } if rounds > 1 => Vec::new(),
            Plan::Fix { rule, bytes, .. } => {
                here(verdicts, &path, rule, bytes).filter_map(|r| edit::offered(r, verdicts)).collect()
            }
            Plan::Suppress { rule, bytes, .. } => {
                let words = suppress::Words { rule: rule.clone(), reason: REASON.to_owned(), until: None };
                here(verdicts, &path, rule, bytes).flat_map(|r| suppress::of(r, verdicts, &words)).collect()
            }
            Plan::All { .. } => safe(verdicts).filter(|c| c.path == path).collect(),
        }
    })?;
    match (tried.files.is_empty(), tried.why) {
        (false, _) => Ok(edits::of(&state.client, &state.documents, tried.files)),
        (true, Some(why)) => Err(failed(format!("not done: {why}"))),
        (true, None) => Err(failed("the finding is not there any more".to_owned())),
    }
}

/// Makes all safe changes of a folder in memory, or of the file that lies in none; gives what came of it.
pub fn all_below(state: &mut State, place: &Path) -> Result<Tried, Refusal> {
    tried(state, place, &mut |verdicts: &Verdicts| safe(verdicts).collect())
}

fn safe(verdicts: &Verdicts) -> impl Iterator<Item = Change> {
    let all = verdicts.results().iter().filter_map(|r| edit::offered(r, verdicts));
    all.filter(|c| c.safety == Safety::Safe)
}

fn failed(message: String) -> Refusal {
    Refusal::of_protocol(LspErrorCodes::RequestFailed, message)
}

/// What came of changes that were tried in memory.
#[derive(Debug)]
pub struct Tried {
    /// What the editor has to change so that its texts are as they were tried.
    pub files: Vec<(PathBuf, Vec<TextEdit>)>,
    /// How many changes that is.
    pub made: usize,
    /// How many did not keep their word.
    pub refused: usize,
    /// Why the first of those did not.
    pub why: Option<String>,
}

/// Tries the changes that are proposed, in the folder that holds a path. Nothing stays of it but the answer.
fn tried(state: &mut State, path: &Path, propose: &mut dyn FnMut(&Verdicts) -> Vec<Change>) -> Result<Tried, Refusal> {
    let State { documents, workspace, .. } = state;
    let folder = workspace.owner_mut(path).ok_or_else(|| failed(format!("{} is not looked at", path.display())))?;
    let mut touched = BTreeSet::new();
    let mut propose = |verdicts: &Verdicts| {
        let editable = Editable::of(verdicts);
        let proposed: Vec<Change> = propose(verdicts).into_iter().filter(|c| editable.may(&c.path)).collect();
        touched.extend(proposed.iter().map(|c| c.path.clone()));
        proposed
    };
    let fixed = match folder.session() {
        Some(session) => edit::fix(session, &mut propose, &mut |_, _, _| true),
        None => return Err(failed("the folder could not be judged".to_owned())),
    };
    // The texts that were tried are not those of the editor.
    folder.restore(documents, touched);
    let Fixed { files, made, refused, .. } = fixed.map_err(|wrong| failed(wrong.to_string()))?;
    Ok(Tried {
        files: files.iter().map(|(path, edited)| (path.clone(), changes(documents, path, edited))).collect(),
        made: made.len(),
        refused: refused.len(),
        why: refused.into_iter().next().map(|r| r.why),
    })
}

/// The failures of a rule that are shown at a place.
fn here<'v>(
    verdicts: &'v Verdicts,
    path: &'v Path,
    rule: &'v str,
    bytes: &'v Range<usize>,
) -> impl Iterator<Item = &'v CheckResult> {
    verdicts.results().iter().filter(move |r| {
        let at = r.location.as_ref().map(|l| l.span).filter(|span| span.range() == *bytes);
        r.outcome == Outcome::Fail
            && r.rule.id == rule
            && at.and_then(|span| verdicts.source(span)).is_some_and(|source| source.path == path)
    })
}

/// What the editor has to change in a file so that its text is as it was tried.
fn changes(documents: &Documents, path: &Path, edited: &Edited) -> Vec<TextEdit> {
    let lines = documents.lines(path, edited.before.text());
    let replaced = patch::replacements(edited.before.text(), &edited.after);
    replaced.into_iter().map(|(bytes, new_text)| TextEdit { range: lines.range(bytes), new_text }).collect()
}
