//! Declared resources to deployed ones.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::context::Context;
use super::eval::{Interpreter, failure, member};
use super::frame::{BoundLoop, Frame};
use super::ids;
use super::instance::{Declared, Instance};
use super::known::secret;
use super::residual::Residual;
use super::run::Failure;
use super::value::{Data, Object, Origin, Places, Value};
use crate::diagnostic::Diagnostic;
use crate::model::{Builtin, Expr, ExprKind, Loop, Resource, ScopeKind};

/// The most parts that a part of a resource's id is made of. It is written out wherever the resource is spoken of; names
/// that Azure takes have a hundredth of it, but an expression for one may be long.
const MAX_NAME: u64 = 8_000;

/// What tells a resource apart; see [`Declared`].
pub(super) struct Identity {
    pub type_: EcoString,
    pub name: Value,
    pub api_version: Option<EcoString>,
    pub open_version: Option<Value>,
    pub scope: Option<Value>,
    pub id: Value,
}

/// What the index of a loop is called by that stands within a deployment that is one of many.
const INNER: &str = "inner ";

/// Whether an index is that of such a loop.
pub(super) fn is_inner(index: &Residual) -> bool {
    let name =
        index.as_call().filter(|(function, _)| *function == Builtin::CopyIndex).and_then(|(_, args)| args.first());
    name.and_then(Value::as_str).is_some_and(|name| name.starts_with(INNER))
}

impl<'r> Interpreter<'r> {
    /// Runs something with the loops around this deployment bound.
    pub(super) fn in_frame<T>(&self, f: impl FnOnce(&Frame<'_>) -> T) -> T {
        with_loops(&self.instance.loops, &Frame::ROOT, f)
    }

    /// Runs something with the loops around a resource bound.
    fn in_resource<T>(&self, declared: &Declared, f: impl FnOnce(&Frame<'_>) -> T) -> T {
        self.in_frame(|frame| with_loops(&declared.loops, frame, f))
    }

    /// Evaluates something that counts only where a resource is deployed: there its condition holds.
    pub(super) fn where_deployed<T>(&self, declared: &Declared, f: impl FnOnce() -> T) -> T {
        self.run.supposing(self.instance.supposed, || match &declared.condition {
            Some(condition) => self.run.granting(Some((condition, true)), f),
            None => f(),
        })
    }

    /// The resources of this deployment; made at the first call. While it is being made, it is empty.
    pub fn table(&self) -> Rc<Vec<Rc<Declared>>> {
        if let Some(table) = self.instance.table.get() {
            return table.clone();
        }
        if self.instance.declaring.replace(true) {
            return Rc::default();
        }
        let mut table = Vec::new();
        let template = self.instance.template.clone();
        self.run.supposing(self.instance.supposed, || {
            for resource in &template.resources {
                self.declare(resource, None, &[], &mut table);
            }
        });
        self.instance.declaring.set(false);
        let mut ids = self.run.ids.borrow_mut();
        for d in table.iter().filter(|d| !d.resource.existing) {
            if let Some(id) = d.id.as_str() {
                ids.entry(id.to_ascii_lowercase().as_str().into()).or_insert((self.instance.index, d.index));
            }
        }
        drop(ids);
        self.instance.table.get_or_init(|| Rc::new(table)).clone()
    }

    fn declare(
        &self,
        resource: &Arc<Resource>,
        parent: Option<&Rc<Declared>>,
        loops: &[BoundLoop],
        table: &mut Vec<Rc<Declared>>,
    ) {
        let Some(copy) = &resource.copy else {
            self.declare_one(resource, parent, loops.to_vec(), None, table);
            return;
        };
        let lexical = self.lexical();
        let count = self.in_frame(|frame| with_loops(loops, frame, |f| lexical.settle(&copy.count, f)));
        let mut with = |index: Value, repeated: Option<Value>| {
            let mut loops = loops.to_vec();
            loops.push(BoundLoop { name: copy.name.clone(), index });
            self.declare_one(resource, parent, loops, repeated, table);
        };
        match &count.data {
            Data::Int(n) => match self.loop_count(*n, copy) {
                Ok(n) => (0..n).for_each(|i| with(Value::int(i as i64), None)),
                Err(f) => {
                    self.run.fail(&f);
                    with(Value::int(0), Some(count));
                }
            },
            Data::Residual(_) => with(self.open_index(), Some(count)),
            // Azure refuses it; what the loop would make is judged all the same.
            _ => with(self.open_index(), Some(self.failed(&copy.count, &no_count(copy)))),
        }
    }

    /// The index of any item of a loop whose length is not known. Within a deployment of such a loop it is another one than that
    /// loop's, which may have been handed over.
    fn open_index(&self) -> Value {
        let repeated = |i: &Rc<Instance>| {
            let table = self.run.instance(i.parent?).table.get()?.clone();
            table.get(i.declared_by?)?.repeated.clone()
        };
        let around = |i: &Rc<Instance>| i.parent.map(|parent| self.run.instance(parent));
        let own = Some(self.instance.clone()).filter(|_| self.is_rest_open());
        let deep = std::iter::successors(own, around).filter_map(|i| repeated(&i)).count();
        let own = (deep > 0).then(|| Value::str(eco_format!("{INNER}{deep}")));
        Value::residual(Residual::call("copyIndex", own.into_iter().collect()))
    }

    fn declare_one(
        &self,
        resource: &Arc<Resource>,
        parent: Option<&Rc<Declared>>,
        loops: Vec<BoundLoop>,
        repeated: Option<Value>,
        table: &mut Vec<Rc<Declared>>,
    ) {
        let condition = self.condition_of(resource, &loops);
        if condition.as_ref().is_some_and(|c| c.as_bool() == Some(false)) {
            // Not deployed: its name is nobody's business, and may not even have a value.
            return;
        }
        let Some(Identity { type_, name, api_version, open_version, scope, id }) =
            self.identity(resource, parent, &loops, condition.is_some())
        else {
            return;
        };
        if let Err(failure) = self.run.resource(&type_, &name, &id, resource.place) {
            self.run.fail(&failure);
            return;
        }
        let declared = Rc::new(Declared {
            index: table.len(),
            resource: resource.clone(),
            parent: parent.map(|p| p.index),
            loops: loops.clone(),
            type_,
            name,
            api_version,
            open_version,
            id,
            scope,
            repeated,
            condition,
            body: OnceCell::new(),
            referred: OnceCell::new(),
            evaluating: Cell::new(false),
            child: OnceCell::new(),
        });
        table.push(declared.clone());
        for child in &resource.children {
            self.declare(child, Some(&declared), &loops, table);
        }
    }

    /// What tells a resource apart; `None`, with a diagnostic, if it has no type.
    pub(super) fn identity(
        &self,
        resource: &Resource,
        parent: Option<&Rc<Declared>>,
        loops: &[BoundLoop],
        conditional: bool,
    ) -> Option<Identity> {
        let lexical = self.lexical();
        // The compiler writes no resource for an `existing` one: its name is evaluated where it is used, and fails there.
        let supposed = self.instance.supposed || conditional || resource.existing;
        let evaluate = |frame: &Frame<'_>| {
            with_loops(loops, frame, |f| {
                (
                    lexical.short(&resource.type_, f),
                    lexical.own_name(&resource.name, f),
                    resource.api_version.as_ref().map(|a| lexical.settle(a, f)),
                    resource.scope.as_ref().map(|s| lexical.short(s, f)),
                    resource.subscription_id.as_ref().map(|s| lexical.short(s, f)),
                    resource.resource_group.as_ref().map(|s| lexical.short(s, f)),
                )
            })
        };
        let (type_, name, api_version, scope, subscription, group) =
            self.run.supposing(supposed, || self.in_frame(evaluate));
        let type_ = match &type_.data {
            Data::Str(s) => s.clone(),
            Data::Residual(r) => {
                if !resource.existing {
                    let message = "the type of this resource is not known, and the resource is not judged";
                    self.run.report(Diagnostic::warning("type-unknown", resource.type_.span, message));
                }
                eco_format!("[{}]", r.text())
            }
            _ => {
                self.run.fail(&failure(resource.place, "a resource needs a type, a string"));
                return None;
            }
        };
        if !resource.extension && !matches!(name.data, Data::Str(_) | Data::Residual(_)) {
            self.run.fail(&failure(resource.place, "a resource needs a name, a string"));
        }
        let (type_, mut name) = match parent {
            Some(p) => below(p, type_, name),
            None => (type_, name),
        };
        if name.origin.place.is_none() {
            name = name.handed_over(resource.name.span);
        }
        let given = |v: Option<Value>| v.filter(|v| !v.is_null() && v.as_str().is_none_or(|s| !s.is_empty()));
        let id = match (given(subscription), given(group)) {
            _ if resource.extension => Value::null(),
            (None, None) => ids::resource_id(&self.instance.context, scope.as_ref(), &type_, &name),
            (subscription, group) => {
                let context = elsewhere(&self.instance.context, subscription, group);
                ids::resource_id(&context, scope.as_ref(), &type_, &name)
            }
        };
        // A name goes into the id, and so does what an extension resource extends.
        let secret = self.run.has_secrets() && (secret::tells(&name) || scope.as_ref().is_some_and(secret::tells));
        let id = if secret { secret::marked(id, true) } else { id };
        let open_version = api_version.clone().filter(Value::is_residual);
        let api_version = api_version.and_then(|a| a.as_str().cloned());
        Some(Identity { type_, name, api_version, open_version, scope, id })
    }

    /// The name of a resource. `format('{0}/{1}', parent, own)` and `concat(parent, '/', own)` only put a child's name
    /// together: what decides it is what decides the last part.
    fn own_name(&self, expr: &Expr, frame: &Frame<'_>) -> Value {
        let name = self.short(expr, frame);
        let inner = if let ExprKind::Expression(inner) = &expr.kind { inner } else { expr };
        let (Data::Str(whole), ExprKind::Call(call)) = (&name.data, &inner.kind) else { return name };
        let joins = matches!(Builtin::of(call), Some(Builtin::Format | Builtin::Concat));
        let (true, Some((_, last)), Some(part)) = (joins, whole.rsplit_once('/'), call.args.last()) else {
            return name;
        };
        let own = self.short(part, frame);
        if own.as_str().is_none_or(|own| own != last) {
            return name;
        }
        let handed = own.origin.place.is_none_or(|p| p == part.span);
        let origin = if handed { own.origin } else { own.origin.handed_over(part.span) };
        match origin.from {
            Some(_) => {
                let secret = name.origin.secret;
                Value { origin: Origin { secret, ..origin.partly() }, ..name }
            }
            None => name,
        }
    }

    /// A part of an id: it is written out for every resource, and no real one is long. One that is not decided can be, as an
    /// expression; it then stands as the template has it, by which nothing is lost but what would tell it from others.
    fn short(&self, expr: &Expr, frame: &Frame<'_>) -> Value {
        let value = self.settle(expr, frame);
        let failure = match self.run.weigh(&value, expr.span) {
            Ok(units) if units > MAX_NAME => {
                let message = format!(
                    "this is too long for a part of a resource's id: {units} parts, where {MAX_NAME} are enough"
                );
                if value.is_residual() {
                    return self.abandoned(expr, Diagnostic::warning("evaluation-limit", expr.span, message));
                }
                Failure { message, span: expr.span, code: "evaluation-limit" }
            }
            Ok(_) => return value,
            Err(failure) => failure,
        };
        self.failed(expr, &failure)
    }

    /// Whether a resource is deployed: `None` for yes, a known false, or a residual.
    fn condition_of(&self, resource: &Resource, loops: &[BoundLoop]) -> Option<Value> {
        let condition = resource.condition.as_ref()?;
        let lexical = self.lexical();
        let own = self.in_frame(|frame| with_loops(loops, frame, |f| lexical.settle(condition, f)));
        match own.data {
            Data::Bool(true) => None,
            Data::Bool(false) | Data::Residual(_) => Some(own),
            _ => {
                self.run.fail(&failure(condition.span, "a condition must be a boolean"));
                None
            }
        }
    }

    /// The resource as an object, without what is evaluated away. `None` while it is being evaluated.
    pub fn body(&self, declared: &Rc<Declared>) -> Option<Value> {
        if let Some(known) = declared.body.get() {
            return Some(known.clone());
        }
        if declared.evaluating.replace(true) {
            return None;
        }
        let lexical = self.lexical();
        let evaluate = |f: &Frame<'_>| lexical.settle(&declared.resource.body, f);
        let rest = self.where_deployed(declared, || self.in_resource(declared, evaluate));
        let conditions = declared.condition.iter().map(|c| self.run.hand_out(c, declared.resource.place));
        let fits = conditions.chain([self.run.hand_out(&rest, declared.resource.place)]).collect::<Result<(), _>>();
        let rest = match fits {
            Ok(()) => lexical.finish(rest),
            Err(failure) => {
                self.run.fail(&failure);
                Value::null()
            }
        };
        // What nobody could evaluate can hold anything.
        let anything = rest.as_object().is_none();
        let mut object = Object { declared: anything, open: anything && self.is_rest_open(), ..Object::default() };
        let resource = &declared.resource;
        object.members.push(member("type", written(&declared.type_, &resource.type_)));
        if !resource.extension {
            object.members.push(member("name", declared.name.clone()));
        }
        if let (Some(api), Some(expr)) = (&declared.api_version, &resource.api_version) {
            object.members.push(member("apiVersion", written(api, expr)));
        }
        if let Some(open) = &declared.open_version {
            object.members.push(member("apiVersion", open.clone()));
        }
        if let Some(o) = rest.as_object() {
            let mut places = Places::of(&object, o.members.len());
            for m in &o.members {
                places.set(&mut object, m.key.clone(), m.key_span, m.value.clone());
            }
        }
        let body = Value { data: Data::Object(Rc::new(object)), origin: Origin::literal(resource.span) };
        declared.evaluating.set(false);
        Some(declared.body.get_or_init(|| body).clone())
    }

    pub(super) fn frame_of<T>(&self, declared: &Declared, f: impl FnOnce(&Frame<'_>) -> T) -> T {
        self.in_resource(declared, f)
    }
}

/// What is wrong with a loop whose count is no integer.
pub(super) fn no_count(copy: &Loop) -> Failure {
    failure(copy.count.span, "the count of a loop must be an integer")
}

/// The context of something in another subscription or resource group.
fn elsewhere(own: &Context, subscription: Option<Value>, group: Option<Value>) -> Context {
    let mut context = own.clone();
    context.scope = if group.is_some() { ScopeKind::ResourceGroup } else { ScopeKind::Subscription };
    context.subscription_id = subscription.or(context.subscription_id);
    context.resource_group = group.or(context.resource_group);
    context
}

/// A text that is what an expression came to: the literal itself, or something computed of it.
fn written(text: &EcoString, expr: &Expr) -> Value {
    let origin = match &expr.kind {
        ExprKind::Str(s) if s == text => Origin::literal(expr.span),
        ExprKind::Expression(inner) if inner.as_str() == Some(text) => {
            Origin::literal(inner.span).handed_over(expr.span)
        }
        _ => Origin::computed(expr.span),
    };
    Value { data: Data::Str(text.clone()), origin }
}

fn with_loops<T>(loops: &[BoundLoop], frame: &Frame<'_>, f: impl FnOnce(&Frame<'_>) -> T) -> T {
    match loops.split_first() {
        Some((first, rest)) => with_loops(rest, &frame.with_resource_loop(first), f),
        None => f(frame),
    }
}

/// The whole type and name of a resource in its parent's `resources`.
fn below(parent: &Declared, type_: EcoString, name: Value) -> (EcoString, Value) {
    let prefix = eco_format!("{}/", parent.type_.to_ascii_lowercase());
    if type_.to_ascii_lowercase().starts_with(prefix.as_str()) {
        // Written in full; the name then is, too.
        return (type_, name);
    }
    if type_.split_once('/').is_some_and(|(first, _)| first.contains('.')) {
        // A resource of another provider that only stands there.
        return (type_, name);
    }
    let full = eco_format!("{}/{type_}", parent.type_);
    let joined = match (&parent.name.data, &name.data) {
        (Data::Str(p), Data::Str(n)) => Value::str(eco_format!("{p}/{n}")),
        _ => {
            let args = vec![parent.name.clone(), Value::str("/"), name.clone()];
            Value::residual(Residual::call("concat", args))
        }
    };
    let secret = name.origin.secret || parent.name.origin.secret;
    let assumed = name.origin.assumed || parent.name.origin.assumed;
    let origin = Origin { secret, assumed, ..name.origin.place.map(Origin::computed).unwrap_or_default() };
    (full, Value { data: joined.data, origin })
}
