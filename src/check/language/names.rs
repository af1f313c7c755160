//! Names: those that mean nothing, those that are declared twice, and values where a type has to stand.

use std::sync::OnceLock;

use rustc_hash::FxHashSet;

use super::scope::{Kind, Scope};
use super::walk::{self, Node};
use super::{Context, spelling};
use crate::model::{Builtin, Namespace, ScopeKind};
use crate::read::bicep::File;
use crate::read::bicep::ast::{Expr, ExprKind, Imported, Name, StatementKind, Type, TypeKind};

pub fn check(c: &Context<'_>) {
    // A function that is not called is another mistake.
    for name in c.scope.unknown.iter().filter(|n| !builtin_names().contains(&n.text.as_str())) {
        let (code, message) = unknown(c, name);
        c.say(code, name.span, message);
    }
    for name in &c.scope.values_as_types {
        c.say(
            "BCP287",
            name.span,
            format!("`{}` is a value and stands where a type has to. Declare a type of that name.", name.text),
        );
    }
    for (i, d) in c.scope.declarations.iter().enumerate() {
        // Of a file with errors nobody knows what its names are.
        let (Kind::Imported(import) | Kind::Wildcard(import)) = d.kind else { continue };
        if !c.others.has_errors(&import.path) {
            continue;
        }
        for name in c.scope.uses_as_type(i) {
            c.say("BCP287", name.span, format!("`{}` comes from a file with errors, and is no type.", name.text));
        }
    }
    duplicates(c);
    imports(c);
    types(c);
    functions(c);
}

/// Names that another file does not export.
fn imports(c: &Context<'_>) {
    for s in &c.file().statements {
        let StatementKind::Import(import) = &s.kind else { continue };
        let Imported::Items(items) = &import.what else { continue };
        let Some(exported) = c.others.exports(&import.path) else { continue };
        for item in items.iter().filter(|i| !exported.contains(&i.name.text)) {
            let message = format!(
                "The imported file has no `{}` that others may use. Correct the name, or write `@export()` above the declaration there.",
                item.name.text
            );
            c.say("BCP360", item.name.span, message);
        }
    }
}

/// A type that comes from a file with errors, or is made of such.
pub fn has_broken_type(c: &Context<'_>, t: &Type) -> bool {
    let mut broken = false;
    walk::ty(t, &mut |node| {
        if let Node::Type(Type { kind: TypeKind::Named(name), .. }) = node
            && let Some(Kind::Imported(import) | Kind::Wildcard(import)) = c.scope.declared(name).map(|d| d.kind)
        {
            broken |= c.others.has_errors(&import.path);
        }
        matches!(node, Node::Type(_)) && !broken
    });
    broken
}

/// A parameter file: whether two assignments are about one name, and what is imported is there.
pub fn check_parameters(c: &Context<'_>) {
    imports(c);
    functions(c);
    let mut seen = FxHashSet::default();
    for s in &c.file().statements {
        if let StatementKind::Param(p) = &s.kind
            && !seen.insert(p.name.text.as_str())
        {
            c.say(
                "BCP028",
                p.name.span,
                format!("`{}` is declared more than once. Rename or remove the others.", p.name.text),
            );
        }
    }
}

/// Whether a file has errors of its own that are about names.
pub fn has_errors(file: &File) -> bool {
    let scope = Scope::of(file);
    !scope.unknown.is_empty() || !scope.values_as_types.is_empty()
}

fn unknown(c: &Context<'_>, name: &Name) -> (&'static str, String) {
    // A near name is looked for among a few declarations only: it takes time.
    let mut names: Vec<&str> = c.scope.top.keys().copied().collect();
    names.sort_unstable();
    let near = (names.len() <= 500 && c.scope.unknown.len() <= 50)
        .then(|| spelling::suggestion(&name.text, names.into_iter()))
        .flatten();
    match near {
        Some(near) => ("BCP082", format!("The name `{}` does not exist here. Did you mean `{near}`?", name.text)),
        None => ("BCP057", format!("The name `{}` does not exist here. Declare it, or correct the name.", name.text)),
    }
}

fn duplicates(c: &Context<'_>) {
    // Outputs have names of their own.
    let mut outputs: rustc_hash::FxHashMap<&str, Vec<&Name>> = rustc_hash::FxHashMap::default();
    let mut others: rustc_hash::FxHashMap<&str, Vec<&Name>> = rustc_hash::FxHashMap::default();
    for s in &c.file().statements {
        let all = match &s.kind {
            StatementKind::Output(_) => &mut outputs,
            StatementKind::Metadata { .. } => continue,
            _ => &mut others,
        };
        if let StatementKind::Import(import) = &s.kind {
            match &import.what {
                Imported::Items(items) => {
                    items.iter().for_each(|i| all.entry(i.local().text.as_str()).or_default().push(i.local()));
                }
                Imported::All(name) => all.entry(name.text.as_str()).or_default().push(name),
                Imported::Invalid => {}
            }
        } else if let Some(name) = s.kind.name() {
            all.entry(name.text.as_str()).or_default().push(name);
        }
    }
    for (code, all) in [("BCP145", &outputs), ("BCP028", &others)] {
        for name in all.values().filter(|names| names.len() > 1).flatten() {
            c.say(code, name.span, format!("`{}` is declared more than once. Rename or remove the others.", name.text));
        }
    }
}

/// The types that every file knows.
const TYPES: [&str; 7] = ["string", "int", "bool", "array", "object", "any", "null"];

fn types(c: &Context<'_>) {
    for s in &c.file().statements {
        walk::statement(s, &mut |node| {
            if let Node::Type(t) = node
                && let TypeKind::Named(name) = &t.kind
            {
                let declared = c.scope.top.contains_key(name.text.as_str());
                if !declared && !TYPES.contains(&name.text.as_str()) && !matches!(name.text.as_str(), "sys" | "az") {
                    c.say(
                        "BCP302",
                        name.span,
                        format!("There is no type `{}`. Declare it, or correct the name.", name.text),
                    );
                }
                if !declared && matches!(name.text.as_str(), "object" | "array") {
                    let message = format!(
                        "`{}` says nothing of what may be in it. Use a type that does, such as `{{ name: string }}` or `string[]`.",
                        name.text
                    );
                    c.say("use-user-defined-types", t.span, message);
                }
                if !declared && name.text == "any" {
                    c.say(
                        "no-explicit-any",
                        t.span,
                        "`any` switches off the checks of types. Use the type that is meant.",
                    );
                }
            }
            !matches!(node, Node::Expr(_))
        });
    }
}

/// The functions of `sys` or `az`.
pub fn of_namespace(name: &str) -> Vec<&'static str> {
    let namespace = if name == "az" { Namespace::Az } else { Namespace::Sys };
    Builtin::ALL.iter().filter(|b| b.facts().namespace == namespace).map(|b| b.name()).collect()
}

/// A type that every file knows.
pub fn is_type(name: &str) -> bool {
    TYPES.contains(&name) || matches!(name, "resourceInput" | "resourceOutput")
}

fn builtin_names() -> &'static Vec<&'static str> {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        // Of `list…` there are as many as somebody writes.
        let callable =
            |b: &&Builtin| **b != Builtin::List && matches!(b.facts().namespace, Namespace::Sys | Namespace::Az);
        Builtin::ALL.iter().filter(callable).map(|b| b.name()).collect()
    })
}

/// The decorators of the language.
const DECORATORS: [&str; 18] = [
    "allowed",
    "batchSize",
    "description",
    "discriminator",
    "export",
    "maxLength",
    "maxValue",
    "metadata",
    "minLength",
    "minValue",
    "nullIfNotFound",
    "onlyIfNotExists",
    "retryOn",
    "sealed",
    "secure",
    "waitUntil",
    "userConstraint",
    "validate",
];

fn functions(c: &Context<'_>) {
    for s in &c.file().statements {
        let within = matches!(s.kind, StatementKind::Func(_));
        let function = |c: &Context<'_>, node: Node<'_>| {
            shadowed(c, node, within);
            function(c, node)
        };
        walk::statement(s, &mut |node| match node {
            Node::Decorator(d) => {
                not_a_decorator(c, &d.expr);
                if let Some((_, name, args)) = d.call()
                    && let Some(takes) = decorator_arity(&name.text).filter(|n| *n != args.len())
                {
                    let message = format!("`@{}` takes {takes} arguments; {} are given.", name.text, args.len());
                    c.say("BCP071", d.expr.span, message);
                }
                if let ExprKind::Call { args, .. } | ExprKind::MethodCall { args, .. } = &d.expr.kind {
                    args.iter().for_each(|a| walk::expr(a, &mut |node| function(c, node)));
                }
                false
            }
            other => function(c, other),
        });
    }
}

/// How many arguments a function takes in Bicep, where some of those that say where something is deployed name another place, too.
fn arity(b: Builtin, scope: ScopeKind) -> (usize, usize) {
    use ScopeKind::{ManagementGroup, ResourceGroup, Subscription};
    match (b, scope) {
        // Without arguments they mean the place of the file itself, which has to be such a place or within one.
        (Builtin::ResourceGroup, ResourceGroup) => (0, 2),
        (Builtin::ResourceGroup, Subscription) => (1, 2),
        (Builtin::ResourceGroup, _) => (2, 2),
        (Builtin::Subscription, ResourceGroup | Subscription) | (Builtin::ManagementGroup, ManagementGroup) => (0, 1),
        (Builtin::Subscription | Builtin::ManagementGroup, _) => (1, 1),
        _ => arity_anywhere(b),
    }
}

fn arity_anywhere(b: Builtin) -> (usize, usize) {
    match b {
        Builtin::Tenant => (0, 1),
        Builtin::List => (2, 3),
        Builtin::Any => (0, usize::MAX),
        other => other.facts().arity,
    }
}

/// How many arguments a decorator takes; those that are left out take any number.
fn decorator_arity(name: &str) -> Option<usize> {
    match name {
        "secure" | "sealed" | "export" => Some(0),
        "allowed" | "batchSize" | "description" | "discriminator" | "maxLength" | "maxValue" | "metadata"
        | "minLength" | "minValue" => Some(1),
        _ => None,
    }
}

/// A function of this file.
fn own_function(c: &Context<'_>, e: &Expr, name: &Name, args: &[Expr]) {
    let declared = match c.scope.top.get(name.text.as_str()).and_then(|i| c.scope.declarations.get(*i)).map(|d| d.kind)
    {
        Some(Kind::Func(f)) => Some(f.params.len()),
        _ => None,
    };
    if let Some(takes) = declared.filter(|n| *n != args.len()) {
        c.say("BCP071", e.span, format!("`{}` takes {takes} arguments; {} are given.", name.text, args.len()));
    }
}

/// A call of a name that the file gives to something else. Within a function, parameters and types of the file have no names.
fn shadowed(c: &Context<'_>, node: Node<'_>, within_function: bool) {
    let Node::Expr(Expr { kind: ExprKind::Call { name, .. }, .. }) = node else { return };
    let Some(d) = c.scope.top.get(name.text.as_str()).and_then(|i| c.scope.declarations.get(*i)) else { return };
    match d.kind {
        Kind::Func(_) | Kind::Imported(_) => return,
        Kind::Param(_) | Kind::Type(_) if within_function => {
            if !builtin_names().contains(&name.text.as_str()) && !name.text.starts_with("list") {
                let message = format!("There is no function `{}`. Correct the name, or declare it.", name.text);
                c.say("BCP057", name.span, message);
            }
            return;
        }
        _ => {}
    }
    let known = Builtin::named(&name.text).filter(|b| {
        let spelled = b.facts().name == name.text || *b == Builtin::List && name.text.starts_with("list");
        spelled && matches!(b.facts().namespace, Namespace::Sys | Namespace::Az)
    });
    match known {
        Some(b) => {
            let namespace = if b.facts().namespace == Namespace::Az { "az" } else { "sys" };
            let message = format!(
                "`{0}` is declared in this file and is not a function. Did you mean `{namespace}.{0}`?",
                name.text
            );
            c.say("BCP265", name.span, message);
        }
        None => {
            let message = format!("`{}` is not a function. Correct the name, or leave out the brackets.", name.text);
            c.say("BCP059", name.span, message);
        }
    }
}

/// A name behind an `@` that is no decorator.
fn not_a_decorator(c: &Context<'_>, e: &Expr) {
    let (name, called) = match &e.kind {
        ExprKind::MethodCall { base, name, .. } if matches!(&base.kind, ExprKind::Var(n) if c.scope.namespace_of(&n.text) == "sys") => {
            (name, true)
        }
        ExprKind::Call { name, .. } => (name, true),
        ExprKind::Var(name) => (name, false),
        _ => return,
    };
    let text = name.text.as_str();
    if DECORATORS.contains(&text) || text == "patch" && c.settings.patch {
        let declared = c.scope.top.get(text).and_then(|i| c.scope.declarations.get(*i)).map(|d| d.kind);
        let taken = declared.is_some_and(|kind| !matches!(kind, Kind::Func(_) | Kind::Imported(_)));
        if taken && matches!(e.kind, ExprKind::Call { .. }) {
            let message =
                format!("`{text}` is declared in this file and is no decorator. Did you mean `@sys.{text}()`?");
            c.say("BCP265", name.span, message);
        }
        return;
    }
    let there = builtin_names().contains(&text) || c.scope.top.contains_key(text);
    if there && called {
        let message = format!("`{text}` is a function and no decorator. Correct the name.");
        c.say("BCP152", name.span, message);
    } else if !there && !matches!(text, "sys" | "az") {
        c.say("BCP057", name.span, format!("There is no decorator `{text}`. Correct the name."));
    }
}

/// Whether a file of this kind has a function: the place of a deployment is known to templates alone, and what is around it to parameter files.
fn has(c: &Context<'_>, b: Builtin) -> bool {
    let of_parameters = matches!(
        b,
        Builtin::GetSecret | Builtin::ExternalInput | Builtin::ReadCliArg | Builtin::ReadEnvironmentVariable
    );
    match c.subject.is_parameters {
        true => of_parameters || b.facts().namespace != Namespace::Az,
        false => !of_parameters,
    }
}

/// A function of the language by its name, if a file of this kind has it.
fn language_function(c: &Context<'_>, name: &str) -> Option<Builtin> {
    Builtin::named(name).filter(|b| {
        let facts = b.facts();
        let spelled = facts.name == name || *b == Builtin::List && name.starts_with("list");
        spelled && (facts.namespace != Namespace::Template || facts.name == "like") && has(c, *b)
    })
}

/// A name among some that is near, unless the file has had many of them already.
fn near<'n>(c: &Context<'_>, name: &str, names: &[&'n str]) -> Option<&'n str> {
    c.may_spell(names.len()).then(|| spelling::suggestion(name, names.iter().copied())).flatten()
}

/// A function behind the name of a namespace, or of all that a file exports, which is not there.
fn not_in_namespace(c: &Context<'_>, base: &Expr, name: &Name) {
    let ExprKind::Var(space) = &base.kind else { return };
    let text = name.text.as_str();
    let suggested = if c.scope.is_namespace(base) {
        let az = c.scope.namespace_of(&space.text) == "az";
        let namespace = if az { Namespace::Az } else { Namespace::Sys };
        if language_function(c, text).is_some_and(|b| b.facts().namespace == namespace || b == Builtin::Any && !az) {
            return;
        }
        let there =
            Builtin::ALL.iter().filter(|b| b.facts().namespace == namespace && **b != Builtin::List && has(c, **b));
        near(c, text, &there.map(|b| b.name()).collect::<Vec<_>>()).map(str::to_owned)
    } else if let Some(Kind::Wildcard(import)) = c.scope.declared(space).map(|d| d.kind)
        && let Some(exported) = c.others.exports(&import.path)
    {
        if exported.contains(text) {
            return;
        }
        let mut names: Vec<&str> = exported.iter().map(|n| n.as_str()).collect();
        names.sort_unstable();
        near(c, text, &names).map(str::to_owned)
    } else {
        return;
    };
    match suggested {
        Some(near) => {
            let message = format!("`{}` has no function `{text}`. Did you mean `{near}`?", space.text);
            c.say("BCP108", name.span, message);
        }
        None => c.say("BCP107", name.span, format!("`{}` has no function `{text}`. Correct the name.", space.text)),
    }
}

fn function(c: &Context<'_>, node: Node<'_>) -> bool {
    if let Node::Expr(Expr { kind: ExprKind::MethodCall { base, name, .. }, .. }) = node {
        not_in_namespace(c, base, name);
    }
    if let Node::Expr(e) = node
        && let ExprKind::Call { name, args } = &e.kind
        && c.scope.top.contains_key(name.text.as_str())
    {
        own_function(c, e, name, args);
        return true;
    }
    if let Node::Expr(e) = node
        && let ExprKind::Call { name, args } = &e.kind
        && !c.scope.top.contains_key(name.text.as_str())
    {
        match language_function(c, &name.text) {
            // Functions of templates in JSON that Bicep has another word for.
            None if name.text == "variables" => {
                c.say("BCP060", name.span, "Bicep has no function `variables`. Write the name of the variable itself.");
            }
            None if name.text == "parameters" => {
                c.say(
                    "BCP061",
                    name.span,
                    "Bicep has no function `parameters`. Write the name of the parameter itself.",
                );
            }
            None => {
                let there = |n: &&'static str| Builtin::named(n).is_some_and(|b| has(c, b));
                let names: Vec<&str> = builtin_names().iter().copied().filter(there).collect();
                match near(c, &name.text, &names) {
                    Some(near) => c.say(
                        "BCP082",
                        name.span,
                        format!("There is no function `{}`. Did you mean `{near}`?", name.text),
                    ),
                    None => c.say(
                        "BCP057",
                        name.span,
                        format!("There is no function `{}`. Correct the name, or declare it.", name.text),
                    ),
                }
            }
            Some(b) => {
                let (least, most) = arity(b, super::bodies::own_scope(c));
                if args.len() < least || args.len() > most {
                    let many = if most == usize::MAX {
                        format!("at least {least}")
                    } else if least == most {
                        format!("{least}")
                    } else {
                        format!("{least} to {most}")
                    };
                    c.say(
                        "BCP071",
                        e.span,
                        format!("`{}` takes {many} arguments; {} are given.", name.text, args.len()),
                    );
                }
            }
        }
    }
    true
}
