//! What a place in a text comes to: for every entry point that leads there, the value, and where that was decided.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ecow::EcoString;

use crate::check::phrases::show_value;
use crate::expand::{Deployed, Value};
use crate::model::{Builtin, Expr, ExprKind, Output, Resource, Template};
use crate::read::{FileId, Span};
use crate::scan::Asking;
use crate::session::Session;

/// The output by which a template is asked for a value; no template can have one of this name.
const ASKED: &str = "armlint asks";

/// How many entry points are expanded for an answer.
const ENTRIES: usize = 32;

/// How many values one entry point shows: a loop may make thousands.
const EACH: usize = 4;

/// What one entry point makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// The file that the entry point is known by: a parameter file, or a template.
    pub entry: PathBuf,
    /// The value as people read it, without secrets.
    pub value: String,
    /// The places from where it is used to where it was decided.
    pub way: Vec<Span>,
}

/// The answer.
#[derive(Debug, Default)]
pub struct Answer {
    /// What it is about.
    pub span: Option<Span>,
    /// What it comes to, in the order of entry points.
    pub came: Vec<Came>,
    /// How many entry points lead there and were not asked.
    pub more: usize,
}

/// What is asked for.
#[derive(Debug, Clone)]
enum What {
    /// An expression; one within a loop has a value only where it was used.
    Value(Expr),
    /// A parameter of the template in that file.
    Parameter(EcoString),
    /// A parameter of the template that a parameter file belongs to.
    Given(EcoString),
}

/// What the text at a byte of a file comes to. Literals are left out: they say it themselves.
pub fn at(session: &Session, path: &Path, byte: usize) -> Answer {
    let Ok(source) = session.sources().load(path) else { return Answer::default() };
    let at = Span::new(source.id, byte, byte);
    let library = session.library(path);
    let is_parameters = |path: &Path| {
        let given = session.parameters(path)?;
        let given = given.given().iter().find(|g| g.name_span.contains(at))?;
        Some((What::Given(given.name.clone()), given.name_span))
    };
    let template = library.open(path).ok();
    let found = is_parameters(path).or_else(|| find(template.as_ref()?, at));
    let Some((what, span)) = found else { return Answer::default() };
    let ask = |template: &Template| match &what {
        What::Value(expr) if template.file == source.id => Some(asked(template, expr)),
        _ => None,
    };
    let read = |deployed: &Deployed, entry: &Path| came(deployed, entry, source.id, &what);
    let (came, all) = session.ask(&Asking { file: path, most: ENTRIES, ask: &ask, read: &read });
    Answer { span: Some(span), more: all.saturating_sub(ENTRIES), came: came.into_iter().flatten().collect() }
}

/// What the parameters and variables of a template come to: the place of each name, and its different values, in order. Left out
/// are literals, which say it themselves, and what is not known before deployment.
pub fn declared(session: &Session, path: &Path) -> Vec<(Span, Vec<String>)> {
    let Ok(template) = session.library(path).open(path) else { return Vec::new() };
    let file = template.file;
    let name = |i: usize| format!("{ASKED} {i}");
    let ask = |template: &Template| {
        let mut template = (template.file == file).then(|| template.clone())?;
        let variables = template.variables.iter().enumerate().filter(|(_, v)| !is_literal(&v.value));
        let answers: Vec<Output> = variables.map(|(i, v)| output(&name(i), v.name_span, &v.value)).collect();
        template.outputs.extend(answers);
        Some(template)
    };
    let read = |deployed: &Deployed, _: &Path| {
        let mut known: Vec<(Span, String)> = Vec::new();
        for d in deployed.deployments.iter().filter(|d| d.template.file == file) {
            let parameters = d.template.parameters.iter().map(|p| p.name_span).zip(&d.parameters);
            let variables = d.template.variables.iter().enumerate().filter_map(|(i, v)| {
                let (_, value) = d.outputs.iter().find(|(own, _)| *own == name(i))?;
                Some((v.name_span, value))
            });
            let all = parameters.chain(variables).filter(|(_, value)| !value.is_residual());
            known.extend(all.map(|(place, value)| (place, show_value(value))));
        }
        known
    };
    let (read, _) = session.ask(&Asking { file: path, most: ENTRIES, ask: &ask, read: &read });
    let mut out: BTreeMap<Span, Vec<String>> = BTreeMap::new();
    for (place, value) in read.into_iter().flatten() {
        let values = out.entry(place).or_default();
        if !values.contains(&value) {
            values.push(value);
        }
    }
    out.into_iter().collect()
}

/// The same template, which also says what an expression comes to.
fn asked(template: &Template, expr: &Expr) -> Template {
    let mut template = template.clone();
    template.outputs.push(output(ASKED, expr.span, expr));
    template
}

fn output(name: &str, place: Span, value: &Expr) -> Output {
    let (ty, value) = (Default::default(), value.clone());
    Output { name: name.into(), name_span: place, ty, span: value.span, value, condition: None }
}

fn came(deployed: &Deployed, entry: &Path, file: FileId, what: &What) -> Vec<Came> {
    let mut values: Vec<&Value> = Vec::new();
    match what {
        What::Given(name) => {
            let root = deployed.deployments.first();
            values.extend(root.and_then(|d| d.parameters.get(d.template.parameter(name)?.0)));
        }
        What::Parameter(name) => {
            let here = deployed.deployments.iter().filter(|d| d.template.file == file);
            values.extend(here.filter_map(|d| d.parameters.get(d.template.parameter(name)?.0)));
        }
        What::Value(expr) => {
            // Where it was used it has its value, also within a loop.
            for resource in &deployed.resources {
                used(&resource.body, expr.span, &mut values);
                used(&resource.name, expr.span, &mut values);
            }
            // What a lambda binds is something else at each call.
            if values.is_empty() && !is_bound(expr) {
                let here = deployed.deployments.iter().filter(|d| d.template.file == file);
                let answers = here.flat_map(|d| d.outputs.iter().filter(|(name, _)| name == ASKED));
                values.extend(answers.map(|(_, value)| value));
            }
        }
    }
    let mut out: Vec<Came> = Vec::new();
    for value in values {
        let way = value.origin.chain().collect();
        let one = Came { entry: entry.to_path_buf(), value: show_value(value), way };
        if !out.contains(&one) && out.len() < EACH {
            out.push(one);
        }
    }
    out
}

/// The values that went through a text, in a value and all that it holds.
fn used<'v>(value: &'v Value, span: Span, out: &mut Vec<&'v Value>) {
    if value.origin.chain().any(|place| place == span) {
        out.push(value);
        return;
    }
    for item in value.as_array().unwrap_or_default() {
        used(item, span, out);
    }
    for member in value.as_object().map(|o| o.members.as_slice()).unwrap_or_default() {
        used(&member.value, span, out);
    }
}

/// What stands at a place of a template: a declaration by its name, or the innermost expression that is no literal.
fn find(template: &Template, at: Span) -> Option<(What, Span)> {
    let parameter = template.parameters.iter().find(|p| p.name_span.contains(at));
    if let Some(p) = parameter {
        return Some((What::Parameter(p.name.clone()), p.name_span));
    }
    let named = template.variables.iter().map(|v| (v.name_span, &v.value));
    let mut named = named.chain(template.outputs.iter().map(|o| (o.name_span, &o.value)));
    if let Some((span, value)) = named.find(|(span, _)| span.contains(at)) {
        return Some((What::Value(value.clone()), span));
    }
    let (expr, span) = in_template(template, at)?;
    Some((What::Value(expr.clone()), span))
}

fn in_template(template: &Template, at: Span) -> Option<(&Expr, Span)> {
    // Elsewhere may stand what another declaration makes of it: the first of a loop's resources, say.
    let around = template.resources.iter().filter(|r| r.span.contains(at)).find_map(|r| in_resource(r, at));
    around.or_else(|| elsewhere(template, at))
}

fn elsewhere(template: &Template, at: Span) -> Option<(&Expr, Span)> {
    let defaults = template.parameters.iter().filter_map(|p| p.default.as_ref());
    let values = template.variables.iter().map(|v| &v.value).chain(template.outputs.iter().map(|o| &o.value));
    let found = defaults.chain(values).find_map(|e| innermost(e, at));
    found.or_else(|| template.resources.iter().find_map(|r| in_resource(r, at)))
}

fn in_resource(r: &Resource, at: Span) -> Option<(&Expr, Span)> {
    let parameters = r.deployment.as_ref().and_then(|d| d.parameters.as_ref());
    let copy = r.copy.as_ref().map(|c| &c.count);
    let own = [Some(&r.name), r.condition.as_ref(), copy, r.scope.as_ref(), Some(&r.body), parameters];
    let inline = || r.deployment.as_ref()?.template.inline().into_iter().find_map(|template| in_template(template, at));
    let found = own.into_iter().flatten().find_map(|e| innermost(e, at));
    found.or_else(|| r.children.iter().find_map(|c| in_resource(c, at))).or_else(inline)
}

/// Whether it is what a lambda binds.
fn is_bound(e: &Expr) -> bool {
    matches!(&e.kind, ExprKind::Call(call) if Builtin::named(&call.name) == Some(Builtin::LambdaVariables))
}

/// Whether it is written out where it stands, whatever stands in it.
fn is_literal(e: &Expr) -> bool {
    matches!(
        e.kind,
        ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Object(_)
            | ExprKind::Array(_)
            | ExprKind::Invalid(_)
    )
}

/// The innermost expression at a place that is no literal, with the place that stands for it: its own, or that of the key before
/// it.
fn innermost(e: &Expr, at: Span) -> Option<(&Expr, Span)> {
    let below = || match &e.kind {
        ExprKind::Object(properties) => properties.iter().find_map(|p| {
            let by_key = p.key.span.contains(at) && p.value.span != p.key.span;
            innermost(&p.value, at).or_else(|| by_key.then_some((&p.value, p.key.span)))
        }),
        ExprKind::Array(items) => items.iter().find_map(|item| innermost(item, at)),
        // The name in `parameters('name')` is no value.
        ExprKind::Call(call) if matches!(call.name.as_str(), "parameters" | "variables") => None,
        ExprKind::Call(call) => call.args.iter().find_map(|arg| innermost(arg, at)),
        ExprKind::Access { base, .. } => innermost(base, at),
        ExprKind::Loop(l) => innermost(&l.count, at).or_else(|| innermost(&l.input, at)),
        ExprKind::Expression(inner) => innermost(inner, at),
        _ => None,
    };
    let own = || (!is_literal(e) && e.span.contains(at)).then_some((e, e.span));
    // What Bicep writes in one word is a call with an argument in the model, at the same place.
    below().filter(|(_, span)| *span != e.span || !e.span.contains(at)).or_else(own)
}

/// The call at a place that names a parameter or variable.
pub fn call_at(template: &Template, at: Span) -> Option<&Expr> {
    in_template(template, at).map(|(e, _)| e)
}
