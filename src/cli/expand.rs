//! `armlint expand`

use std::path::Path;

use super::args::ExpandArgs;
use super::predicted::Printer;
use super::{Error, print, status, working_directory};
use crate::diagnostic::{Diagnostic, Level};
use crate::expand::{self, Context, Deployed, Limits, Value};
use crate::journal::{self, Work};
use crate::model::{Held, Template};
use crate::report::escape;
use crate::scan::{Project, in_order, secrets_of, suspect_lines, with_threads};
use crate::source::resolved;
use crate::walk::Roots;
use crate::walk::classify::Kind;
use crate::walk::entries::Entry;
use crate::walk::inputs::{self, Input, Wanted};

pub(super) fn run(args: &ExpandArgs) -> Result<u8, Error> {
    let (text, failed) = document(args)?;
    print(|out| write!(out, "{text}"))?;
    Ok(if failed { status::INCOMPLETE } else { status::GOOD })
}

/// What the command prints, and whether a diagnostic in it is an error.
///
/// # Errors
/// [`Error`] for what cannot be expanded.
pub fn document(args: &ExpandArgs) -> Result<(String, bool), Error> {
    let base = working_directory()?;
    let project = Project::new(Roots::new(args.reach.root.as_deref(), &base), args.reach.cache_dir.as_deref())
        .with_max_file_size(args.reach.max_file_size);
    with_threads(|| expansion(&project, args))?
}

/// The document as text, and whether a diagnostic is an error. (Values do not leave the thread that made them.)
fn expansion(project: &Project, args: &ExpandArgs) -> Result<(String, bool), Error> {
    let file = open(project, &args.file)?;
    let mut diagnostics = Vec::new();
    let (template, mut parameters) = match (&args.parameters, file.kind) {
        (None, kind) if kind.is_template() => (file, None),
        (Some(path), kind) if kind.is_template() => (file, Some(open(project, path)?)),
        (None, kind) if kind.is_parameters() => {
            let template = project.with_finder(|finder| finder.template_of(&file));
            let template = template.map_err(|e| Error::Usage(format!("{}: {}", args.file.display(), e.reason)))?;
            (open(project, &template)?, Some(file))
        }
        (Some(_), kind) if kind.is_parameters() => {
            let message = format!("{} is a parameter file itself; leave --parameters out", args.file.display());
            return Err(Error::Usage(message));
        }
        _ => {
            let why = if file.reason.is_empty() { "it holds exported resources" } else { &file.reason };
            let message = format!("{} is no template, Bicep file or parameter file: {why}", args.file.display());
            return Err(Error::Usage(message));
        }
    };
    parameters.iter_mut().for_each(Input::taken_for_parameters);
    if let Some(other) = parameters.as_ref().filter(|p| !p.kind.is_parameters()) {
        let why = if other.reason.is_empty() { "it is something else" } else { &other.reason };
        return Err(Error::Usage(format!("{} is not a parameter file: {why}", other.path.display())));
    }
    let root = project.roots.report(&template.path);
    let mut inputs: Vec<Input> = std::iter::once(template).chain(parameters).collect();
    project.adopt(&mut inputs);
    let path = inputs[0].path.clone();
    let deployed = journal::during(Work::Evaluate, &path, || deploy(project, &inputs, args, &mut diagnostics))
        .unwrap_or_else(|lost| Err(lost.diagnostic(&path)));
    let deployed = deployed.unwrap_or_else(|diagnostic| {
        diagnostics.push(diagnostic);
        Deployed::default()
    });
    diagnostics.extend(deployed.diagnostics.iter().cloned());
    diagnostics.extend(inputs.iter().flat_map(|i| i.diagnostics.iter().cloned()));
    diagnostics.extend(project.take_diagnostics());
    let entry =
        Entry::Deployment { template: inputs[0].path.clone(), parameters: inputs.get(1).map(|p| p.path.clone()) };
    let mut secrets = secrets_of(project, &entry);
    suspect_lines(inputs.iter(), &diagnostics, &project.sources, &mut secrets);
    secrets.redact(&mut [], &mut diagnostics, &project.sources);
    let diagnostics = in_order(diagnostics, &project.sources);
    let printer = Printer { sources: &project.sources, root: &root };
    let document = printer.document(&deployed, &diagnostics, args.origins);
    let failed = diagnostics.iter().any(|d| d.level == Level::Error);
    Ok((escape::json(&document), failed))
}

fn deploy(
    project: &Project,
    inputs: &[Input],
    args: &ExpandArgs,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Deployed, Diagnostic> {
    let path = &inputs[0].path;
    let library = project.library(path);
    let template = library.open(path)?;
    let given = inputs.get(1).map(|p| project.parameters(&p.path, diagnostics)).transpose()?;
    let context = context(args, &template);
    Ok(expand::expand(&Held::new(&library), template, given.as_ref(), context, Limits::default()))
}

fn open(project: &Project, path: &Path) -> Result<Input, Error> {
    let path = resolved(&project.roots.base().join(path));
    let input =
        inputs::read(&project.sources, vec![Wanted { path: path.clone(), explicit: true, judged: true, bicep: false }])
            .pop();
    match input {
        Some(input) if input.source.is_some() => Ok(input),
        Some(Input { reason, kind: Kind::Other, .. }) => Err(Error::Usage(format!("{} {reason}", path.display()))),
        _ => Err(Error::Usage(format!("{} cannot be read", path.display()))),
    }
}

/// What the command line gives of the context; the rest stays residual.
fn context(args: &ExpandArgs, template: &Template) -> Context {
    let text = |given: &Option<String>| given.as_deref().map(Value::str);
    Context {
        subscription_id: text(&args.subscription_id),
        subscription_name: None,
        tenant_id: text(&args.tenant_id),
        resource_group: text(&args.resource_group),
        location: text(&args.location),
        management_group: text(&args.management_group),
        deployment_name: text(&args.deployment_name),
        now: args.now,
        ..Context::unknown(template.scope)
    }
}
