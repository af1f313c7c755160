//! The examples of rule pages, run as tests: for our own pages, and for those of a repository (`armlint rules test`).

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::check::{self, CheckInput, CheckResult, FileKind, FileTarget, Outcome};
use crate::diagnostic::Diagnostic;
use crate::expand::context::{ASSUMED_GROUP, ASSUMED_SUBSCRIPTION};
use crate::expand::{Context, Deployed, Limits, Value, expand};
use crate::model::Library;
use crate::read::Sources;
use crate::rules::page::Example;
use crate::rules::{RuleSet, Settings};
use crate::scan::language::Language;
use crate::session::{Options, Session};
use crate::suppress;

/// The clock of examples.
const NOW: &str = "2026-07-09T00:00:00Z";

/// The parameter file of an example that has one.
const PARAMETERS: &str = "main.bicepparam";

/// An example that was run.
#[derive(Debug)]
pub struct Ran {
    /// The verdicts.
    pub results: Vec<CheckResult>,
    /// What was wrong with the example itself.
    pub diagnostics: Vec<String>,
    /// Its text.
    pub sources: Arc<Sources>,
}

impl Ran {
    /// All outcomes in one word, the worst: `fail`, `unknown`, `pass`, or `none`.
    pub fn outcome(&self) -> &'static str {
        let any = |o: Outcome| self.results.iter().any(|r| r.outcome == o);
        match () {
            () if any(Outcome::Error) => "error",
            () if any(Outcome::Fail) => "fail",
            () if any(Outcome::Unknown) => "unknown",
            () if any(Outcome::Pass) => "pass",
            () => "none",
        }
    }
}

/// Runs an example with some rules, in the deployment context that `scan` has unless somebody says otherwise, in an empty folder.
///
/// # Errors
/// Why it cannot be run, in words.
pub fn run(rules: &RuleSet, example: &Example) -> Result<Ran, String> {
    if rules.rules().iter().any(|r| r.entry.id == suppress::UNUSED) {
        return scanned(rules, example);
    }
    let folder = tempfile::tempdir().map_err(|e| format!("there is no room for its file: {e}"))?;
    let sources = Arc::new(Sources::new());
    let library = Library::new(sources.clone(), folder.path(), None);
    let mut settings = Settings::new();
    for (key, value) in &example.config {
        settings.set(key, serde_json::from_str(value).unwrap_or_else(|_| value.as_str().into()));
    }
    let now: Timestamp = NOW.parse().map_err(|e| format!("the clock cannot be read: {e}"))?;
    let mut input = CheckInput { root_name: "main".into(), sources: Some(&sources), ..CheckInput::at(now) };

    // What follows this line is a parameter file beside the template.
    let (text, parameters) = match example.text.split_once(&format!("// {PARAMETERS}\n")) {
        Some((text, parameters)) if example.language == "bicep" => (text.to_owned(), Some(parameters)),
        _ => (example.text.clone(), None),
    };
    let (name, text) = match example.language.as_str() {
        "bicep" => ("main.bicep", text),
        _ => ("main.json", template_text(&example.text)?),
    };
    let path = folder.path().join(name);
    std::fs::write(&path, text).map_err(|e| format!("its file cannot be written: {e}"))?;
    let said = |d: Diagnostic| d.message;
    if let Some(language) = Language::new(rules, false, false, Offset::UTC.to_datetime(now).date()) {
        let (source, file) = (library.source(&path).map_err(said)?, library.bicep(&path).map_err(said)?);
        let mut results = language.of(&library, &source, &file, false, name);
        if let Some(parameters) = parameters {
            let path = folder.path().join(PARAMETERS);
            std::fs::write(&path, parameters).map_err(|e| format!("its parameters cannot be written: {e}"))?;
            let source = library.source(&path).map_err(said)?;
            let file = crate::read::bicep::parse_params(&source);
            results.extend(language.of(&library, &source, &file, true, PARAMETERS));
        }
        return Ok(Ran { results, diagnostics: library.take_diagnostics().into_iter().map(said).collect(), sources });
    }
    let mut deployed: Option<Deployed> = None;
    let mut exported: Vec<Value> = Vec::new();
    let (mut content, mut linked, mut kind) = (None, None, FileKind::Bicep);
    let mut diagnostics = Vec::new();
    if name == "main.json" {
        let document = library.document(&path).map_err(said)?;
        let value = document.root().map(check::as_written).ok_or("it is empty")?;
        if check::looks_exported(&value) {
            exported = value.as_array().map_or_else(|| vec![value.clone()], <[Value]>::to_vec);
        }
        kind = match value.get("$schema").and_then(Value::as_str) {
            Some(schema) if schema.to_lowercase().contains("deploymentparameters") => FileKind::Parameters,
            _ => FileKind::Template,
        };
        linked = value.get("metadata").and_then(|m| m.get("template")).and_then(Value::as_str).cloned();
        content = Some(value);
    }
    if exported.is_empty() && kind != FileKind::Parameters {
        let template = library.open(&path).map_err(said)?;
        let nobody = || Some(Value::str(ASSUMED_SUBSCRIPTION));
        let context = Context {
            subscription_id: nobody(),
            tenant_id: nobody(),
            resource_group: Some(Value::str(ASSUMED_GROUP)),
            location: Some(Value::str("eastus")),
            deployment_name: Some(Value::str("ps-rule-test-deployment")),
            ..Context::unknown(template.scope)
        };
        let done = expand(&library, template, None, context, Limits::default());
        diagnostics.extend(done.diagnostics.iter().map(|d| d.message.clone()));
        deployed = Some(done);
    }
    diagnostics.extend(library.take_diagnostics().into_iter().map(said));
    input.deployed = deployed.as_ref();
    input.exported = &exported;
    let files = [FileTarget {
        type_: if name == "main.json" { ".json".into() } else { ".bicep".into() },
        name: name.into(),
        kind,
        content,
        // Examples are files of their own: a link is taken for good.
        template: linked,
    }];
    input.files = &files;
    let results = check::check(&input, rules, &settings);
    Ok(Ran { results, diagnostics, sources })
}

/// A whole scan, for a rule about what the others come to.
fn scanned(rules: &RuleSet, example: &Example) -> Result<Ran, String> {
    let folder = tempfile::tempdir().map_err(|e| format!("there is no room for its file: {e}"))?;
    let name = if example.language == "bicep" { "main.bicep" } else { "main.json" };
    std::fs::write(folder.path().join(name), &example.text).map_err(|e| format!("its file cannot be written: {e}"))?;
    let options = Options { with_passes: true, ..Options::new(folder.path()) };
    let verdicts = Session::new(options).and_then(|mut s| s.check()).map_err(|e| e.to_string())?;
    let is_asked = |r: &&CheckResult| rules.rules().iter().any(|asked| asked.entry.id == r.rule.id);
    Ok(Ran {
        results: verdicts.results().iter().filter(is_asked).cloned().collect(),
        diagnostics: verdicts.diagnostics().iter().map(|d| d.message.clone()).collect(),
        sources: verdicts.sources().clone(),
    })
}

/// A whole template as it stands; resources as they are declared become a template; exported resources stay.
fn template_text(text: &str) -> Result<String, String> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|e| format!("it is no JSON: {e}"))?;
    let declared = |v: &serde_json::Value| v.get("apiVersion").is_some();
    let resources = match &value {
        serde_json::Value::Array(items) if items.iter().all(declared) => text.to_string(),
        v if v.get("$schema").is_none() && declared(v) => format!("[{text}]"),
        _ => return Ok(text.to_string()),
    };
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    Ok(format!("{{\"$schema\": \"{schema}\", \"contentVersion\": \"1.0.0.0\", \"resources\": {resources}}}"))
}
