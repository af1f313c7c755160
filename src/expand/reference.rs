//! `reference()`, `references()` and `list*()`.

use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::eval::{Interpreter, failure, member};
use super::frame::{BoundLoop, Frame};
use super::ids;
use super::instance::Declared;
use super::known::identity;
use super::names::Names;
use super::residual::{Node, Residual};
use super::resources::Identity;
use super::run::Evaluated;
use super::value::{Data, Object, Places, Value};
use crate::model::{Builtin, Call, Expr, Loop, Resource};
use crate::read::Span;

/// Whether a value is a `reference(…)`, or a path into one.
pub(super) fn is_reference(value: &Value) -> bool {
    root_of(value).is_some()
}

/// The arguments of the `reference(…)` that a value is a path into, and the path.
fn root_of(value: &Value) -> Option<(&[Value], Vec<&Value>)> {
    let mut keys: Vec<&Value> = Vec::new();
    let mut at = value.as_residual()?;
    while let Node::Access { base, key } = &at.node {
        keys.push(key);
        at = base.as_residual()?;
    }
    let (Builtin::Reference, args) = at.as_call()? else { return None };
    keys.reverse();
    Some((args, keys))
}

fn is_full(args: &[Value]) -> bool {
    args.get(2).and_then(Value::as_str).is_some_and(|s| s.eq_ignore_ascii_case("full"))
}

/// What `resourceInfo` says of a resource.
fn info(id: &Value, name: &Value, type_: &EcoString, api_version: Option<&EcoString>) -> Value {
    let version = api_version.map(|version| ("apiVersion", Value::str(version.clone())));
    let own = [("id", id.clone()), ("name", name.clone()), ("type", Value::str(type_.clone()))];
    let members = own.into_iter().chain(version).map(|(key, value)| member(key, value)).collect();
    Value::object(Object { members, ..Object::default() })
}

/// `reference(id, apiVersion)` of a resource.
fn reference_to(declared: &Declared, full: bool) -> Option<Value> {
    let mut args = vec![declared.id.clone(), Value::str(declared.api_version.clone()?)];
    args.extend(full.then(|| Value::str("Full")));
    Some(Value::residual(Residual::call("reference", args)))
}

/// Puts the id of a resource in the place of its name, and adds its API version where none is given.
fn put(args: &mut Vec<Value>, declared: &Declared) {
    if declared.resource.extension {
        return;
    }
    args[0] = declared.id.clone();
    if let (1, Some(api)) = (args.len(), &declared.api_version) {
        args.push(Value::str(api.clone()));
    }
}

impl<'r> Interpreter<'r> {
    pub(super) fn reference(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        if call.args.is_empty() || call.args.len() > 3 {
            return Err(failure(
                call.name_span,
                "reference takes 1 to 3 arguments: a resource, an API version, 'Full'",
            ));
        }
        let mut args = call.args.iter().map(|a| self.weighed(a, frame)).collect::<Evaluated<Vec<_>>>()?;
        self.name_to_id(&mut args, call.args[0].span)?;
        Ok(Value::residual(Residual::call(call.name.clone(), args)))
    }

    fn weighed(&self, expr: &Expr, frame: &Frame<'_>) -> Evaluated {
        let value = self.eval(expr, frame)?;
        self.run.weigh(&value, expr.span)?;
        Ok(value)
    }

    /// A name of a resource of this template, symbolic or not, becomes its id, and its API version is added where none is
    /// given.
    ///
    /// # Errors
    /// If it names an item of a loop that does not make so many.
    fn name_to_id(&self, args: &mut Vec<Value>, place: Span) -> Evaluated<()> {
        let lexical = self.lexical();
        if lexical.instance.declaring.get() {
            return Ok(());
        }
        let Some(text) = args[0].as_str().cloned() else {
            if let Some(declared) = lexical.by_open_symbol(&args[0]) {
                put(args, &declared);
            }
            return Ok(());
        };
        let found = if text.contains('/') {
            let full = ids::absolute(&lexical.instance.context, &text);
            let found = lexical.found(|names| names.with_id(&full));
            args[0] = Value { data: Data::Str(full), origin: args[0].origin.clone() };
            found
        } else if lexical.instance.template.symbolic {
            let found = lexical.by_symbol(&text);
            if found.is_none() {
                lexical.refuse_past_the_end(&text, place)?;
            }
            found
        } else {
            lexical.found(|names| names.named(&text))
        };
        if let Some(declared) = found {
            put(args, &declared);
        }
        Ok(())
    }

    /// Azure refuses `reference('symbol[5]')` where the loop makes fewer resources, whatever their condition.
    fn refuse_past_the_end(&self, text: &str, place: Span) -> Evaluated<()> {
        let Some((symbol, index)) = text.strip_suffix(']').and_then(|t| t.rsplit_once('[')) else { return Ok(()) };
        let Ok(index) = index.parse::<i64>() else { return Ok(()) };
        let template = self.instance.template.clone();
        self.run.charge(1 + template.resources.len() as u64 / 64, place)?;
        let named = |r: &&Arc<Resource>| r.symbol.as_ref().is_some_and(|(s, _)| s.eq_ignore_ascii_case(symbol));
        let Some(copy) = template.resources.iter().find(named).and_then(|r| r.copy.as_ref()) else { return Ok(()) };
        let count = self.in_frame(|frame| self.lexical().settle(&copy.count, frame));
        match count.as_int().filter(|count| index < 0 || index >= *count) {
            Some(count) => Err(failure(place, format!("there is no item {index}: the loop '{symbol}' makes {count}"))),
            None => Ok(()),
        }
    }

    pub(super) fn references(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        if !self.lexical().instance.template.symbolic {
            let message = "references needs a template whose resources have symbolic names";
            return Err(failure(call.name_span, message));
        }
        let args = call.args.iter().map(|a| self.weighed(a, frame)).collect::<Evaluated<Vec<_>>>()?;
        let items = args.first().and_then(Value::as_str).and_then(|symbol| self.items_of(symbol));
        Ok(match items {
            Some(items) => {
                let full = args.get(1).and_then(Value::as_str).is_some_and(|s| s.eq_ignore_ascii_case("full"));
                Value::array(items.iter().filter_map(|d| reference_to(d, full)).collect())
            }
            None => Value::residual(Residual::call(call.name.clone(), args)),
        })
    }

    /// The resources that a loop with this symbolic name makes, in order; `None` if it is not known how many there are.
    fn items_of(&self, symbol: &str) -> Option<Vec<Rc<Declared>>> {
        let lexical = self.lexical();
        if lexical.instance.declaring.get() {
            return None;
        }
        let table = lexical.table();
        lexical.instance.table.get()?;
        let named = |r: &&Arc<Resource>| r.symbol.as_ref().is_some_and(|(s, _)| s.eq_ignore_ascii_case(symbol));
        let resource = lexical.instance.template.resources.iter().find(named)?;
        // Which items a condition leaves in is not said by their number.
        let copy = resource.copy.as_ref().filter(|_| resource.condition.is_none())?;
        let count = self.in_frame(|frame| lexical.settle(&copy.count, frame)).as_int()?;
        let items: Vec<_> = table.iter().filter(|d| Arc::ptr_eq(&d.resource, resource)).cloned().collect();
        let whole = items.iter().all(|d| d.repeated.is_none() && d.api_version.is_some());
        (whole && usize::try_from(count).ok()? == items.len()).then_some(items)
    }

    /// `resourceInfo('symbol')`: what tells a resource of this template apart, and takes no Azure to say.
    pub(super) fn resource_info(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        let [symbol] = call.args.as_slice() else {
            return Err(failure(call.name_span, "resourceInfo takes 1 argument: the symbolic name of a resource"));
        };
        let symbol = self.weighed(symbol, frame)?;
        let Some(name) = symbol.as_str() else {
            return Ok(Value::residual(Residual::call(call.name.clone(), vec![symbol])));
        };
        let lexical = self.lexical();
        if !lexical.instance.declaring.get()
            && let Some(d) = lexical.by_symbol(name)
        {
            return Ok(info(&d.id, &d.name, &d.type_, d.api_version.as_ref()));
        }
        lexical.info_of(name, call.name_span)
    }

    /// The same while the resources are being declared, or of one that is not deployed.
    fn info_of(&self, name: &str, place: Span) -> Evaluated {
        let key = EcoString::from(name).to_ascii_lowercase();
        if let Some(known) = self.instance.infos.borrow().get(&key) {
            return Ok(known.clone());
        }
        let template = self.instance.template.clone();
        self.run.charge(1 + template.resources.len() as u64 / 64, place)?;
        let (symbol, index) = match key.strip_suffix(']').and_then(|key| key.rsplit_once('[')) {
            Some((symbol, index)) => (symbol, index.parse().ok()),
            None => (key.as_str(), None),
        };
        let named = |r: &&Arc<Resource>| r.symbol.as_ref().is_some_and(|(s, _)| s.eq_ignore_ascii_case(symbol));
        let Some(resource) = template.resources.iter().find(named) else {
            return Err(failure(place, format!("there is no resource with the symbolic name '{name}' here")));
        };
        let refuse = |why: &str| Err(failure(place, format!("there is no resource '{name}': {why}")));
        if key.ends_with(']') && (resource.copy.is_none() || index.is_none_or(|i: i64| i < 0)) {
            return refuse(if resource.copy.is_none() { "this one is in no loop" } else { "items are counted from 0" });
        }
        if resource.copy.is_some() && index.is_none() {
            return refuse("it is a loop; say which item");
        }
        let bound = |copy: &Loop| Some(BoundLoop { name: copy.name.clone(), index: Value::int(index?) });
        let loops: Vec<BoundLoop> = resource.copy.iter().filter_map(bound).collect();
        let made = self.guarded(eco_format!("resourceInfo('{key}')"), place, || {
            let found = self.identity(resource, None, &loops, resource.condition.is_some());
            let without_type = || failure(place, format!("the resource '{name}' has no type"));
            let Identity { id, name, type_, api_version, .. } = found.ok_or_else(without_type)?;
            Ok(info(&id, &name, &type_, api_version.as_ref()))
        })?;
        self.instance.infos.borrow_mut().insert(key, made.clone());
        Ok(made)
    }

    /// `listKeys` and all other `list…`: decided by Azure, and secret.
    pub(super) fn list(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        let mut args = call.args.iter().map(|a| self.weighed(a, frame)).collect::<Evaluated<Vec<_>>>()?;
        if args.is_empty() {
            return Err(failure(call.name_span, format!("{} takes a resource and an API version", call.name)));
        }
        self.name_to_id(&mut args, call.args[0].span)?;
        Ok(Value::residual(Residual::call(call.name.clone(), args)))
    }

    /// What `reference(x).a.b` is where the body of `x` says it; `None` to go on step by step.
    pub(super) fn follow_reference(&self, base: &Value, path: &[Value]) -> Option<Value> {
        let (args, mut keys) = root_of(base)?;
        keys.extend(path);
        if let Some(known) = self.told_apart(args, &keys) {
            return Some(known);
        }
        let (there, declared) = self.referred(args.first()?)?;
        let full = is_full(args);
        there.said(&declared, &keys, full)
    }

    /// The id or the name at a path of a resource of this deployment, be it one that is only referred to: it takes no body to say it.
    /// (The engine's snapshot leaves that to Azure.)
    fn told_apart(&self, args: &[Value], keys: &[&Value]) -> Option<Value> {
        let [key] = keys else { return None };
        let key = key.as_str().filter(|_| self.is_rest_open())?;
        let [id, name] = ["id", "name"].map(|asked| key.eq_ignore_ascii_case(asked));
        if !id && !name {
            return None;
        }
        let (_, declared) = self.referred_where(args.first()?, true)?;
        let is_module = declared.resource.deployment.is_some();
        if declared.resource.extension || !is_full(args) && !is_module {
            return None;
        }
        match id {
            true => Some(declared.id.clone()),
            // Azure says the last part.
            false => Some(declared.name.clone()).filter(|name| name.as_str().is_some_and(|name| !name.contains('/'))),
        }
    }

    /// A value as an argument of a function: a `reference(…)` that stands alone is what is known of the resource.
    pub(super) fn argument(&self, value: Value) -> Value {
        let Data::Residual(r) = &value.data else { return value };
        let Some((Builtin::Reference, args)) = r.as_call() else { return value };
        if let Some((there, declared)) = args.first().and_then(|what| self.referred(what)) {
            if self.may_be_missing(&declared) {
                return value;
            }
            if let Some(whole) = there.said_whole(&declared, is_full(args)) {
                return Value { data: whole.data, origin: value.origin };
            }
        }
        if self.is_not_deployed(args) { Value::null() } else { value }
    }

    /// Whether nobody knows if the resource is deployed: where it is not, a function is given null for it.
    fn may_be_missing(&self, declared: &Declared) -> bool {
        let granted = |condition: &Value| self.run.grants(condition) == Some(true);
        self.lexical().instance.template.symbolic && declared.condition.as_ref().is_some_and(|c| !granted(c))
    }

    /// Whether a symbolic name means a resource whose condition is false.
    fn is_not_deployed(&self, args: &[Value]) -> bool {
        let lexical = self.lexical();
        let Some(name) = args.first().and_then(Value::as_str) else { return false };
        if !lexical.instance.template.symbolic || lexical.instance.declaring.get() || name.contains('/') {
            return false;
        }
        let symbol = name.split('[').next().unwrap_or(name);
        let declares = |r: &Arc<Resource>| r.symbol.as_ref().is_some_and(|(s, _)| s.eq_ignore_ascii_case(symbol));
        lexical.instance.template.resources.iter().any(declares) && lexical.by_symbol(name).is_none()
    }

    /// A finished value with every `reference(…)` that stands alone put in its place, where a body says it whole.
    pub(super) fn finish(&self, value: Value) -> Value {
        match &value.data {
            Data::Residual(r) => {
                let Some((Builtin::Reference, args)) = r.as_call() else { return value };
                match self.whole(args) {
                    Some(whole) => Value { data: whole.data, origin: value.origin },
                    None => value,
                }
            }
            Data::Array(items) if items.iter().any(|v| !v.is_known()) => {
                let items: Vec<Value> = items.iter().map(|v| self.finish(v.clone())).collect();
                Value { data: Data::Array(Rc::new(items)), origin: value.origin }
            }
            Data::Object(o) if o.members.iter().any(|m| !m.value.is_known()) => {
                let mut o = (**o).clone();
                for m in &mut o.members {
                    m.value = self.finish(m.value.clone());
                }
                Value { data: Data::Object(Rc::new(o)), origin: value.origin }
            }
            _ => value,
        }
    }

    fn whole(&self, args: &[Value]) -> Option<Value> {
        let (there, declared) = self.referred(args.first()?)?;
        there.said_whole(&declared, is_full(args))
    }

    /// A resource of this deployment as `reference` gives it, if its declaration says it.
    fn said_whole(&self, declared: &Rc<Declared>, full: bool) -> Option<Value> {
        if let Some(child) = self.child(declared) {
            return self.all_outputs(child, full);
        }
        let body = self.declares(declared)?;
        let properties = || body.get("properties").cloned();
        if !full {
            return properties();
        }
        let mut whole = match self.is_rest_open() {
            true => body.as_object()?.clone(),
            // All that the engine's snapshot has of a resource.
            false => Object { members: vec![member("Properties", properties()?)], declared: true, ..Object::default() },
        };
        // Azure does not say these.
        whole.members.retain(|m| !["type", "name"].iter().any(|key| m.key.eq_ignore_ascii_case(key)));
        Some(Value { data: Data::Object(Rc::new(whole)), origin: body.origin.clone() })
    }

    /// Whether Azure may say more of a resource than its declaration does: so it is, but the engine's snapshot takes a declaration
    /// for all that there will be.
    pub(super) fn is_rest_open(&self) -> bool {
        !self.instance.context.snapshot
    }

    /// A nested deployment as `reference` gives it: its outputs.
    fn all_outputs(&self, child: usize, full: bool) -> Option<Value> {
        let inner = Interpreter::new(self.run, self.run.instance(child));
        let template = inner.instance.template.clone();
        let mut outputs = super::Object::default();
        let mut places = Places::of(&outputs, template.outputs.len());
        for (i, output) in template.outputs.iter().enumerate() {
            let Some(value) = inner.output_for_others(i) else { continue };
            places.set(&mut outputs, output.name.clone(), None, self.with_rest("value", value));
        }
        let properties = self.with_rest("outputs", Value::object(outputs));
        Some(if full { self.with_rest("Properties", properties) } else { properties })
    }

    /// An object of one member, beside which Azure may say others.
    fn with_rest(&self, key: &str, value: Value) -> Value {
        Value::object(Object { members: vec![member(key, value)], open: self.is_rest_open(), ..Object::default() })
    }

    /// The deployed resource that an id, a symbolic name or a resource name means: of this deployment, or by its id
    /// anywhere in the root deployment.
    fn referred(&self, what: &Value) -> Option<(Interpreter<'r>, Rc<Declared>)> {
        self.referred_where(what, false)
    }

    /// The same; `existing` for one, too, that this deployment only refers to.
    fn referred_where(&self, what: &Value, existing: bool) -> Option<(Interpreter<'r>, Rc<Declared>)> {
        let lexical = self.lexical();
        if lexical.instance.declaring.get() {
            return None;
        }
        let own = |found: Option<Rc<Declared>>| found.filter(|d| existing || !d.resource.existing);
        let found = match &what.data {
            Data::Str(text) if text.contains('/') => {
                let Some((there, declared)) = lexical.by_id(text) else {
                    let own = own(lexical.found(|names| names.with_id(text)))?;
                    return Some((lexical, own));
                };
                if there.instance.index == lexical.instance.index {
                    return Some((there, declared));
                }
                // One that is declared in several deployments is this one's own first.
                match own(lexical.found(|names| names.with_id(text))) {
                    Some(declared) => Some(declared),
                    None => return Some((there, declared)),
                }
            }
            Data::Str(text) => {
                let named = own(lexical.found(|names| names.called(text)));
                // A resource of an extension has no id to take the place of its symbolic name.
                let symbolic = || lexical.by_symbol(text).filter(|d| d.resource.extension && !d.resource.existing);
                named.or_else(symbolic)
            }
            Data::Residual(r) => {
                let plain = ids::without_format(r);
                let r = plain.as_ref().unwrap_or(r);
                if let Some(found) = lexical.found(|names| names.with_id_made_as(r)) {
                    return own(Some(found)).map(|d| (lexical, d));
                }
                let text = r.text();
                self.run.charge(text.len() as u64 / 64, lexical.instance.place).ok()?;
                let own_id = || ids::own_key_of_call(r).and_then(|key| lexical.found(|names| names.own(&key)));
                own(lexical.found(|names| names.with_open_id(&text)).or_else(own_id))
            }
            _ => None,
        };
        found.map(|d| (lexical, d))
    }

    fn by_id(&self, id: &str) -> Option<(Interpreter<'r>, Rc<Declared>)> {
        let known = || {
            let (instance, index) = *self.run.ids.borrow().get(id.to_ascii_lowercase().as_str())?;
            let there = Interpreter::new(self.run, self.run.instance(instance));
            let declared = there.instance.table.get()?.get(index)?.clone();
            Some((there, declared))
        };
        known().or_else(|| {
            // It may be in a deployment that nobody has looked into yet. (A parameter file is read before there is any.)
            if self.run.instances.borrow().is_empty() || self.run.exploring.replace(true) {
                return None;
            }
            Interpreter::new(self.run, self.run.instance(0)).explore();
            self.run.exploring.set(false);
            known()
        })
    }

    /// Expands every deployment below this one.
    fn explore(&self) {
        for declared in self.table().iter() {
            if let Some(child) = self.child(declared) {
                Interpreter::new(self.run, self.run.instance(child)).explore();
            }
        }
    }

    fn by_symbol(&self, name: &str) -> Option<Rc<Declared>> {
        self.found(|names| names.symbol(name))
    }

    /// The resource that `symbol[x]` means where one stands for all of a loop, and `x` is the index of that loop.
    fn by_open_symbol(&self, name: &Value) -> Option<Rc<Declared>> {
        let (Builtin::Format, [pattern, at]) = name.as_residual()?.as_call()? else { return None };
        let symbol = pattern.as_str()?.strip_suffix("[{0}]").filter(|_| self.instance.template.symbolic)?;
        let declared = self.by_symbol(symbol).filter(|d| d.repeated.is_some())?;
        identity::same(&declared.loops.last()?.index, at).then_some(declared)
    }

    /// The resource of this deployment at the place that its names give.
    fn found(&self, place: impl FnOnce(&Names) -> Option<usize>) -> Option<Rc<Declared>> {
        let table = self.table();
        // `None` while it is being made.
        self.instance.table.get()?;
        table.get(place(self.instance.names.get_or_init(|| Names::of(table.clone())))?).cloned()
    }

    /// The value at a path of a resource, if its declaration says it.
    fn said(&self, declared: &Rc<Declared>, keys: &[&Value], full: bool) -> Option<Value> {
        if let Some(child) = self.child(declared) {
            return self.output_of(child, keys, full);
        }
        let body = self.declares(declared)?;
        let start = if full { body } else { body.get("properties")?.clone() };
        let mut at = start;
        for key in keys {
            let next = match (&at.data, &key.data) {
                (Data::Object(o), Data::Str(k)) => o.get(k)?.clone(),
                (Data::Array(a), Data::Int(i)) => a.get(usize::try_from(*i).ok()?)?.clone(),
                _ => return None,
            };
            at = next;
        }
        // Azure fills in what a declaration leaves open (an address that is assigned, say).
        (!at.is_null()).then_some(at)
    }

    /// The body of a resource as `reference` gives it.
    fn declares(&self, declared: &Rc<Declared>) -> Option<Value> {
        if let Some(known) = declared.referred.get() {
            return Some(known.clone());
        }
        let body = self.body(declared)?;
        let called = match declared.id.is_null() {
            true => Value::str(declared.resource.pointer.clone()),
            false => declared.id.clone(),
        };
        let asked = || Rc::new(Residual::call("reference", vec![called, Value::str("Full")]));
        let said = || Object::of_declaration(&body, self.is_rest_open().then(asked).as_ref());
        Some(declared.referred.get_or_init(said).clone())
    }

    /// `reference(deployment).outputs.x.value`, or a part of that path.
    fn output_of(&self, child: usize, keys: &[&Value], full: bool) -> Option<Value> {
        let is = |k: &Value, s: &str| k.as_str().is_some_and(|k: &EcoString| k.eq_ignore_ascii_case(s));
        let keys = match keys.split_first() {
            Some((first, rest)) if full && is(first, "properties") => rest,
            _ if full => return None,
            _ => keys,
        };
        let inner = Interpreter::new(self.run, self.run.instance(child));
        let (mut at, rest) = match keys {
            [outputs, name, value, rest @ ..] if is(outputs, "outputs") && is(value, "value") => {
                (inner.output(name.as_str()?)?, rest)
            }
            [outputs, rest @ ..] if is(outputs, "outputs") => {
                (self.all_outputs(child, false)?.get("outputs")?.clone(), rest)
            }
            _ => return None,
        };
        for key in rest {
            at = match (&at.data, &key.data) {
                (Data::Object(o), Data::Str(k)) => o.get(k)?.clone(),
                (Data::Array(a), Data::Int(i)) => a.get(usize::try_from(*i).ok()?)?.clone(),
                (Data::Residual(_), _) => Value::residual(Residual::access(at.clone(), (*key).clone())),
                _ => return None,
            };
        }
        Some(at)
    }

    /// A secure output: only the deployment that reads it gets its value.
    fn secure_output(&self, name: &str) -> Value {
        let id = self.instance.context.deployment_name.clone().unwrap_or_else(Value::null);
        let call = Residual::call("listOutputsWithSecureValues", vec![id, Value::str("2025-04-01")]);
        Value::residual(Residual::access(Value::residual(call), Value::str(name)))
    }

    /// The value of an output of this deployment.
    pub fn output(&self, name: &str) -> Option<Value> {
        let template = self.instance.template.clone();
        let index = template.outputs.iter().position(|o| o.name.eq_ignore_ascii_case(name))?;
        self.output_for_others(index)
    }

    /// An output as another deployment sees it.
    fn output_for_others(&self, index: usize) -> Option<Value> {
        let template = self.instance.template.clone();
        let output = &template.outputs[index];
        if super::types::is_secure(&template, &output.ty) {
            return Some(self.secure_output(&output.name));
        }
        self.output_at(index)
    }

    /// The value of the output with this index; `None` if its condition is false, or while it is being evaluated.
    pub fn output_at(&self, index: usize) -> Option<Value> {
        let cell = &self.instance.outputs[index];
        if let Some(known) = cell.get() {
            return known.clone();
        }
        let template = self.instance.template.clone();
        let output = &template.outputs[index];
        let label = ecow::eco_format!("outputs('{}')", output.name);
        if self.instance.active.borrow().contains(&label) {
            return None;
        }
        self.instance.active.borrow_mut().push(label);
        let lexical = self.lexical();
        let evaluate = |frame: &Frame<'_>| {
            let holds = output.condition.as_ref().map(|c| lexical.settle(c, frame));
            match holds.and_then(|c| c.as_bool()) {
                Some(false) => None,
                _ => Some(lexical.finish(lexical.settle(&output.value, frame))),
            }
            .map(|value| match self.run.hand_out(&value, output.name_span) {
                Ok(()) => value,
                Err(failure) => {
                    self.run.fail(&failure);
                    Value::null()
                }
            })
        };
        let value = self.run.supposing(self.instance.supposed, || self.in_frame(evaluate));
        self.instance.active.borrow_mut().pop();
        cell.get_or_init(|| value).clone()
    }
}
