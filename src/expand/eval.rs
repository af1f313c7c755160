//! Expressions to values.
//!
//! What is undecided stays a residual whose parts are evaluated as far as they go. An expression that fails costs its own
//! value: the failure becomes a diagnostic where the expression stands, and a residual holds what was written.

use std::rc::Rc;

use ecow::{EcoString, eco_format};
use smallvec::SmallVec;

use super::frame::Frame;
use super::functions::{self, FunctionError, Implementation};
use super::instance::Instance;
use super::known::secret;
use super::print;
use super::residual::{Node, Residual};
use super::resources;
use super::run::{Evaluated, Failure, Run};
use super::value::{Data, Member, Object, Origin, Places, Value};
use super::weight;
use crate::diagnostic::Diagnostic;
use crate::model::{Builtin, Call, Expr, ExprKind, Loop};
use crate::read::Span;

/// So many values are compared with one another in the time of a step.
const PAIRS_PER_STEP: u64 = 16;

/// Evaluates expressions of one deployment.
#[derive(Clone)]
pub struct Interpreter<'r> {
    /// The run.
    pub run: &'r Run<'r>,
    /// The deployment whose parameters, variables and resources are meant.
    pub instance: Rc<Instance>,
}

impl<'r> Interpreter<'r> {
    /// An evaluator for a deployment.
    pub fn new(run: &'r Run<'r>, instance: Rc<Instance>) -> Self {
        Interpreter { run, instance }
    }

    /// The evaluator of the deployment in whose scope this one's expressions are evaluated: itself, unless outer.
    pub fn lexical(&self) -> Interpreter<'r> {
        let mut at = self.instance.clone();
        while !at.inner
            && let Some(parent) = at.parent
        {
            at = self.run.instance(parent);
        }
        Interpreter { run: self.run, instance: at }
    }

    /// Evaluates; a failure becomes a diagnostic and a residual.
    pub fn settle(&self, expr: &Expr, frame: &Frame<'_>) -> Value {
        self.eval(expr, frame).unwrap_or_else(|failure| self.failed(expr, &failure))
    }

    /// The value, unless it is too large.
    pub(super) fn bounded(&self, value: Value, expr: &Expr) -> Value {
        match self.run.weigh(&value, expr.span) {
            Ok(_) => value,
            Err(failure) => self.failed(expr, &failure),
        }
    }

    pub(super) fn failed(&self, expr: &Expr, failure: &Failure) -> Value {
        self.run.fail(failure);
        self.as_written(expr)
    }

    /// As [`Self::failed`], where nothing is wrong with what the template says.
    pub(super) fn abandoned(&self, expr: &Expr, diagnostic: Diagnostic) -> Value {
        self.run.report(diagnostic);
        self.as_written(expr)
    }

    fn as_written(&self, expr: &Expr) -> Value {
        let mut value = Value::residual(Residual::new(Node::Failed(self.written(expr)), false));
        value.origin = Origin::computed(expr.span);
        value
    }

    /// What is written where an expression has no value; nothing once there is no room for it.
    pub(super) fn written(&self, expr: &Expr) -> EcoString {
        let text = if self.run.is_exhausted() { EcoString::from("…") } else { print::expression(expr).into() };
        // Whether there is room for the next one is asked when something is evaluated next.
        let _ = self.run.spend(0, text.len() as u64, expr.span);
        text
    }

    /// Evaluates an expression.
    ///
    /// # Errors
    /// The failure of the part that has no value, if no surrounding whole expression has dealt with it.
    pub fn eval(&self, expr: &Expr, frame: &Frame<'_>) -> Evaluated {
        let _level = self.run.enter(expr.span)?;
        let data = match &expr.kind {
            ExprKind::Null => Data::Null,
            ExprKind::Bool(b) => Data::Bool(*b),
            ExprKind::Int(i) => Data::Int(*i),
            ExprKind::Float(f) => Data::Float(*f),
            ExprKind::Str(s) => Data::Str(s.clone()),
            ExprKind::Array(items) => {
                self.run.spend(0, items.len() as u64 * weight::VALUE, expr.span)?;
                let items = items.iter().map(|i| self.eval(i, frame)).collect::<Evaluated<Vec<_>>>()?;
                Data::Array(Rc::new(items))
            }
            ExprKind::Object(properties) => {
                self.run.spend(0, properties.len() as u64 * weight::MEMBER, expr.span)?;
                let mut object = Object { members: Vec::with_capacity(properties.len()), ..Object::default() };
                let mut places = Places::of(&object, properties.len());
                for p in properties {
                    let value = self.eval(&p.value, frame)?;
                    let key = match p.key.as_str() {
                        Some(key) => key.clone(),
                        None => self.computed_key(&p.key, frame)?,
                    };
                    places.set(&mut object, key, Some(p.key.span), value);
                }
                Data::Object(Rc::new(object))
            }
            ExprKind::Expression(inner) => {
                return Ok(match self.eval(inner, frame) {
                    Ok(value) => placed(value, expr.span),
                    Err(failure) => self.failed(expr, &failure),
                });
            }
            ExprKind::Call(call) => return self.call(call, expr, frame),
            ExprKind::Access { .. } => return self.access(expr, frame),
            ExprKind::Loop(looped) => {
                return Ok(self.looped(looped, frame).unwrap_or_else(|failure| self.failed(expr, &failure)));
            }
            ExprKind::Invalid(text) => Data::Residual(Rc::new(Residual::new(Node::Failed(text.clone()), false))),
        };
        Ok(Value { data, origin: Origin::literal(expr.span) })
    }

    fn computed_key(&self, key: &Expr, frame: &Frame<'_>) -> Evaluated<EcoString> {
        let value = self.eval(key, frame)?;
        Ok(match &value.data {
            Data::Str(s) => s.clone(),
            Data::Int(i) => eco_format!("{i}"),
            Data::Bool(b) => eco_format!("{b}"),
            Data::Residual(r) => eco_format!("[{}]", r.text()),
            _ => return Err(failure(key.span, "a property name must be a string")),
        })
    }

    fn call(&self, call: &Call, expr: &Expr, frame: &Frame<'_>) -> Evaluated {
        if let Some(namespace) = &call.namespace {
            return self.user_function(namespace, call, frame);
        }
        let Some(function) = call.builtin() else { return self.unknown_function(call, frame) };
        match function {
            Builtin::Parameters => self.parameters(call, frame),
            Builtin::Variables => self.variables(call, frame),
            Builtin::If => self.if_(call, frame),
            Builtin::And => self.and_or(call, frame, false),
            Builtin::Or => self.and_or(call, frame, true),
            Builtin::Coalesce => self.coalesce(call, frame),
            Builtin::CopyIndex => self.copy_index(call, frame),
            Builtin::LambdaVariables => self.lambda_variable(call, frame),
            Builtin::Lambda => Ok(Value::residual(self.lambda_text(expr, frame))),
            Builtin::Reference => self.reference(call, frame),
            Builtin::References => self.references(call, frame),
            Builtin::ResourceInfo => self.resource_info(call, frame),
            Builtin::NewGuid | Builtin::UtcNow if !self.in_default() => {
                let message = format!("{} can only be used in the default value of a parameter", call.name);
                Err(failure(call.name_span, message))
            }
            // What only the machine that deploys knows: a secret of a vault.
            Builtin::GetSecret => Ok(Value::residual(Residual::call(call.name.clone(), self.arguments(call, frame)?))),
            Builtin::List => self.list(call, frame),
            function => self.builtin(function, call, expr, frame),
        }
    }

    fn arguments(&self, call: &Call, frame: &Frame<'_>) -> Evaluated<Vec<Value>> {
        call.args.iter().map(|a| self.operand(a, frame)).collect()
    }

    /// An argument of a function, which takes the longer the larger it is.
    pub(super) fn operand(&self, expr: &Expr, frame: &Frame<'_>) -> Evaluated {
        let value = self.argument(self.eval(expr, frame)?);
        let units = self.run.weigh(&value, expr.span)?;
        self.run.charge(units / 8, expr.span)?;
        Ok(value)
    }

    fn builtin(&self, function: Builtin, call: &Call, expr: &Expr, frame: &Frame<'_>) -> Evaluated {
        let Some(implementation) = functions::implementation(function) else {
            return self.unknown_function(call, frame);
        };
        let n = call.args.len();
        let (min, max) = function.facts().arity;
        if n < min || n > max {
            let takes = match (min, max) {
                (a, b) if a == b => format!("{a}"),
                (a, usize::MAX) => format!("at least {a}"),
                (a, b) => format!("{a} to {b}"),
            };
            return Err(failure(call.name_span, format!("{} takes {takes} arguments, and there are {n}", call.name)));
        }
        let refused = |e: FunctionError| failure(call.name_span, e.0);
        // Messages of functions quote what they were given.
        let discreet = |e: FunctionError, args: &[Value]| match self.run.has_secrets() && args.iter().any(secret::tells)
        {
            true => failure(call.name_span, format!("{} cannot take what it is given here", call.name)),
            false => refused(e),
        };
        // A name that nobody said may be longer, or end with a number.
        let otherwise = |e: FunctionError, args: &[Value]| {
            let is_count = |v: &Value| v.as_int().is_some_and(|i| i >= 0);
            let excused = match function {
                Builtin::Substring => args.iter().skip(1).all(is_count),
                Builtin::Int => true,
                _ => false,
            };
            match args.first().filter(|a| excused && a.origin.assumed && self.is_part_of_supposed(a)) {
                Some(name) => Ok(Some(self.opaque(expr, name))),
                None => Err(discreet(e, args)),
            }
        };
        let (args, outcome) = match implementation {
            Implementation::Pure(f) => {
                let args = self.arguments(call, frame)?;
                self.run.charge(functions::pairs(function, &args) / PAIRS_PER_STEP, expr.span)?;
                let outcome = f(&args).or_else(|e| otherwise(e, &args))?;
                (args, outcome)
            }
            Implementation::Context(f) => {
                let args = self.arguments(call, frame)?;
                let outcome = f(&self.lexical().instance.context, &args).or_else(|e| otherwise(e, &args))?;
                (args, outcome)
            }
            Implementation::Residual => (self.arguments(call, frame)?, None),
            Implementation::Lambda(f) => {
                let (lambdas, plain): (Vec<&Expr>, Vec<&Expr>) = call.args.iter().partition(|a| is_lambda(a));
                let plain = plain.into_iter().map(|a| self.operand(a, frame)).collect::<Evaluated<Vec<_>>>()?;
                let failed = std::cell::RefCell::new(None);
                let closures: Vec<_> = lambdas
                    .iter()
                    .map(|l| {
                        |values: &[Value]| {
                            self.apply(l, values, frame).map_err(|f: Failure| {
                                let message = f.message.clone();
                                failed.borrow_mut().get_or_insert(f);
                                FunctionError(message)
                            })
                        }
                    })
                    .collect();
                let dynamic: Vec<functions::Lambda<'_>> = closures.iter().map(|c| c as functions::Lambda<'_>).collect();
                let outcome =
                    f(&plain, &dynamic).map_err(|e| failed.borrow_mut().take().unwrap_or_else(|| refused(e)))?;
                drop(dynamic);
                let mut plain = plain.into_iter();
                let args = match outcome {
                    Some(_) => Vec::new(),
                    None => call
                        .args
                        .iter()
                        .filter_map(|a| {
                            if is_lambda(a) { Some(Value::residual(self.lambda_text(a, frame))) } else { plain.next() }
                        })
                        .collect(),
                };
                (args, outcome)
            }
        };
        let assumed = args.iter().any(|a| a.origin.assumed);
        let outcome = outcome.map(|value| of_nothing(value, &args, expr.span));
        let value = match outcome {
            // What is made of a secret that is known is one, too.
            Some(value) if self.run.has_secrets() && secret::made_of(function, &args) => secret::marked(value, false),
            Some(value) => value,
            None => Value::residual(Residual::call(call.name.clone(), args)),
        };
        self.run.made(&value, expr.span)?;
        Ok(if assumed { value.assumed() } else { value })
    }

    /// A function that is not in the table: the languages move, so it may be newer than this program. What it gives is not known.
    fn unknown_function(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        let message = format!("there is no template function named '{}' here; its value is not known", call.name);
        self.run.report(Diagnostic::warning("unknown-function", call.name_span, message));
        Ok(Value::residual(Residual::call(call.name.clone(), self.arguments(call, frame)?)))
    }

    /// Applies `lambda('a', 'b', body)` to values.
    fn apply(&self, lambda: &Expr, values: &[Value], frame: &Frame<'_>) -> Evaluated {
        let ExprKind::Call(call) = &lambda.kind else { return Err(failure(lambda.span, "a lambda is expected here")) };
        let Some((body, names)) = call.args.split_last() else {
            return Err(failure(lambda.span, "a lambda needs a body"));
        };
        self.bind(names, values, body, frame)
    }

    fn bind(&self, names: &[Expr], values: &[Value], body: &Expr, frame: &Frame<'_>) -> Evaluated {
        match (names.split_first(), values.split_first()) {
            (Some((name, names)), Some((value, values))) => {
                let Some(name) = name.as_str() else {
                    return Err(failure(name.span, "a lambda variable is a plain name"));
                };
                let inner = frame.with_lambda(name, value);
                self.bind(names, values, body, &inner)
            }
            (Some((name, _)), None) => {
                Err(failure(name.span, "the lambda has more variables than the function gives it values"))
            }
            (None, _) => {
                // What a lambda gives may be what it is given next: it grows without a variable.
                let value = self.eval(body, frame)?;
                self.run.weigh(&value, body.span)?;
                Ok(value)
            }
        }
    }

    /// A lambda that stays in a residual: its body evaluated as far as it goes, with its own variables open.
    fn lambda_text(&self, lambda: &Expr, frame: &Frame<'_>) -> Residual {
        let written = || Residual::new(Node::Text(self.written(lambda)), false);
        let ExprKind::Call(call) = &lambda.kind else { return written() };
        let Some((body, names)) = call.args.split_last() else { return written() };
        let open: Vec<Value> = names
            .iter()
            .map(|n| {
                let name = n.as_str().cloned().unwrap_or_default();
                Value::residual(Residual::call("lambdaVariables", vec![Value::str(name)]))
            })
            .collect();
        // A lambda within may have a variable of the same name.
        match self.run.granting_nothing(|| self.bind(names, &open, body, frame)) {
            Ok(body) => {
                let mut args: Vec<Value> =
                    names.iter().map(|n| Value::str(n.as_str().cloned().unwrap_or_default())).collect();
                args.push(body);
                Residual::call(call.name.clone(), args)
            }
            Err(_) => written(),
        }
    }

    fn lambda_variable(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        let name = match self.name_argument(call, frame)? {
            Ok(name) => name,
            Err(open) => return Ok(open),
        };
        match frame.lambda_variable(&name) {
            Some(value) => Ok(value.clone()),
            None => Err(failure(call.name_span, format!("there is no lambda variable '{name}' here"))),
        }
    }

    fn if_(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        let [condition, yes, no] = call.args.as_slice() else {
            return Err(failure(call.name_span, "if takes 3 arguments: a condition and two values"));
        };
        let condition = self.eval(condition, frame)?;
        match condition.data {
            Data::Bool(b) => {
                let chosen = self.eval(if b { yes } else { no }, frame)?;
                Ok(if condition.origin.assumed { chosen.assumed() } else { chosen })
            }
            Data::Residual(_) => {
                if let Some(holds) = self.run.grants(&condition) {
                    return self.eval(if holds { yes } else { no }, frame);
                }
                // Only one of the two is ever evaluated: the other may fail and nobody would know.
                let yes = self.bounded(self.branch(yes, Some((&condition, true)), frame), yes);
                let no = self.bounded(self.branch(no, Some((&condition, false)), frame), no);
                let open = Value::residual(Residual::call(call.name.clone(), vec![condition, yes, no]));
                self.run.made(&open, call.name_span)?;
                Ok(open)
            }
            _ => Err(failure(call.args[0].span, "the condition of if must be a boolean")),
        }
    }

    /// A value that may never be asked for: its failure is not reported. It counts where a condition is as it is said to be.
    fn branch(&self, expr: &Expr, granted: Option<(&Value, bool)>, frame: &Frame<'_>) -> Value {
        self.run
            .granting(granted, || self.eval(expr, frame))
            .unwrap_or_else(|_| Value::residual(Residual::new(Node::Failed(self.written(expr)), false)))
    }

    fn and_or(&self, call: &Call, frame: &Frame<'_>, decides: bool) -> Evaluated {
        if call.args.len() < 2 {
            return Err(failure(call.name_span, format!("{} takes at least 2 arguments", call.name)));
        }
        let mut args = Vec::with_capacity(call.args.len());
        let (mut open, mut assumed) = (false, false);
        let answer = |b: bool, assumed: bool| if assumed { Value::bool(b).assumed() } else { Value::bool(b) };
        for a in &call.args {
            let value = if open { self.branch(a, None, frame) } else { self.eval(a, frame)? };
            assumed |= value.origin.assumed;
            match value.data {
                Data::Bool(b) if b == decides => return Ok(answer(decides, value.origin.assumed)),
                Data::Bool(_) => {}
                Data::Residual(_) => open = true,
                _ => return Err(failure(a.span, format!("the arguments of {} must be booleans", call.name))),
            }
            args.push(value);
        }
        Ok(if open { Value::residual(Residual::call(call.name.clone(), args)) } else { answer(!decides, assumed) })
    }

    fn coalesce(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        // Most are decided by their first or second argument, and then nobody wants these.
        let mut args: SmallVec<[Value; 2]> = SmallVec::new();
        let mut open = false;
        for a in &call.args {
            let value = self.argument(if open { self.branch(a, None, frame) } else { self.eval(a, frame)? });
            self.run.weigh(&value, a.span)?;
            match value.data {
                Data::Null => {}
                Data::Residual(_) => open = true,
                _ if !open => return Ok(value),
                _ => {}
            }
            args.push(value);
        }
        Ok(if open { Value::residual(Residual::call(call.name.clone(), args.into_vec())) } else { Value::null() })
    }

    fn copy_index(&self, call: &Call, frame: &Frame<'_>) -> Evaluated {
        let args = self.arguments(call, frame)?;
        let name = args.first().and_then(Value::as_str);
        let offset = match (args.first().map(|v| &v.data), args.get(1).map(|v| &v.data)) {
            (Some(Data::Int(i)), None) | (_, Some(Data::Int(i))) => *i,
            _ => 0,
        };
        let Some(index) = frame.loop_index(name.map(EcoString::as_str)) else {
            let message = match name {
                Some(name) => format!("there is no loop named '{name}' around this copyIndex"),
                None => "copyIndex stands outside of any loop".to_owned(),
            };
            return Err(failure(call.name_span, message));
        };
        Ok(match index.data {
            Data::Int(i) => Value::int(i.saturating_add(offset)),
            // That of a loop within a deployment that is one of many goes by a name of its own.
            Data::Residual(ref r) if resources::is_inner(r) => match offset {
                0 => index.clone(),
                _ => Value::residual(Residual::call("add", vec![index.clone(), Value::int(offset)])),
            },
            _ => Value::residual(Residual::call(call.name.clone(), args)),
        })
    }

    fn looped(&self, looped: &Loop, frame: &Frame<'_>) -> Evaluated {
        let count = self.eval(&looped.count, frame)?;
        let n = match &count.data {
            Data::Int(n) => self.loop_count(*n, looped)?,
            Data::Residual(_) => return Ok(self.open_loop(looped, frame, count)),
            _ => {
                let count = self.failed(&looped.count, &resources::no_count(looped));
                return Ok(self.open_loop(looped, frame, count));
            }
        };
        let mut items = Vec::with_capacity(n);
        for i in 0..n {
            let index = Value::int(i as i64);
            let inner = frame.with_loop(&looped.name, &index);
            self.run.spend(0, weight::VALUE, looped.span)?;
            items.push(self.eval(&looped.input, &inner)?);
        }
        Ok(Value { data: Data::Array(Rc::new(items)), origin: Origin::literal(looped.span) })
    }

    /// A loop of unknown length: how many items there are cannot be asked, but what an item is like can be seen.
    fn open_loop(&self, looped: &Loop, frame: &Frame<'_>, count: Value) -> Value {
        let index = Value::residual(Residual::call("copyIndex", vec![Value::str(looped.name.clone())]));
        let inner = frame.with_loop(&looped.name, &index);
        let item = self.settle(&looped.input, &inner);
        let mut value = Value::residual(Residual::open_loop(looped.name.clone(), count, item));
        value.origin = Origin::computed(looped.span);
        value
    }

    /// Checks the count of a loop against the bound.
    pub(super) fn loop_count(&self, n: i64, looped: &Loop) -> Evaluated<usize> {
        if n < 0 {
            return Err(failure(looped.count.span, format!("the count of a loop cannot be {n}")));
        }
        if n > self.run.limits.copies {
            let message = format!("a loop of {n} is too long; Azure allows {}", self.run.limits.copies);
            return Err(Failure { message, span: looped.count.span, code: "copy-limit" });
        }
        Ok(n as usize)
    }

    fn user_function(&self, namespace: &str, call: &Call, frame: &Frame<'_>) -> Evaluated {
        let lexical = self.lexical();
        let template = lexical.instance.template.clone();
        let Some((_, function)) = template.function(namespace, &call.name) else {
            return Err(failure(call.name_span, format!("there is no function {namespace}.{}", call.name)));
        };
        if function.parameters.len() != call.args.len() {
            let (want, have) = (function.parameters.len(), call.args.len());
            let message = format!("{namespace}.{} takes {want} arguments, and there are {have}", call.name);
            return Err(failure(call.name_span, message));
        }
        let args = self.arguments(call, frame)?;
        let bound: Vec<(EcoString, Value)> =
            function.parameters.iter().map(|(name, _)| name.clone()).zip(args).collect();
        let inner = Frame::function(&bound);
        // A failure is the caller's: one that was dealt with at every level of a recursion would be met again at each.
        match &function.body.kind {
            ExprKind::Expression(body) => self.eval(body, &inner).map(|v| placed(v, function.body.span)),
            _ => self.eval(&function.body, &inner),
        }
    }
}

/// A value at the whole expression that yields it.
fn placed(value: Value, span: Span) -> Value {
    value.handed_over(span)
}

/// Where nothing came out of a call, the argument decided that is nothing itself and was given elsewhere, if there is only one: to
/// mend it, one edits that.
fn of_nothing(mut value: Value, args: &[Value], call: Span) -> Value {
    if value.origin.place.is_none() && is_nothing(&value) {
        let elsewhere = |a: &Value| a.origin.place.is_some_and(|place| !call.contains(place));
        let mut handed = args.iter().filter(|a| elsewhere(a) && is_nothing(a));
        if let (Some(only), None) = (handed.next(), handed.next()) {
            value.origin = Origin { secret: value.origin.secret, ..only.origin.clone().partly() };
        }
    }
    value
}

fn is_nothing(value: &Value) -> bool {
    match &value.data {
        Data::Str(s) => s.is_empty(),
        Data::Array(items) => items.is_empty(),
        Data::Object(o) => o.members.is_empty(),
        _ => false,
    }
}

fn is_lambda(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call(c) if Builtin::of(c) == Some(Builtin::Lambda))
}

/// A failure that is nothing but a wrong expression.
pub(super) fn failure(span: Span, message: impl Into<String>) -> Failure {
    Failure { message: message.into(), span, code: "expression" }
}

/// A member of an object under construction.
pub(super) fn member(key: &str, value: Value) -> Member {
    Member { key: key.into(), key_span: None, value }
}
