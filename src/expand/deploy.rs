//! The whole of an expansion: a root template and its parameters to [`Deployed`].

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::context::Context;
use super::deployed::{Deployed, Deployment, Resource, Unread};
use super::eval::Interpreter;
use super::frame::Frame;
use super::ids;
use super::instance::{GivesTo, Instance};
use super::misfit::{Misfit, misfit};
use super::nested::secret_reference;
use super::residual::Residual;
use super::run::{Limits, Run};
use super::types;
use super::value::{Data, Object, Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::model::Loader;
use crate::model::parameters::{GivenValue, ParameterFile};
use crate::model::{Builtin, Expr, ExprKind, Template, TemplateRef, is_stack};
use crate::nesting;
use crate::source::{Span, asked};

/// What is said of a deployment stack whose template is not written in place, or in part for the stack and in part for the engine, to
/// which it is a property like any other.
const STACK: &str = "what this deployment stack deploys is not read, and not judged: scan its template as a file of its own, or \
                     deploy it as a module";

/// Expands a root template.
///
/// `parameters` are the values given from outside; a parameter that has neither a value nor a default stays a residual.
/// The result says everything that could be found out, with diagnostics for the rest.
pub fn expand(
    loader: &dyn Loader,
    template: Arc<Template>,
    parameters: Option<&ParameterFile>,
    context: Context,
    limits: Limits,
) -> Deployed {
    let run = Run::new(loader, limits);
    // If that is refused, so is what is evaluated first, which has a place of its own.
    let _ = run.deployment(&template, template.span);
    let given = match parameters {
        Some(file) => values_of_file(&run, &template, file, &context),
        None => vec![None; template.parameters.len()],
    };
    let span = template.span;
    let root = Instance::new(0, template, context, None, true, Vec::new(), given, span);
    run.instances.borrow_mut().push(Rc::new(root));
    let mut out = Deployed::default();
    collect(&run, 0, None, &mut out);
    out.spent = run.spent();
    out.needed = run.needed();
    out.stopped = run.is_exhausted();
    out.linked = run.linked.take();
    out.diagnostics = run.into_diagnostics();
    out
}

/// Whether a folder belongs to a project of the Azure Developer CLI: it is deployed by `azd`, which reads `azure.yaml`. One above
/// the repository is no business of ours.
fn is_of_azd(folder: &Path) -> bool {
    for at in folder.ancestors() {
        if ["azure.yaml", "azure.yml"].iter().any(|name| asked::is_file(&at.join(name))) {
            return true;
        }
        if asked::exists(&at.join(".git")) {
            return false;
        }
    }
    false
}

/// What a parameter file gives to each parameter of a template.
pub(super) fn values_of_file(
    run: &Run<'_>,
    template: &Arc<Template>,
    file: &ParameterFile,
    context: &Context,
) -> Vec<Option<Value>> {
    // The folders that were asked about: a file may give thousands of such values.
    let mut of_azd: FxHashMap<PathBuf, bool> = FxHashMap::default();
    for g in file.given() {
        // What a file inherits from those that it extends may be meant for other templates.
        let inherited = g.name_span.file != file.file;
        if !inherited && template.parameter(&g.name).is_none() {
            let message = format!("the template has no parameter '{}'", g.name);
            // azd gives a template the parameters that it declares, and drops the others.
            let folder = run.loader.folder(g.name_span);
            if !folder.is_some_and(|f| *of_azd.entry(f).or_insert_with_key(|f| is_of_azd(f))) {
                run.report(Diagnostic::error("unknown-parameter", g.name_span, message));
            }
        }
    }
    // Values of a parameter file see the variables and functions of that file, and no template.
    let around = file
        .definitions
        .clone()
        .unwrap_or_else(|| Arc::new(Template::empty(template.file, template.span, template.scope)));
    let around = Instance::new(0, around, context.clone(), None, true, Vec::new(), Vec::new(), template.span);
    let gives_to = Some(GivesTo { template: template.clone(), taken: taken(template, file) });
    let around = Instance { gives_to, ..around };
    let evaluator = Interpreter::new(run, Rc::new(around));
    template
        .parameters
        .iter()
        .map(|p| {
            let given = file.get(&p.name)?;
            Some(match &given.value {
                GivenValue::Value(expr) => {
                    let value = evaluator.settle(expr, &Frame::ROOT);
                    // For null the default takes its place.
                    if let Some(wrong) = misfit(template, &p.ty, &value, &p.name).filter(|_| !value.is_null()) {
                        run.report(no_value(&p.name, &wrong, expr.span));
                    }
                    value
                }
                GivenValue::Secret(span) => {
                    let mut v = secret_reference(&Value::str(""));
                    v.origin = Origin::computed(*span);
                    v
                }
                // What it may name beside what is looked up, Azure says: nothing in it is a mistake.
                GivenValue::Expression(expr) => run.granting(None, || evaluator.settle(expr, &Frame::ROOT)),
                GivenValue::Nothing(_) => return None,
            })
        })
        .collect()
}

/// A value given at `span` is none that the parameter takes.
fn no_value(name: &str, wrong: &Misfit<'_>, span: Span) -> Diagnostic {
    let why = match wrong.path == name {
        true => wrong.why.trim_start_matches("does not fit: ").to_owned(),
        false => format!("{} {}", wrong.path, wrong.why),
    };
    // What is computed stands where it is computed, and may do so in another file.
    let own = wrong.part.origin.place.filter(|p| p.file == span.file && span.start <= p.start && p.end <= span.end);
    let message = format!("this is no value for the parameter '{name}': {why}");
    Diagnostic::error("parameter-value", own.unwrap_or(span), message)
}

/// The variables of a parameter file whose values are what a secure parameter takes, and the place of that parameter.
fn taken(template: &Template, file: &ParameterFile) -> Vec<(EcoString, usize)> {
    let mut out = Vec::new();
    for (index, p) in template.parameters.iter().enumerate().filter(|(_, p)| types::has_secret(template, &p.ty)) {
        let Some(GivenValue::Value(value)) = file.get(&p.name).map(|g| &g.value) else { continue };
        let mut at = Some(value);
        for _ in 0..nesting::ALIAS.levels() {
            let Some(name) = at.and_then(|e| variable(e)) else { break };
            out.push((name.clone(), index));
            at = file.definitions.as_ref().and_then(|d| d.variable(name)).map(|(_, v)| &v.value);
        }
    }
    out
}

/// The variable that an expression is, and nothing else.
fn variable(e: &Expr) -> Option<&EcoString> {
    match &e.kind {
        ExprKind::Expression(inner) => variable(inner),
        ExprKind::Call(call) if Builtin::of(call) == Some(Builtin::Variables) => {
            call.args.first().and_then(Expr::as_str)
        }
        _ => None,
    }
}

/// Adds a deployment and everything below it to the result, in document order. Gives its index there.
fn collect(run: &Run<'_>, instance: usize, from: Option<(usize, usize)>, out: &mut Deployed) -> usize {
    let evaluator = Interpreter::new(run, run.instance(instance));
    let own = evaluator.instance.clone();
    let here = out.deployments.len();
    out.deployments.push(Deployment {
        parent: from.map(|f| f.0),
        name: own.context.deployment_name.clone().unwrap_or_else(|| {
            Value::residual(Residual::access(
                Value::residual(Residual::call("deployment", Vec::new())),
                Value::str("name"),
            ))
        }),
        id: Value::null(),
        template: own.template.clone(),
        parameters: Vec::new(),
        given: own.given.iter().map(|given| given.is_some() || own.unread).collect(),
        outputs: Vec::new(),
        resource: from.map(|f| f.1),
        place: own.place,
        inner: own.inner,
    });
    let deployment_id = match from {
        Some((_, resource)) => out.resources[resource].id.clone(),
        None => {
            let name = out.deployments[here].name.clone();
            ids::resource_id(&own.context, None, "Microsoft.Resources/deployments", &name)
        }
    };
    out.deployments[here].id = deployment_id;
    for declared in evaluator.table().iter() {
        let Some(body) = evaluator.body(declared) else { continue };
        let index = out.resources.len();
        let resource = &declared.resource;
        let depends_on =
            resource.depends_on.as_ref().map(|d| evaluator.frame_of(declared, |f| evaluator.lexical().settle(d, f)));
        out.resources.push(Resource {
            id: declared.id.clone(),
            type_: declared.type_.clone(),
            name: declared.name.clone(),
            api_version: declared.api_version.clone(),
            body,
            condition: declared.condition.clone(),
            existing: resource.existing,
            scope: declared.scope.clone(),
            symbol: resource.symbol.as_ref().map(|s| s.0.clone()),
            pointer: resource.pointer.clone(),
            place: resource.place,
            span: resource.span,
            deployment: here,
            deploys: None,
            depends_on,
            asks: evaluator.asked_by_name(declared),
            repeated: declared.repeated.clone(),
        });
        if !resource.existing && resource.deployment.is_none() && is_stack(&declared.type_) {
            run.report(Diagnostic::warning("template-linked", resource.place, STACK));
        }
        if let Some(child) = evaluator.child(declared) {
            let deploys = collect(run, child, Some((here, index)), out);
            out.resources[index].deploys = Some(deploys);
        } else if let Some(deployment) = resource.deployment.as_deref().filter(|_| !resource.existing) {
            let (named, is_path) = match &deployment.template {
                TemplateRef::File { span, .. } | TemplateRef::Missing(span) => (*span, true),
                TemplateRef::Linked(value) | TemplateRef::Relative(value) | TemplateRef::Computed(value) => {
                    (value.span, false)
                }
                TemplateRef::Chosen(chosen) => (chosen.whole.span, false),
                TemplateRef::Inline(_) => (resource.place, false),
            };
            let parameters = evaluator.handed(declared, deployment);
            let template = evaluator.computed(declared, deployment);
            out.unread.push(Unread { resource: index, named, is_path, parameters, template });
        }
    }
    out.deployments[here].parameters = (0..own.template.parameters.len())
        .map(|i| {
            evaluator.parameter(i, own.template.parameters[i].name_span).unwrap_or_else(|f| {
                run.fail(&f);
                Value::residual(evaluator.unknown_parameter(i))
            })
        })
        .collect();
    out.deployments[here].outputs = (0..own.template.outputs.len())
        .filter_map(|i| Some((own.template.outputs[i].name.clone(), evaluator.output_at(i)?)))
        .collect();
    here
}

/// An object with these members, for callers that build values (the context of a deployment).
pub fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let mut o = Object::default();
    for (key, value) in members {
        o.set(key.into(), None, value);
    }
    Value { data: Data::Object(Rc::new(o)), origin: Origin::default() }
}
