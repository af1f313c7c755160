//! Deployments within deployments, and modules.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use ecow::EcoString;

use super::context::Context;
use super::eval::Interpreter;
use super::instance::{Declared, Instance};
use super::known::{self, identity};
use super::linked;
use super::residual::Residual;
use super::value::{Data, Value};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::model::{Builtin, Deployment, Expr, Parameter, Resource, ScopeKind, Template, TemplateRef, is_stack};
use crate::nesting;
use crate::read::Span;

/// The code of a warning about a linked template that is judged on an assumption.
pub(super) const ASSUMED: &str = "template-assumed";

/// How far down a resource group is looked for that a module makes: a module for groups, perhaps within one of its own.
const MAX_MODULES: usize = 3;

/// So many conditions within one another are looked through for what a parameter is given.
const MAX_CHOICES: usize = 6;

impl Interpreter<'_> {
    /// The deployment that a resource makes, expanded at the first call; `None` if it makes none, or none that can be read.
    pub(super) fn child(&self, declared: &Rc<Declared>) -> Option<usize> {
        if let Some(known) = declared.child.get() {
            return *known;
        }
        let deployment = declared.resource.deployment.as_ref()?;
        if declared.evaluating.replace(true) {
            return None;
        }
        let child = self.run.granting_nothing(|| self.deploy(declared, deployment));
        declared.evaluating.set(false);
        *declared.child.get_or_init(|| child)
    }

    fn deploy(&self, declared: &Rc<Declared>, deployment: &Deployment) -> Option<usize> {
        let named = self.chosen(declared, &deployment.template);
        let template = self.template_of(declared, named)?;
        if let TemplateRef::File { span, .. } = named
            && self.is_cycle(&template, *span)
        {
            return None;
        }
        if let Err(failure) = self.run.deployment(&template, declared.resource.place) {
            self.run.fail(&failure);
            return None;
        }
        if !nesting::DEPLOYMENT.allows(self.depth()) {
            let message = format!(
                "deployments are nested more than {} levels deep; this one is not expanded",
                nesting::DEPLOYMENT.levels()
            );
            self.run.report(Diagnostic::error("deployment-limit", declared.resource.place, message));
            return None;
        }
        let lexical = self.lexical();
        let (context, parameters, link) = self.where_deployed(declared, || {
            self.frame_of(declared, |f| {
                let value = |e: &Option<Expr>| e.as_ref().map(|e| lexical.settle(e, f));
                let (subscription, group) = match stack_scope(&declared.resource) {
                    Some(scope) => place_of(&lexical.settle(scope, f)),
                    None => (value(&declared.resource.subscription_id), value(&declared.resource.resource_group)),
                };
                let context = self.child_context(declared, &template, subscription, group, value(&deployment.location));
                (context, value(&deployment.parameters), value(&deployment.parameters_link))
            })
        });
        let mut given = self.given(&template, parameters.as_ref(), deployment.plain);
        let linked = link.as_ref().zip(deployment.parameters_link.as_ref());
        let unread =
            linked.is_some_and(|(link, e)| !self.add_linked(&template, link, parameters.as_ref(), e.span, &mut given));
        let mut loops = Vec::new();
        if !deployment.inner {
            loops.extend(self.instance.loops.iter().cloned());
            loops.extend(declared.loops.iter().cloned());
        }
        let index = self.run.instances.borrow().len();
        let instance = Instance::new(
            index,
            template,
            context,
            Some((self.instance.index, declared.index)),
            deployment.inner,
            loops,
            given,
            declared.resource.place,
        );
        let supposed = self.instance.supposed || declared.condition.is_some();
        self.run.instances.borrow_mut().push(Rc::new(Instance { supposed, unread, ..instance }));
        Some(index)
    }

    /// The parameters that a deployment hands to a template nobody could read. What fails is no mistake here: whether Azure asks
    /// for it nobody knows.
    pub(super) fn handed(&self, declared: &Rc<Declared>, deployment: &Deployment) -> Option<Value> {
        let parameters = deployment.parameters.as_ref()?;
        let lexical = self.lexical();
        let settled = || self.frame_of(declared, |f| lexical.settle(parameters, f));
        Some(self.where_deployed(declared, || self.run.granting(None, settled)))
    }

    /// What the template of a deployment comes to that is computed, and could not be read: other values are another template.
    pub(super) fn computed(&self, declared: &Rc<Declared>, deployment: &Deployment) -> Option<Value> {
        let expr = match &deployment.template {
            TemplateRef::Computed(expr) => expr,
            TemplateRef::Chosen(chosen) => &chosen.whole,
            _ => return None,
        };
        let lexical = self.lexical();
        let settled = || self.frame_of(declared, |f| lexical.settle(expr, f));
        Some(self.where_deployed(declared, || self.run.granting(None, settled)))
    }

    /// Whether a module is the file itself, or one that has it as a module; a diagnostic names the cycle.
    fn is_cycle(&self, template: &Template, span: Span) -> bool {
        let mut files = vec![template.file];
        let mut at = Some(self.instance.clone());
        while let Some(now) = at {
            files.push(now.template.file);
            if now.template.file == template.file && now.template.pointer.is_empty() {
                files.reverse();
                files.dedup();
                let mut names: Vec<String> = files.iter().map(|f| self.run.loader.name(*f)).collect();
                if names.len() == 1 {
                    names.push(names[0].clone());
                }
                let message = format!("this module leads back to its own file: {}", names.join(" → "));
                self.run.report(Diagnostic::error("cycle", span, message));
                return true;
            }
            at = now.parent.map(|p| self.run.instance(p));
        }
        false
    }

    fn depth(&self) -> usize {
        let mut depth = 0;
        let mut at = self.instance.parent;
        while let Some(parent) = at {
            depth += 1;
            at = self.run.instance(parent).parent;
        }
        depth
    }

    /// The template that the conditions choose, as far as they are decided.
    fn chosen<'t>(&self, declared: &Rc<Declared>, template: &'t TemplateRef) -> &'t TemplateRef {
        let mut at = template;
        while let TemplateRef::Chosen(chosen) = at {
            let lexical = self.lexical();
            let condition = self.frame_of(declared, |f| lexical.settle(&chosen.condition, f));
            at = match condition.as_bool() {
                Some(true) => &chosen.yes,
                Some(false) => &chosen.no,
                None => break,
            };
        }
        at
    }

    fn template_of(&self, declared: &Rc<Declared>, template: &TemplateRef) -> Option<Arc<Template>> {
        let (path, span) = match template {
            TemplateRef::Chosen(chosen) => {
                self.unread(
                    chosen.condition.span,
                    "which template this deploys hangs on a condition that is not known, and what it deploys is not judged",
                );
                return None;
            }
            TemplateRef::Inline(template) => return Some(template.clone()),
            TemplateRef::Missing(_) => return None,
            TemplateRef::File { path, span } => (path.clone(), *span),
            TemplateRef::Relative(expr) => {
                let lexical = self.lexical();
                let value = self.frame_of(declared, |f| lexical.settle(expr, f));
                let Data::Str(text) = &value.data else {
                    self.unread(expr.span, "the path of the linked template is not known");
                    return None;
                };
                let relative: PathBuf = text.split(['/', '\\']).collect();
                (self.run.loader.folder(expr.span)?.join(relative), expr.span)
            }
            TemplateRef::Linked(expr) => {
                let lexical = self.lexical();
                let link = self.frame_of(declared, |f| lexical.settle(expr, f));
                let place = linked::place(&link).ok_or_else(|| linked::away(linked::TEMPLATE));
                return match place.and_then(|place| self.in_tree(&place, expr.span)) {
                    Ok((template, None)) => Some(template),
                    Ok((template, Some(assumed))) => {
                        self.run.report(Diagnostic::warning(ASSUMED, expr.span, assumed));
                        Some(template)
                    }
                    Err(why) => {
                        self.unread(expr.span, &why);
                        None
                    }
                };
            }
            TemplateRef::Computed(expr) => {
                // What is wrong with the expression is said, too.
                let lexical = self.lexical();
                self.frame_of(declared, |f| lexical.settle(expr, f));
                self.unread(
                    expr.span,
                    "the template of this deployment is computed and not read, and what it deploys is not judged: write it as an \
                     object, or load it from a file",
                );
                return None;
            }
        };
        match self.run.loader.load(&path, span) {
            Ok(template) => Some(template),
            Err(diagnostic) => {
                self.run.report(diagnostic);
                None
            }
        }
    }

    /// The template of this tree that a link leads to, and on what assumption. The place of the artifacts may be that of a
    /// deployment around this one.
    fn in_tree(&self, place: &linked::Place, span: Span) -> Result<(Arc<Template>, Option<String>), String> {
        let found = linked::found(place, linked::TEMPLATE, &self.folders_around(span), &self.run.repositories)?;
        let away = || linked::away(linked::TEMPLATE);
        let template = self.run.loader.load(&found.path, span).map_err(|_| away())?;
        if self.is_cycle(&template, span) { Err(away()) } else { Ok((template, found.assumed)) }
    }

    /// The folders of the file at a span, and of the deployments around this one, the nearest first.
    pub(super) fn folders_around(&self, span: Span) -> Vec<PathBuf> {
        let around = std::iter::successors(Some(self.instance.clone()), |at| at.parent.map(|p| self.run.instance(p)));
        let spans = std::iter::once(span).chain(around.map(|i| i.template.span));
        spans.filter_map(|s| self.run.loader.folder(s)).collect()
    }

    fn unread(&self, span: Span, message: &str) {
        self.run.report(Diagnostic {
            level: Level::Warning,
            code: "template-linked",
            message: message.into(),
            place: Place::Span(span),
        });
    }

    /// The context of a nested deployment: the parent's, moved to where the deployment says.
    fn child_context(
        &self,
        declared: &Declared,
        template: &Template,
        subscription: Option<Value>,
        group: Option<Value>,
        location: Option<Value>,
    ) -> Context {
        let mut context = self.instance.context.clone();
        context.scope = template.scope;
        context.deployment_name = Some(declared.name.clone());
        let known = |v: Option<Value>| v.filter(|v| !v.is_null() && v.as_str().is_none_or(|s| !s.is_empty()));
        let subscription = known(subscription);
        let group = known(group);
        if let Some(subscription) = subscription {
            let same = |a: &Value, b: &Value| matches!((a.as_str(), b.as_str()), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b));
            if !context.subscription_id.as_ref().is_some_and(|own| same(own, &subscription)) {
                context.subscription_name = None;
                context.subscription_state = None;
            }
            context.subscription_id = Some(subscription);
        }
        if let Some(group) = group {
            let same = matches!(
                (context.resource_group.as_ref().and_then(Value::as_str), group.as_str()),
                (Some(a), Some(b)) if a.eq_ignore_ascii_case(b)
            );
            if !same || self.instance.context.scope != ScopeKind::ResourceGroup {
                context.location = self.group_property(&group, &context, "location");
                context.tags = self.group_property(&group, &context, "tags");
                context.group_properties = None;
            }
            context.resource_group = Some(group);
            context.scope = ScopeKind::ResourceGroup;
        }
        if let Some(Data::Str(scope)) = declared.scope.as_ref().map(|s| &s.data) {
            let lower = scope.to_ascii_lowercase();
            if let Some(at) = lower.find("managementgroups/") {
                context.management_group = Some(Value::str(&scope[at + "managementgroups/".len()..]));
                context.management_group_properties = None;
            } else if let Some(rest) = lower.strip_prefix("/subscriptions/") {
                let id = &scope[scope.len() - rest.len()..];
                context.subscription_id = Some(Value::str(id.split('/').next().unwrap_or(id)));
            }
        }
        if context.scope != ScopeKind::ResourceGroup
            && let Some(location) = known(location)
        {
            context.location = Some(location);
        }
        context
    }

    /// What a resource group says of itself that this deployment makes, or one around it, or a module of them. `there` is where it
    /// is asked for: a group of another subscription is another one.
    fn group_property(&self, name: &Value, there: &Context, property: &str) -> Option<Value> {
        // The engine's snapshot asks only for a name that is known.
        if name.as_str().is_none() && self.instance.context.snapshot {
            return None;
        }
        let name = identity::canonical(name);
        let around = std::iter::successors(Some(self.instance.clone()), |at| at.parent.map(|p| self.run.instance(p)));
        let around: Vec<Interpreter<'_>> = around.map(|at| Interpreter::new(self.run, at)).collect();
        let found = |modules: usize| around.iter().find_map(|e| e.group(&name, there, modules));
        let (evaluator, group) = found(0).or_else(|| found(MAX_MODULES))?;
        evaluator.body(&group)?.get(property).filter(|v| !v.is_null()).cloned()
    }

    /// The resource group of this name (as [`identity::canonical`] has it) that this deployment makes, or one so many levels
    /// below it.
    fn group(&self, name: &str, there: &Context, modules: usize) -> Option<(Self, Rc<Declared>)> {
        let table = self.table();
        let subscriptions = decided_subscription(&self.instance.context).zip(decided_subscription(there));
        let is_elsewhere = subscriptions.is_some_and(|(own, asked)| !own.eq_ignore_ascii_case(asked));
        let is_group = |d: &&Rc<Declared>| {
            d.type_.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups")
                && !d.resource.existing
                && identity::canonical(&d.name) == name
        };
        if let Some(found) = table.iter().filter(|_| !is_elsewhere).find(is_group) {
            return Some((self.clone(), found.clone()));
        }
        // In a resource group nobody makes another one.
        if modules == 0 || self.instance.context.scope == ScopeKind::ResourceGroup {
            return None;
        }
        table.iter().filter(|d| d.resource.resource_group.is_none()).find_map(|d| {
            self.run.charge(1 + table.len() as u64 / 8, d.resource.place).ok()?;
            let child = self.run.instance(self.child(d)?);
            Interpreter::new(self.run, child).group(name, there, modules - 1)
        })
    }

    /// The values of a nested template's parameters: `{"name": {"value": …}}`, or the values themselves if they are `plain`.
    fn given(&self, template: &Template, parameters: Option<&Value>, plain: bool) -> Vec<Option<Value>> {
        let one = |p: &Parameter| through(parameters?, 0, &|all| self.entry(all, &p.name, plain));
        template.parameters.iter().map(one).collect()
    }

    /// The value of a parameter among those that are given; `None` if it is not.
    fn entry(&self, all: &Value, name: &EcoString, plain: bool) -> Option<Value> {
        let entry = match &all.data {
            Data::Object(o) if !o.open => o.members.get(self.run.tables.find(o, name)?)?.value.clone(),
            Data::Object(_) | Data::Residual(_) => member_of(all, name),
            _ => return None,
        };
        if plain {
            return Some(entry);
        }
        through(&entry, 0, &|entry| match &entry.data {
            Data::Object(e) => match (e.get("value"), e.get("reference")) {
                (Some(value), _) => Some(value.clone()),
                (None, Some(reference)) => Some(secret_reference(reference)),
                _ => None,
            },
            Data::Residual(_) => Some(member_of(entry, &"value".into())),
            _ => None,
        })
    }
}

/// A member of what is not decided.
fn member_of(open: &Value, name: &EcoString) -> Value {
    known::member(open, name)
        .unwrap_or_else(|| Value::residual(Residual::access(open.clone(), Value::str(name.clone()))))
}

/// What is asked of a value, or of each of the two that a condition which is not decided chooses between: nothing is null there.
fn through(value: &Value, depth: usize, ask: &dyn Fn(&Value) -> Option<Value>) -> Option<Value> {
    match value.as_residual().and_then(|r| r.as_call()) {
        Some((Builtin::If, [condition, yes, no])) if depth < MAX_CHOICES => {
            let [yes, no] = [yes, no].map(|v| through(v, depth + 1, ask));
            let or_null = |v: Option<Value>| v.unwrap_or_else(Value::null);
            let both = yes.is_some() || no.is_some();
            both.then(|| Value::residual(Residual::call("if", vec![condition.clone(), or_null(yes), or_null(no)])))
        }
        _ => ask(value),
    }
}

/// The scope that a deployment stack deploys to, where it is another than its own: `properties.deploymentScope`.
fn stack_scope(resource: &Resource) -> Option<&Expr> {
    resource.type_.as_str().filter(|type_| is_stack(type_))?;
    resource.body.get("properties")?.get("deploymentScope")
}

/// The subscription and the resource group of a scope, as far as its id says them.
fn place_of(scope: &Value) -> (Option<Value>, Option<Value>) {
    let Some(id) = scope.as_str() else { return (None, None) };
    let parts: Vec<&str> = id.trim_matches('/').split('/').collect();
    let said = |at: usize, name: &str| {
        let named = parts.get(at).is_some_and(|part| part.eq_ignore_ascii_case(name));
        parts.get(at + 1).filter(|part| named && !part.is_empty()).map(|part| Value::str(*part))
    };
    let subscription = said(0, "subscriptions");
    let group = subscription.as_ref().and_then(|_| said(2, "resourceGroups"));
    (subscription, group)
}

/// A secret in a Key Vault, as a value.
pub(super) fn secret_reference(reference: &Value) -> Value {
    let mut residual = Residual::call("getSecret", vec![reference.clone()]);
    residual.secret = true;
    Value { data: Data::Residual(Rc::new(residual)), origin: reference.origin.clone() }
}

/// The subscription of a context, if it is known and not only assumed.
fn decided_subscription(context: &Context) -> Option<&str> {
    context.subscription_id.as_ref().filter(|id| !id.origin.assumed)?.as_str().map(EcoString::as_str)
}
