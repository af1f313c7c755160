//! Trees as short text: `(op left right)`, strings in double quotes, `⚠` for what could not be read.

use std::fmt::Write;

use super::super::ast::*;

pub(super) fn file(file: &File) -> String {
    let mut out = String::new();
    for statement in &file.statements {
        out.push_str(&decorators(&statement.decorators));
        out.push_str(&kind(&statement.kind));
        out.push('\n');
    }
    for problem in &file.problems {
        writeln!(out, "{}..{} {}", problem.span.start, problem.span.end, problem.message).unwrap();
    }
    out
}

fn join<T>(items: &[T], separator: &str, show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(separator)
}

fn optional<T>(prefix: &str, it: Option<&T>, show: impl Fn(&T) -> String) -> String {
    it.map_or_else(String::new, |it| format!("{prefix}{}", show(it)))
}

fn decorators(list: &[Decorator]) -> String {
    list.iter().map(|d| format!("@{} ", expr(&d.expr))).collect()
}

fn name(name: &Name) -> String {
    name.text.to_string()
}

fn kind(kind: &StatementKind) -> String {
    match kind {
        StatementKind::TargetScope { value } => format!("targetScope = {}", expr(value)),
        StatementKind::Metadata { name: n, value } => format!("metadata {} = {}", n.text, expr(value)),
        StatementKind::Param(it) => {
            format!(
                "param {}{}{}",
                it.name.text,
                optional(": ", it.ty.as_ref(), ty),
                optional(" = ", it.value.as_ref(), expr)
            )
        }
        StatementKind::Var(it) => {
            format!("var {}{} = {}", it.name.text, optional(": ", it.ty.as_ref(), ty), expr(&it.value))
        }
        StatementKind::Resource(it) => resource(it),
        StatementKind::Module(it) => format!("module {} {} = {}", it.name.text, expr(&it.path), body(&it.body)),
        StatementKind::Output(it) => format!("output {}: {} = {}", it.name.text, ty(&it.ty), expr(&it.value)),
        StatementKind::Type { name, value } => format!("type {} = {}", name.text, ty(value)),
        StatementKind::Func(it) => {
            let params = join(&it.params, ", ", |p| format!("{}: {}", p.name.text, ty(&p.ty)));
            format!("func {}({params}): {} => {}", it.name.text, ty(&it.result), expr(&it.body))
        }
        StatementKind::Import(it) => {
            let what = match &it.what {
                Imported::Items(items) => {
                    format!("{{{}}}", join(items, ", ", |i| name(&i.name) + &optional(" as ", i.alias.as_ref(), name)))
                }
                Imported::All(n) => format!("* as {}", n.text),
                Imported::Invalid => "⚠".to_owned(),
            };
            format!("import {what} from {}", expr(&it.path))
        }
        StatementKind::Extension(it) => format!(
            "extension {}{}{}",
            expr(&it.spec),
            optional(" with ", it.config.as_ref(), object),
            optional(" as ", it.alias.as_ref(), name)
        ),
        StatementKind::Assert { name, value } => format!("assert {} = {}", name.text, expr(value)),
        StatementKind::Test { name, path, body } => {
            format!("test {} {} = {}", name.text, expr(path), optional("", body.as_ref(), object))
        }
        StatementKind::Using(it) => format!(
            "using {}{}",
            it.path.as_ref().map_or_else(|| "none".to_owned(), expr),
            optional(" with ", it.config.as_ref(), object)
        ),
        StatementKind::Extends { path } => format!("extends {}", expr(path)),
        StatementKind::ExtensionConfig { name, config } => {
            format!("extensionConfig {}{}", name.text, optional(" with ", config.as_ref(), object))
        }
        StatementKind::Invalid => "⚠".to_owned(),
    }
}

fn resource(it: &Resource) -> String {
    let existing = if it.existing.is_some() { "existing " } else { "" };
    format!("resource {} {} {existing}= {}", it.name.text, expr(&it.ty), body(&it.body))
}

fn each(it: &Loop) -> String {
    let item = it.item.as_ref().map_or_else(|| "⚠".to_owned(), name);
    format!("for {item}{} in {}", optional(", ", it.index.as_ref(), name), expr(&it.list))
}

fn body(it: &Body) -> String {
    let each = optional("", it.each.as_ref(), |e| format!("{}: ", each(e)));
    let condition = optional("if ", it.condition.as_ref(), |e| expr(e) + " ");
    format!("{each}{condition}{}", it.object.as_ref().map_or_else(|| "⚠".to_owned(), object))
}

fn object(it: &Object) -> String {
    let items = join(&it.items, ", ", |item| match item {
        ObjectItem::Property(p) => {
            let key = match &p.key {
                Key::Name(n) => name(n),
                Key::Computed(e) => expr(e),
            };
            format!("{key}: {}", expr(&p.value))
        }
        ObjectItem::Spread(e) => format!("...{}", expr(e)),
        ObjectItem::Resource(nested) => decorators(&nested.decorators) + &resource(&nested.resource),
    });
    format!("{{{items}}}")
}

fn parts(parts: &[Part]) -> String {
    let parts = join(parts, " ", |part| match part {
        Part::Text(t) => format!("{:?}", t.value),
        Part::Expr(e) => expr(e),
    });
    format!("$[{parts}]")
}

pub(super) fn expr(it: &Expr) -> String {
    let args = |list: &[Expr]| join(list, ", ", expr);
    match &it.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Int(i) => i.to_string(),
        ExprKind::Str(t) => format!("{:?}", t.value),
        ExprKind::Interpolated(list) => parts(list),
        ExprKind::Array(items) => {
            let items = join(items, ", ", |item| match item {
                ArrayItem::Value(e) => expr(e),
                ArrayItem::Spread(e) => format!("...{}", expr(e)),
            });
            format!("[{items}]")
        }
        ExprKind::Object(it) => object(it),
        ExprKind::For(it) => format!("[{}: {}]", each(&it.each), expr(&it.body)),
        ExprKind::Binary { op, left, right } => format!("({} {} {})", op.as_str(), expr(left), expr(right)),
        ExprKind::Unary { op, operand } => format!("({} {})", op.as_str(), expr(operand)),
        ExprKind::Ternary { condition, then, otherwise } => {
            format!("(? {} {} {})", expr(condition), expr(then), expr(otherwise))
        }
        ExprKind::Member { base, name, safe } => {
            format!("{}.{}{}", expr(base), if *safe { "?" } else { "" }, name.text)
        }
        ExprKind::Index { base, index, safe, from_end } => {
            let marks = format!("{}{}", if *safe { "?" } else { "" }, if *from_end { "^" } else { "" });
            format!("{}[{marks}{}]", expr(base), expr(index))
        }
        ExprKind::Nested { base, name } => format!("{}::{}", expr(base), name.text),
        ExprKind::Call { name, args: list } => format!("{}({})", name.text, args(list)),
        ExprKind::MethodCall { base, name, args: list } => format!("{}.{}({})", expr(base), name.text, args(list)),
        ExprKind::Lambda { params, body } => format!("(|{}| {})", join(params, ", ", name), expr(body)),
        ExprKind::NonNull(e) => format!("{}!", expr(e)),
        ExprKind::Paren(e) => format!("‹{}›", expr(e)),
        ExprKind::Var(n) => name(n),
        ExprKind::Invalid => "⚠".to_owned(),
    }
}

pub(super) fn ty(it: &Type) -> String {
    match &it.kind {
        TypeKind::Named(n) => name(n),
        TypeKind::Str(t) => format!("{:?}", t.value),
        TypeKind::Interpolated(list) => parts(list),
        TypeKind::Int(i) => i.to_string(),
        TypeKind::Bool(b) => b.to_string(),
        TypeKind::Null => "null".to_owned(),
        TypeKind::Unary { op, operand } => format!("({} {})", op.as_str(), ty(operand)),
        TypeKind::Union(list) => format!("({})", join(list, " | ", ty)),
        TypeKind::Array(t) => format!("{}[]", ty(t)),
        TypeKind::Nullable(t) => format!("{}?", ty(t)),
        TypeKind::NonNull(t) => format!("{}!", ty(t)),
        TypeKind::Tuple(items) => format!("[{}]", join(items, ", ", |i| decorators(&i.decorators) + &ty(&i.ty))),
        TypeKind::Object(properties) => {
            let properties = join(properties, ", ", |p| {
                let key = match &p.key {
                    TypeKey::Name(n) => name(n),
                    TypeKey::Any(_) => "*".to_owned(),
                    TypeKey::Invalid(_) => "⚠".to_owned(),
                };
                format!("{}{key}: {}", decorators(&p.decorators), ty(&p.ty))
            });
            format!("{{{properties}}}")
        }
        TypeKind::Member { base, name } => format!("{}.{}", ty(base), name.text),
        TypeKind::Index { base, index } => format!("{}[{}]", ty(base), expr(index)),
        TypeKind::Items(t) => format!("{}[*]", ty(t)),
        TypeKind::Additional(t) => format!("{}.*", ty(t)),
        TypeKind::Apply { base, name, args } => {
            let base = optional("", base.as_deref(), |t| ty(t) + ".");
            format!("{base}{}<{}>", name.text, join(args, ", ", ty))
        }
        TypeKind::Resource(e) => format!("resource{}", optional(" ", e.as_deref(), expr)),
        TypeKind::Paren(t) => format!("‹{}›", ty(t)),
        TypeKind::Invalid => "⚠".to_owned(),
    }
}
