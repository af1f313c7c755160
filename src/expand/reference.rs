//! `reference()`, `references()` and `list*()`.

use std::rc::Rc;

use ecow::EcoString;

use super::eval::{Evaluator, failure};
use super::frame::Frame;
use super::instance::Declared;
use super::residual::{Node, Residual};
use super::run::Evaluated;
use super::value::{Data, Value};
use crate::model::Call;
use crate::read::Span;

/// One access of a path: the key, whether it is safe, and where it stands.
pub(super) type Link = (Value, bool, Span);

impl<'r> Evaluator<'r> {
    pub(super) fn reference(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        if call.args.is_empty() || call.args.len() > 3 {
            return Err(failure(
                call.name_span,
                "reference takes 1 to 3 arguments: a resource, an API version, 'Full'",
            ));
        }
        let mut args = call.args.iter().map(|a| self.eval(a, frame)).collect::<Evaluated<Vec<_>>>()?;
        self.name_to_id(&mut args);
        Ok(Value::residual(Residual::call(call.name.clone(), args)))
    }

    /// A symbolic name becomes the id and API version of what it names.
    fn name_to_id(&self, args: &mut Vec<Value>) {
        let lexical = self.lexical();
        if !lexical.instance.template.symbolic || lexical.instance.declaring.get() {
            return;
        }
        let Some(name) = args[0].as_str().cloned() else { return };
        if name.contains('/') {
            return;
        }
        let Some(declared) = lexical.by_symbol(&name) else { return };
        let id = declared.id.clone();
        let api = declared.api_version.clone();
        args[0] = id;
        if let (1, Some(api)) = (args.len(), &api) {
            args.push(Value::str(api.clone()));
        }
    }

    pub(super) fn references(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        let args = call.args.iter().map(|a| self.eval(a, frame)).collect::<Evaluated<Vec<_>>>()?;
        Ok(Value::residual(Residual::call(call.name.clone(), args)))
    }

    /// `listKeys` and all other `list…`: decided by Azure, and secret.
    pub(super) fn list(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        let args = call.args.iter().map(|a| self.eval(a, frame)).collect::<Evaluated<Vec<_>>>()?;
        if args.is_empty() {
            return Err(failure(call.name_span, format!("{} takes a resource and an API version", call.name)));
        }
        let mut residual = Residual::call(call.name.clone(), args);
        residual.secret = true;
        Ok(Value::residual(residual))
    }

    /// What `reference(x).a.b` is where the body of `x` says it; `None` to go on step by step.
    pub(super) fn follow_reference(&self, base: &Value, path: &[Link]) -> Evaluated<Option<Value>> {
        if path.is_empty() {
            return Ok(None);
        }
        // The base may itself be a path into a reference: a variable that holds `reference(x).a`.
        let mut keys: Vec<Value> = path.iter().rev().map(|(k, _, _)| k.clone()).collect();
        let mut at = base.clone();
        let args = loop {
            let Data::Residual(r) = &at.data else { return Ok(None) };
            let inner = match &r.node {
                Node::Access { base, key } => {
                    keys.push(key.clone());
                    base.clone()
                }
                Node::Call { name, args } if name.eq_ignore_ascii_case("reference") => break args.clone(),
                _ => return Ok(None),
            };
            at = inner;
        };
        keys.reverse();
        let lexical = self.lexical();
        if lexical.instance.declaring.get() {
            return Ok(None);
        }
        let Some(declared) = lexical.referred(&args[0]) else { return Ok(None) };
        let full = args.get(2).and_then(Value::as_str).is_some_and(|s| s.eq_ignore_ascii_case("full"));
        let keys: Vec<&Value> = keys.iter().collect();
        let Some(found) = lexical.said(&declared, &keys, full) else { return Ok(None) };
        Ok(Some(found))
    }

    /// The resource of this deployment that an id, a symbolic name or a resource name means.
    fn referred(&self, what: &Value) -> Option<Rc<Declared>> {
        let table = self.table();
        match &what.data {
            Data::Str(text) if text.contains('/') => {
                table.iter().find(|d| d.id.as_str().is_some_and(|id| id.eq_ignore_ascii_case(text))).cloned()
            }
            Data::Str(text) => {
                table.iter().find(|d| d.name.as_str().is_some_and(|n| n.eq_ignore_ascii_case(text))).cloned()
            }
            Data::Residual(r) => {
                let text = r.text();
                table.iter().find(|d| d.id.as_residual().is_some_and(|id| id.text() == text)).cloned()
            }
            _ => None,
        }
    }

    fn by_symbol(&self, name: &str) -> Option<Rc<Declared>> {
        let table = self.table();
        // One of a loop is named with its index: `symbol[2]`.
        let (name, index) = match name.strip_suffix(']').and_then(|n| n.rsplit_once('[')) {
            Some((name, index)) => (name, index.parse::<i64>().ok()),
            None => (name, None),
        };
        let found = |d: &&Rc<Declared>| {
            d.resource.symbol.as_ref().is_some_and(|(s, _)| s.eq_ignore_ascii_case(name))
                && (index.is_none() || d.loops.last().and_then(|l| l.index.as_int()) == index)
        };
        table.iter().find(found).cloned()
    }

    /// The value at a path of a resource, if its declaration says it.
    fn said(&self, declared: &Rc<Declared>, keys: &[&Value], full: bool) -> Option<Value> {
        if declared.resource.existing {
            return None;
        }
        if let Some(child) = self.child(declared) {
            return self.output_of(child, keys, full);
        }
        let body = self.body(declared)?;
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
        Some(at)
    }

    /// `reference(deployment).outputs.x.value`
    fn output_of(&self, child: usize, keys: &[&Value], full: bool) -> Option<Value> {
        let keys = if full {
            let (first, rest) = keys.split_first()?;
            if !first.as_str()?.eq_ignore_ascii_case("properties") {
                return None;
            }
            rest
        } else {
            keys
        };
        let [outputs, name, value, rest @ ..] = keys else { return None };
        let is = |k: &Value, s: &str| k.as_str().is_some_and(|k: &EcoString| k.eq_ignore_ascii_case(s));
        if !is(outputs, "outputs") || !is(value, "value") {
            return None;
        }
        let inner = Evaluator::new(self.run, self.run.instance(child));
        let mut at = inner.output(name.as_str()?)?;
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

    /// The value of an output of this deployment.
    pub fn output(&self, name: &str) -> Option<Value> {
        let template = self.instance.template.clone();
        let index = template.outputs.iter().position(|o| o.name.eq_ignore_ascii_case(name))?;
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
        let value = self.in_frame(|frame| {
            let holds = output.condition.as_ref().map(|c| lexical.settle(c, frame));
            match holds.and_then(|c| c.as_bool()) {
                Some(false) => None,
                _ => Some(lexical.settle(&output.value, frame)),
            }
        });
        self.instance.active.borrow_mut().pop();
        cell.get_or_init(|| value).clone()
    }
}
