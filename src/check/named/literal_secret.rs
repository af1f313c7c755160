//! Whether settings of resources, and what machines are given to run, hold secrets that are written into the template.

use ecow::EcoString;
use rustc_hash::FxHashSet;

use crate::check::named::support::called::Called;
use crate::check::named::support::declared::{self, is_secure};
use crate::check::named::support::handed;
use crate::check::named::support::noted::{self, Said};
use crate::check::named::support::written::{self, Written};
use crate::check::secrets::{names, shape, workflow};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::model::{Builtin, Call, Expr, ExprKind, Property, Template};
use crate::nesting;
use crate::read::Span;
use crate::rules::language::Operand;

/// No resource of the deployment, or of those in it, has a setting that is called like a secret with a literal for its value, a
/// connection string with a secret in it, or a script with one; and none of these deployments gives a literal to a secure parameter
/// of another.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let settings = settings(e, s, args);
    let deployment = e.world.forest.nodes[s.node].deploys;
    let (Some(deployed), Some(deployment)) = (e.world.deployed, deployment) else { return settings };
    let handed = handed::written(deployed, deployment);
    for said in &handed {
        declared::say(e, s.node, &*said.words, said.span, said.pointer.clone());
    }
    settings.and(Truth::from(handed.is_empty()))
}

/// The same of settings, connection strings and scripts.
fn settings<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    noted::each(e, s, true, ("literal-secret", args), |_, declared| {
        let mut out = Vec::new();
        let new = |_| Written::new(&declared.scope);
        let (mut secrets, mut written) = (Written::new(&declared.scope), Around::ALL.map(new));
        let called = Called::default();
        // Values that the rules about secret properties judge.
        let mut known: FxHashSet<Span> = FxHashSet::default();
        for (resource, type_) in declared::resources(&declared.template) {
            if type_.eq_ignore_ascii_case("Microsoft.Resources/deployments") {
                continue;
            }
            for path in names::paths_and_marked(&type_) {
                known.extend(secrets.at(&resource.body, path).into_iter().map(|(_, value)| value.span));
            }
            let (scope, settings) = (&*declared.scope, is_settings(&type_));
            let given = workflow::secure_values(&resource.body, &type_, scope);
            known.extend(given.iter().map(|(_, value)| value.span));
            let mut search = Search {
                scope,
                type_: &type_,
                written: &mut written,
                known: &known,
                called: &called,
                settings,
                found: Vec::new(),
                depth: 0,
            };
            search.walk(&resource.body, Around::Plain, "");
            for path in names::paths_by_type(&type_) {
                secrets.at(&resource.body, path).into_iter().for_each(|(_, value)| search.secret("value", value));
            }
            given.into_iter().for_each(|(name, value)| search.typed(name, value));
            let found = search.found.into_iter();
            out.extend(found.map(|(words, span)| Said { words, span, pointer: resource.pointer.clone() }));
        }
        out
    })
}

/// What the names of members mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    /// They are properties of the resource.
    Plain,
    /// They are names of settings that somebody chose.
    Settings,
    /// They are properties, and the value is what a machine runs.
    Script,
}

impl Around {
    const ALL: [Around; 3] = [Around::Plain, Around::Settings, Around::Script];
}

/// The properties of a resource type that hold settings, at any depth below them.
fn is_settings(type_: &str) -> &'static [&'static str] {
    let lower = type_.to_ascii_lowercase();
    let ends = |end: &str| lower.ends_with(end);
    match lower.split('/').next().unwrap_or_default() {
        "microsoft.web" if ends("/config") => &["properties"],
        "microsoft.web" if ends("/connections") => &["parameterValues"],
        "microsoft.automation" if ends("/connections") => &["fieldDefinitionValues"],
        "microsoft.compute" | "microsoft.hybridcompute" => &["settings", "protectedSettings"],
        _ => &[],
    }
}

struct Search<'w, 't> {
    scope: &'t Template,
    /// The type of the resource.
    type_: &'w str,
    /// What variables were looked through already, for this resource or another: of each kind of names.
    written: &'w mut [Written<'t>; Around::ALL.len()],
    known: &'w FxHashSet<Span>,
    called: &'w Called,
    settings: &'static [&'static str],
    /// What is wrong, and where.
    found: Vec<(String, Span)>,
    depth: usize,
}

/// The literals of a text.
#[derive(Default)]
struct Pieces<'t> {
    texts: Vec<(&'t EcoString, Span)>,
    /// The variables that were looked into: looks double with every variable that takes one twice.
    seen: FxHashSet<*const Expr>,
}

impl<'t> Search<'_, 't> {
    /// Looks at a value that stands under a key.
    fn walk(&mut self, value: &'t Expr, around: Around, key: &str) {
        if !nesting::SECRET.allows(self.depth) || self.known.contains(&value.span) {
            return;
        }
        self.depth += 1;
        match &value.kind {
            ExprKind::Object(members) => {
                let members: Vec<_> = members.iter().map(|Property { key, value }| (key, value)).collect();
                members.iter().for_each(|m| self.member(*m, &members, key, around));
            }
            ExprKind::Array(items) => items.iter().for_each(|i| self.walk(i, around, key)),
            ExprKind::Loop(l) => self.walk(&l.input, around, key),
            _ => {
                self.text(value, around, key);
                self.put_together(value, around, key);
            }
        }
        self.depth -= 1;
    }

    /// Looks at the objects and lists of which an expression makes one. Its texts were looked at.
    fn put_together(&mut self, value: &'t Expr, around: Around, key: &str) {
        if !nesting::SECRET.allows(self.depth) {
            return;
        }
        self.depth += 1;
        match &value.kind {
            ExprKind::Object(_) | ExprKind::Array(_) | ExprKind::Loop(_) => self.walk(value, around, key),
            ExprKind::Expression(inner) => self.put_together(inner, around, key),
            ExprKind::Access { base, key: name, .. } => {
                for (_, object) in self.written[around as usize].member(base, name) {
                    self.put_together(object, around, key);
                }
            }
            ExprKind::Call(call) => match Builtin::of(call) {
                Some(Builtin::CreateObject) => {
                    let members: Vec<_> = written::pairs(call).collect();
                    members.iter().for_each(|m| self.member(*m, &members, key, around));
                }
                Some(Builtin::CreateArray) => call.args.iter().for_each(|i| self.walk(i, around, key)),
                _ => {
                    for part in self.written[around as usize].parts(call, "") {
                        self.put_together(part, around, key);
                    }
                }
            },
            _ => {}
        }
        self.depth -= 1;
    }

    fn member(
        &mut self,
        (key, value): (&'t Expr, &'t Expr),
        among: &[(&'t Expr, &'t Expr)],
        under: &str,
        around: Around,
    ) {
        let Some(key) = self.called.name(key, self.scope) else { return self.walk(value, around, "") };
        let key = key.as_str();
        // What the schema of an interface shows is made up.
        if ["example", "examples"].iter().any(|shown| key.eq_ignore_ascii_case(shown)) {
            return;
        }
        let at = |wanted: &str| {
            let is = |(key, _): &&(&Expr, &'t Expr)| key.as_str().is_some_and(|k| k.eq_ignore_ascii_case(wanted));
            among.iter().find(is).map(|(_, value)| *value)
        };
        let name = || self.called.name(at("name")?, self.scope);
        let setting = if around == Around::Settings && shape::is_secret_setting(key) {
            Some(EcoString::from(key))
        } else if key.eq_ignore_ascii_case("value") {
            name().filter(|name| shape::is_secret_setting(name))
        } else {
            None
        };
        // Templates that are kept as data declare parameters as well, and packages of Sentinel write what to enter there.
        let counts = || !key.eq_ignore_ascii_case("defaultValue") || shape::is_orchestrated(self.type_);
        if setting.is_none() && shape::is_typed_secret(key, at) && counts() && !self.known.contains(&value.span) {
            return self.typed(key, value);
        }
        let here = || {
            let is_here = around != Around::Script && shape::is_secret_here(key, under, at, false);
            is_here.then(|| EcoString::from(key))
        };
        if let Some(name) = setting.or_else(here)
            && !self.known.contains(&value.span)
        {
            // `{"value": …, "type": …}` around it: connection strings, parameters. Headers have lists of values.
            let inner = value.get("value").unwrap_or(value);
            let values = match &inner.kind {
                ExprKind::Array(items) => items.as_slice(),
                _ => std::slice::from_ref(inner),
            };
            if values.iter().any(|v| self.text_of(v, 0).is_some()) {
                return values.iter().for_each(|v| self.secret(&name, v));
            }
        }
        let inside = match around {
            Around::Plain if self.settings.iter().any(|s| key.eq_ignore_ascii_case(s)) => Around::Settings,
            _ if shape::is_script(key) => Around::Script,
            Around::Plain if shape::is_request(key) => Around::Settings,
            other => other,
        };
        self.walk(value, inside, key);
    }

    /// Looks at a value whose type says that it is a secret: in an object, at the members that are called like one.
    fn typed(&mut self, name: &str, value: &'t Expr) {
        if !nesting::SECRET.allows(self.depth) {
            return;
        }
        self.depth += 1;
        match &value.kind {
            ExprKind::Object(members) => {
                let members: Vec<_> = members.iter().map(|Property { key, value }| (key, value)).collect();
                members.iter().for_each(|m| self.member(*m, &members, name, Around::Settings));
            }
            _ if self.text_of(value, 0).is_some() => self.secret(name, value),
            _ => {
                self.text(value, Around::Settings, name);
                self.put_together(value, Around::Settings, name);
            }
        }
        self.depth -= 1;
    }

    /// Notes a value that is a secret, if it is written out.
    fn secret(&mut self, name: &str, value: &'t Expr) {
        let is_policy = || {
            let policy = "Microsoft.Authorization/policy";
            self.type_.get(..policy.len()).is_some_and(|start| start.eq_ignore_ascii_case(policy))
        };
        if let Some((text, span)) = self.text_of(value, 0)
            && shape::can_be_secret(text)
            && !(shape::is_effect(text) && is_policy())
        {
            self.found.push((format!("`{name}` is a secret, and it is written into the template"), span));
        }
    }

    /// Looks for secrets in all texts that a value is made of.
    fn text(&mut self, value: &'t Expr, around: Around, key: &str) {
        let mut pieces = Pieces::default();
        self.pieces(value, &mut pieces, 0);
        for (text, span) in pieces.texts {
            if shape::has_secret(text, around == Around::Script) {
                self.found.push((format!("`{key}` holds a secret that is written into the template"), span));
            }
        }
    }

    /// The text that a value is, and where it is written: through variables, and defaults of parameters that are not secure.
    fn text_of(&self, value: &'t Expr, depth: usize) -> Option<(&'t EcoString, Span)> {
        if !nesting::ALIAS.allows(depth) {
            return None;
        }
        match &value.kind {
            ExprKind::Str(text) => Some((text, value.span)),
            ExprKind::Expression(inner) => self.text_of(inner, depth + 1),
            ExprKind::Call(call) => self.text_of(self.declared(call)?, depth + 1),
            ExprKind::Access { base, key, .. } => {
                let key = key.as_str()?;
                let mut object: &Expr = base;
                for _ in 0..nesting::ALIAS.levels() {
                    match &object.kind {
                        ExprKind::Expression(inner) => object = inner,
                        ExprKind::Call(call) => object = self.declared(call)?,
                        _ => break,
                    }
                }
                self.text_of(object.get(key)?, depth + 1)
            }
            _ => None,
        }
    }

    /// What a call of `variables` or `parameters` stands for in the template.
    fn declared(&self, call: &Call) -> Option<&'t Expr> {
        written::stands_for(call, self.scope, is_secure)
    }

    /// The literals of which a text is put together.
    fn pieces(&self, value: &'t Expr, out: &mut Pieces<'t>, depth: usize) {
        if !nesting::ALIAS.allows(depth) {
            return;
        }
        match &value.kind {
            ExprKind::Expression(inner) => self.pieces(inner, out, depth + 1),
            ExprKind::Call(call) => match Builtin::of(call) {
                Some(Builtin::If) => call.args.iter().skip(1).for_each(|a| self.pieces(a, out, depth + 1)),
                Some(
                    Builtin::Base64
                    | Builtin::Coalesce
                    | Builtin::Concat
                    | Builtin::Format
                    | Builtin::Replace
                    | Builtin::StringOf
                    | Builtin::Trim,
                ) => call.args.iter().for_each(|a| self.pieces(a, out, depth + 1)),
                _ => {
                    if let Some(value) = self.declared(call)
                        && out.seen.insert(std::ptr::from_ref(value))
                    {
                        self.pieces(value, out, depth + 1);
                    }
                }
            },
            _ => out.texts.extend(self.text_of(value, depth)),
        }
    }
}
