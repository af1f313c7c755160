//! Parameters with a meaning of their own: where the files of a template are, and secrets of parameter files.

use rustc_hash::FxHashSet;

use super::descriptions::named;
use super::scope::{Kind, Meaning};
use super::walk::{self, Node};
use super::{Context, Edit};
use crate::model::{self, Template, TypeKind as Declared};
use crate::nesting;
use crate::read::bicep::ast::{Decorator, Expr, ExprKind, Param, StatementKind, TypeKind};

const LOCATION: &str = "_artifactsLocation";
const TOKEN: &str = "_artifactsLocationSasToken";

/// `artifacts-parameters`
pub fn check(c: &Context<'_>) {
    let find = |wanted: &str| {
        c.file().statements.iter().find_map(|s| match &s.kind {
            StatementKind::Param(p) if p.name.text.eq_ignore_ascii_case(wanted) => Some((p, s.decorators.as_slice())),
            _ => None,
        })
    };
    match (find(LOCATION), find(TOKEN)) {
        (Some(location), Some(token)) => both(c, location.0, token),
        (Some((one, _)), None) => alone(c, one, TOKEN),
        (None, Some((one, _))) => alone(c, one, LOCATION),
        (None, None) => {}
    }
    modules(c);
}

fn alone(c: &Context<'_>, one: &Param, other: &str) {
    let message =
        format!("There is a parameter `{}` and no `{other}`: they belong together. Declare both.", one.name.text);
    c.say("artifacts-parameters", one.name.span, message);
}

fn both(c: &Context<'_>, location: &Param, (token, decorators): (&Param, &[Decorator])) {
    for p in [location, token] {
        if let Some(t) = &p.ty
            && let TypeKind::Named(name) = &t.kind
            && name.text != "string"
        {
            let message = format!("`{}` has to be a `string`.", p.name.text);
            let edit = Edit {
                span: t.span,
                text: "string".to_owned(),
                description: "make it a `string`".to_owned(),
                safe: false,
            };
            c.mend("artifacts-parameters", t.span, message, edit);
        }
    }
    if let Some(t) = token.ty.as_ref().filter(|_| named(decorators, "secure").is_none()) {
        c.say(
            "artifacts-parameters",
            t.span,
            format!("`{}` opens the storage of the files. Write `@secure()` above it.", token.name.text),
        );
    }
    if let Some(value) = &location.value {
        let written = c.slice(value.span).to_ascii_lowercase();
        let link = written.find("deployment(").is_some_and(|at| {
            written.get(at..).is_some_and(|rest| rest.contains(").") && rest.contains(".templatelink"))
        });
        if !walk::text(value).is_some_and(|t| t.starts_with("http")) && !link {
            let message =
                format!("The default of `{LOCATION}` has to be a URL, or `deployment().properties.templateLink.uri`.");
            c.say("artifacts-parameters", value.span, message);
        }
    }
    if let Some(value) = token.value.as_ref().filter(|v| walk::text(v) != Some("")) {
        c.say("artifacts-parameters", value.span, format!("The default of `{TOKEN}` has to be an empty text."));
    }
}

fn modules(c: &Context<'_>) {
    for d in &c.scope.declarations {
        let Kind::Module(m) = d.kind else { continue };
        let Some(template) = c.others.template(&m.path) else { continue };
        let given = m.body.object.as_ref().and_then(|o| o.get("params"));
        for p in &template.parameters {
            let is_one = [LOCATION, TOKEN].iter().any(|n| p.name.eq_ignore_ascii_case(n));
            let is_given = matches!(given.map(|e| &e.kind), Some(ExprKind::Object(o)) if o.get(&p.name).is_some());
            if is_one && !is_given {
                let message = format!(
                    "The parameter `{}` of the module `{}` is left to its default. Give it a value.",
                    p.name, m.name.text
                );
                c.say("artifacts-parameters", m.name.span, message);
            }
        }
    }
}

/// `secure-params-in-parameters-file`: a parameter that is no secret, and takes the value of one that is.
pub fn check_parameters(c: &Context<'_>) {
    let using = c.file().statements.iter().find_map(|s| match &s.kind {
        StatementKind::Using(u) => c.others.template(u.path.as_ref()?),
        _ => None,
    });
    let Some(template) = using else { return };
    let is_secure =
        |name: &str| template.parameter(name).map(|(_, p)| holds_secret(template, &p.ty, 0, &mut FxHashSet::default()));
    for s in &c.file().statements {
        let StatementKind::Param(p) = &s.kind else { continue };
        let Some(value) = p.value.as_ref().filter(|_| is_secure(&p.name.text) == Some(false)) else { continue };
        let mut secrets = Vec::new();
        for name in parameters_in(c, value) {
            if is_secure(&name) == Some(true) {
                secrets.push(format!("`{name}`"));
            }
        }
        if !secrets.is_empty() {
            let message = format!(
                "`{}` is no secret in the template, and takes one: {}. Make it `@secure()` there, or give it something else.",
                p.name.text,
                secrets.join(", ")
            );
            c.say("secure-params-in-parameters-file", value.span, message);
        }
    }
}

/// The parameters that a value is made of, through others and variables.
fn parameters_in(c: &Context<'_>, value: &Expr) -> Vec<String> {
    let mut out = Vec::new();
    let mut seen = FxHashSet::default();
    let mut ahead = vec![value];
    while let Some(e) = ahead.pop() {
        walk::expr(e, &mut |node| {
            if let Node::Expr(Expr { kind: ExprKind::Var(name), .. }) = node
                && let Meaning::Declared(i) = c.scope.meaning(name)
                && seen.insert(i)
            {
                match c.scope.declarations.get(i).map(|d| d.kind) {
                    Some(Kind::Param(p)) => {
                        out.push(p.name.text.to_string());
                        ahead.extend(&p.value);
                    }
                    Some(Kind::Var(v)) => ahead.push(&v.value),
                    _ => {}
                }
            }
            true
        });
    }
    out
}

/// Whether a type is a secret, or has one in it.
fn holds_secret<'t>(template: &'t Template, t: &'t model::Type, depth: usize, seen: &mut FxHashSet<&'t str>) -> bool {
    if !nesting::TYPE.allows(depth) {
        return false;
    }
    match &t.kind {
        Declared::SecureString | Declared::SecureObject(_) => true,
        Declared::Object(o) => o.properties.iter().any(|(_, t)| holds_secret(template, t, depth + 1, seen)),
        Declared::Array { items, prefix, .. } => {
            items.iter().map(|t| &**t).chain(prefix).any(|t| holds_secret(template, t, depth + 1, seen))
        }
        // Each type is looked into once, however many name it.
        Declared::Ref(name) => {
            seen.insert(name)
                && template.type_definition(name).is_some_and(|d| holds_secret(template, &d.ty, depth + 1, seen))
        }
        _ => false,
    }
}
