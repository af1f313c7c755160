//! What a template declares by name: the values of parameters and variables, each evaluated once.

use std::rc::Rc;

use ecow::{EcoString, eco_format};

use super::eval::{Interpreter, failure};
use super::frame::Frame;
use super::known::{
    self,
    secret::{self, Declared},
};
use super::residual::{Node, ParameterUse, Residual};
use super::run::{Evaluated, Failure};
use super::value::{Data, Value};
use crate::model::{Call, Expr, ExprKind, Parameter};
use crate::read::Span;

impl Interpreter<'_> {
    /// The name a call is given; if it is not decided, the call as a residual.
    pub(super) fn name_argument(&self, call: &Call, frame: &Frame<'_>) -> Evaluated<Result<EcoString, Value>> {
        match call.args.as_slice() {
            [Expr { kind: ExprKind::Str(s), .. }] => Ok(Ok(s.clone())),
            [arg] => {
                let value = self.eval(arg, frame)?;
                match &value.data {
                    Data::Str(s) => Ok(Ok(s.clone())),
                    Data::Residual(_) => Ok(Err(Value::residual(Residual::call(call.name.clone(), vec![value])))),
                    _ => Err(failure(arg.span, format!("{} takes a name", call.name))),
                }
            }
            _ => Err(failure(call.name_span, format!("{} takes one argument", call.name))),
        }
    }

    pub(super) fn parameters(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        let name = match self.name_argument(call, frame)? {
            Ok(name) => name,
            Err(open) => return Ok(open),
        };
        if let Some(own) = frame.function_parameters() {
            return match own.iter().find(|(n, _)| n.eq_ignore_ascii_case(&name)) {
                Some((_, value)) => Ok(value.clone()),
                None => Err(failure(call.name_span, format!("the function has no parameter '{name}'"))),
            };
        }
        let lexical = self.lexical();
        match lexical.instance.template.parameter(&name) {
            Some((index, _)) => lexical.parameter(index, call.name_span),
            None => Err(failure(call.name_span, format!("the template has no parameter '{name}'"))),
        }
    }

    /// The value of a parameter of this deployment.
    ///
    /// # Errors
    /// If the parameter is defined by itself.
    pub fn parameter(&self, index: usize, from: Span) -> Evaluated {
        if let Some(known) = self.instance.parameters[index].get() {
            return Ok(known.clone());
        }
        let template = &self.instance.template;
        let p = &template.parameters[index];
        let secret = super::types::is_secure(template, &p.ty);
        let declared = Declared { template, index, key: (self.instance.index as u32, index as u32) };
        // Null stands for nothing given: the default takes its place.
        let given = self.instance.given[index].as_ref().filter(|v| !v.is_null());
        let value = match (given, &p.default) {
            // A secret somebody gave is never shown; it goes by the parameter's name from here on.
            (Some(given), Some(default)) if known::may_be_null(given) => {
                // Whether anybody asks for the default nobody knows.
                let value = self.default_value(p, default, from, true)?;
                let value = self.bounded(known::or_default(given.clone(), value), default);
                declared.concealed(if secret::writes(default) { declared.marked(value) } else { value })
            }
            (Some(given), _) => declared.concealed(given.clone()),
            (None, _) if self.instance.unread => Value::residual(self.unread_parameter(index)),
            (None, Some(default)) => {
                let value = self.default_value(p, default, from, self.instance.supposed)?;
                // A secret that is made up when deploying (`newGuid()`) goes by the parameter's name.
                if secret && !value.is_known() {
                    Value { origin: value.origin, ..Value::residual(self.unknown_parameter(index)) }
                } else {
                    let value = if secret::writes(default) { declared.marked(value) } else { value };
                    self.run.note_secret(&value);
                    value
                }
            }
            (None, None) if p.ty.nullable || super::types::nullable(template, &p.ty) => Value::null(),
            (None, None) => Value::residual(self.unknown_parameter(index)),
        };
        Ok(self.instance.parameters[index].get_or_init(|| value).clone())
    }

    fn default_value(&self, p: &Parameter, default: &Expr, from: Span, supposed: bool) -> Evaluated {
        let label = eco_format!("parameters('{}')", p.name);
        let settle = || self.run.supposing(supposed, || self.settle(default, &Frame::ROOT));
        Ok(self.bounded(self.guarded(label, from, || Ok(settle()))?, default))
    }

    /// A parameter whose value is in a file that is not read: it may be null as well, if there is such a value.
    fn unread_parameter(&self, index: usize) -> Residual {
        let template = &self.instance.template;
        let mut unknown = self.unknown_parameter(index);
        if super::types::nullable(template, &template.parameters[index].ty)
            && let Node::Parameter(used) = &mut unknown.node
        {
            let used = Rc::make_mut(used);
            (used.allowed, used.boolean) = (None, false);
        }
        unknown
    }

    /// A parameter whose value nobody knows.
    pub(super) fn unknown_parameter(&self, index: usize) -> Residual {
        let template = &self.instance.template;
        let p = &template.parameters[index];
        let allowed =
            super::types::allowed(template, &p.ty).map(|a| a.iter().map(|e| self.settle(e, &Frame::ROOT)).collect());
        let boolean = super::types::is_bool(template, &p.ty);
        let secret = super::types::has_secret(template, &p.ty);
        let typed = (secret && !super::types::is_secure(template, &p.ty)).then(|| template.clone());
        let used = ParameterUse {
            name: p.name.clone(),
            part: EcoString::new(),
            key: (self.instance.index as u32, index as u32),
            allowed,
            boolean,
            hidden: None,
            typed,
        };
        Residual::new(Node::Parameter(Rc::new(used)), secret)
    }

    pub(super) fn variables(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        let name = match self.name_argument(call, frame)? {
            Ok(name) => name,
            Err(open) => return Ok(open),
        };
        let lexical = self.lexical();
        let Some((index, variable)) = lexical.instance.template.variable(&name) else {
            return Err(failure(call.name_span, format!("the template has no variable '{name}'")));
        };
        if let Some(known) = lexical.instance.variables[index].get() {
            return Ok(known.clone());
        }
        let label = eco_format!("variables('{}')", variable.name);
        let settle = || self.run.supposing(lexical.instance.supposed, || lexical.settle(&variable.value, &Frame::ROOT));
        let value = lexical.guarded(label, call.name_span, || Ok(settle()))?;
        let value = lexical.given_by_name(&variable.name, self.bounded(value, &variable.value));
        Ok(lexical.instance.variables[index].get_or_init(|| value).clone())
    }

    /// The value of a name in a parameter file: where it is what the file gives to a parameter of the template, it is as
    /// secret as that.
    pub(super) fn given_by_name(&self, name: &str, value: Value) -> Value {
        let Some(to) = &self.instance.gives_to else { return value };
        let declared = |index| Declared { template: &to.template, index, key: (0, index as u32) };
        match to.parameter(name) {
            Some(index) => declared(index).concealed(value),
            None => value,
        }
    }

    /// Whether it is the default value of a parameter that is being evaluated.
    pub(super) fn in_default(&self) -> bool {
        self.instance.active.borrow().last().is_some_and(|label| label.starts_with("parameters("))
    }

    /// Evaluates a definition that must not use itself.
    pub(super) fn guarded(&self, label: EcoString, from: Span, f: impl FnOnce() -> Evaluated) -> Evaluated {
        {
            let mut active = self.instance.active.borrow_mut();
            if let Some(i) = active.iter().position(|a| *a == label) {
                let cycle: Vec<&str> = active[i..].iter().map(EcoString::as_str).chain([label.as_str()]).collect();
                let message = format!("{label} is defined by itself: {}", cycle.join(" → "));
                return Err(Failure { message, span: from, code: "cycle" });
            }
            active.push(label);
        }
        let result = f();
        self.instance.active.borrow_mut().pop();
        result
    }
}
