//! What a template writes out: the values at a path, whether they stand in a resource, in a variable or in the default of a parameter,
//! and whatever functions put them together.

use ecow::EcoString;
use rustc_hash::FxHashSet;

use super::declared::has_secret;
use crate::model::{Builtin, Call, Expr, ExprKind, Property, Template, Type};
use crate::nesting;
use crate::read::Span;

/// Looks for values in the resources of a template. What many resources take from one variable is found once.
pub struct Written<'t> {
    /// The template whose parameters and variables the expressions mean.
    scope: &'t Template,
    /// What variables and defaults were looked through for.
    seen: FxHashSet<(*const Expr, EcoString)>,
}

/// So often at most are variables and defaults looked through in a template: a way that grows with each variable, one of two at each,
/// would be looked for in as many forms as there are ways.
const MOST_SEEN: usize = 10_000;

/// A value, and the key that holds it.
pub type Held<'t> = (Option<Span>, &'t Expr);

impl<'t> Written<'t> {
    /// In expressions that mean the parameters and variables of this template.
    pub fn new(scope: &'t Template) -> Self {
        Written { scope, seen: FxHashSet::default() }
    }

    /// The values at a path such as `properties.secrets[*].value`, as far as it is written out. A key with a dot in it is written
    /// `['a.b']`; where a path leads into an array without `[*]`, it means every item.
    pub fn at(&mut self, expr: &'t Expr, path: &str) -> Vec<Held<'t>> {
        let mut out = Vec::new();
        self.below(expr, None, path, &mut out, 0);
        out
    }

    /// The member of this name of an object, if the name is written out.
    pub fn member(&mut self, object: &'t Expr, name: &Expr) -> Vec<Held<'t>> {
        let name = name.as_str().filter(|name| !name.contains('\''));
        name.map(|name| self.at(object, &format!("['{name}']"))).unwrap_or_default()
    }

    fn below(&mut self, expr: &'t Expr, held: Option<Span>, path: &str, out: &mut Vec<Held<'t>>, depth: usize) {
        if path.is_empty() {
            if !matches!(expr.kind, ExprKind::Null) {
                out.push((held, expr));
            }
            return;
        }
        if !nesting::EXPRESSION.allows(depth) {
            return;
        }
        match &expr.kind {
            ExprKind::Expression(inner) => return self.below(inner, held, path, out, depth + 1),
            ExprKind::Access { base, key, .. } => {
                // What is looked up in an object by a name, as if the path began there.
                let Some(key) = key.as_str().filter(|key| !key.contains('\'')) else { return };
                let dot = if path.starts_with('[') { "" } else { "." };
                return self.below(base, None, &format!("['{key}']{dot}{path}"), out, depth + 1);
            }
            ExprKind::Call(call) => {
                if matches!(Builtin::of(call), Some(Builtin::CreateObject | Builtin::CreateArray)) {
                    return self.made(call, path, out, depth);
                }
                for part in self.parts(call, path) {
                    self.below(part, held, path, out, depth + 1);
                }
                return;
            }
            _ => {}
        }
        if let Some(rest) = path.strip_prefix("[*]") {
            let rest = rest.strip_prefix('.').unwrap_or(rest);
            return match &expr.kind {
                ExprKind::Array(items) => items.iter().for_each(|i| self.below(i, None, rest, out, depth + 1)),
                ExprKind::Loop(l) => self.below(&l.input, None, rest, out, depth + 1),
                // Members with names that somebody chose: the files of a volume.
                ExprKind::Object(members) => {
                    members.iter().for_each(|m| self.below(&m.value, Some(m.key.span), rest, out, depth + 1));
                }
                _ => {}
            };
        }
        if let ExprKind::Array(items) = &expr.kind {
            return items.iter().for_each(|i| self.below(i, None, path, out, depth + 1));
        }
        let (key, rest) = first_key(path);
        if let Some(m) = expr.member(key) {
            self.below(&m.value, Some(m.key.span), rest, out, depth + 1);
        }
    }

    /// As [`Written::below`], for `createObject` and `createArray`.
    fn made(&mut self, call: &'t Call, path: &str, out: &mut Vec<Held<'t>>, depth: usize) {
        let every = path.strip_prefix("[*]").map(|rest| rest.strip_prefix('.').unwrap_or(rest));
        if Builtin::of(call) == Some(Builtin::CreateArray) {
            let rest = every.unwrap_or(path);
            return call.args.iter().for_each(|i| self.below(i, None, rest, out, depth + 1));
        }
        let (key, rest) = every.map_or_else(|| first_key(path), |rest| ("", rest));
        for (name, value) in pairs(call) {
            if every.is_some() || name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(key)) {
                self.below(value, Some(name.span), rest, out, depth + 1);
            }
        }
    }

    /// The members of these names at any depth of an object that is written out, by the names in their order, each with the place of its
    /// name. Of the same names only: what was looked through is not looked through for others.
    pub fn deep(&mut self, expr: &'t Expr, names: &[impl AsRef<str>]) -> Vec<(usize, &'t Expr)> {
        let mut out = Vec::new();
        self.each_member(
            expr,
            &mut |key, value| {
                let Some(key) = key.as_str() else { return };
                let called = |(_, name): &(usize, &_)| key.eq_ignore_ascii_case(AsRef::<str>::as_ref(*name));
                out.extend(names.iter().enumerate().filter(called).map(|(i, _)| (i, value)));
            },
            0,
        );
        out.sort_by_key(|(name, _)| *name);
        out
    }

    fn each_member(&mut self, expr: &'t Expr, look: &mut dyn FnMut(&'t Expr, &'t Expr), depth: usize) {
        if !nesting::EXPRESSION.allows(depth) {
            return;
        }
        match &expr.kind {
            ExprKind::Expression(inner) => self.each_member(inner, look, depth + 1),
            ExprKind::Object(members) => {
                for Property { key, value } in members {
                    look(key, value);
                    self.each_member(value, look, depth + 1);
                }
            }
            ExprKind::Array(items) => items.iter().for_each(|i| self.each_member(i, look, depth + 1)),
            ExprKind::Loop(l) => self.each_member(&l.input, look, depth + 1),
            ExprKind::Access { base, key, .. } => {
                for (_, value) in self.member(base, key) {
                    self.each_member(value, look, depth + 1);
                }
            }
            ExprKind::Call(call) => match Builtin::of(call) {
                Some(Builtin::CreateObject) => {
                    for (key, value) in pairs(call) {
                        look(key, value);
                        self.each_member(value, look, depth + 1);
                    }
                }
                Some(Builtin::CreateArray) => {
                    call.args.iter().for_each(|i| self.each_member(i, look, depth + 1));
                }
                _ => {
                    for part in self.parts(call, "") {
                        self.each_member(part, look, depth + 1);
                    }
                }
            },
            _ => {}
        }
    }

    /// The literal text that a value is if things come to the worst: in one of the arms of an `if`, as the last of what `coalesce` is
    /// given, in a variable.
    pub fn literal(&mut self, expr: &'t Expr) -> Option<&'t EcoString> {
        self.arm(expr, 0)
    }

    fn arm(&mut self, expr: &'t Expr, depth: usize) -> Option<&'t EcoString> {
        if !nesting::EXPRESSION.allows(depth) {
            return None;
        }
        match &expr.kind {
            ExprKind::Str(text) => Some(text).filter(|text| !text.is_empty()),
            ExprKind::Expression(inner) => self.arm(inner, depth + 1),
            ExprKind::Access { base, key, .. } => {
                let found = match &key.kind {
                    ExprKind::Int(at) => item(base, *at).map(|item| (None, item)).into_iter().collect(),
                    _ => self.member(base, key),
                };
                found.into_iter().find_map(|(_, value)| self.arm(value, depth + 1))
            }
            ExprKind::Call(call) => {
                let is_one_of = matches!(Builtin::of(call)?, Builtin::If | Builtin::Coalesce | Builtin::Variables);
                let parts = if is_one_of { self.parts(call, "!") } else { Vec::new() };
                parts.into_iter().find_map(|part| self.arm(part, depth + 1))
            }
            _ => None,
        }
    }

    /// The objects and lists of which a call makes one: what it looks for is found in one of them. What variables and parameters
    /// stand for is given once for everything that is looked for (`wanted`).
    pub fn parts(&mut self, call: &'t Call, wanted: &str) -> Vec<&'t Expr> {
        let (Some(function), name) = (Builtin::of(call), call.args.first().and_then(Expr::as_str)) else {
            return Vec::new();
        };
        let declared = match (function, name) {
            (Builtin::Variables | Builtin::Parameters, Some(_)) => stands_for(call, self.scope, has_secret),
            // What decides is no part of the value.
            (Builtin::If, _) => return call.args.iter().skip(1).collect(),
            (Builtin::Coalesce | Builtin::Concat | Builtin::Union, _) => return call.args.iter().collect(),
            (Builtin::Filter | Builtin::Skip | Builtin::Take, _) => return call.args.iter().take(1).collect(),
            (Builtin::Flatten | Builtin::ShallowMerge, _) => {
                return match call.args.first().map(|list| &list.kind) {
                    Some(ExprKind::Array(items)) => items.iter().collect(),
                    Some(ExprKind::Call(list)) if Builtin::of(list) == Some(Builtin::CreateArray) => {
                        list.args.iter().collect()
                    }
                    _ => Vec::new(),
                };
            }
            _ => None,
        };
        let room = self.seen.len() < MOST_SEEN;
        declared
            .filter(|value| room && self.seen.insert((std::ptr::from_ref(*value), wanted.into())))
            .into_iter()
            .collect()
    }
}

/// What a call of `variables` or `parameters` stands for in a template: the variable, or the default of a parameter whose type is not
/// `kept`.
pub fn stands_for<'t>(call: &Call, scope: &'t Template, kept: fn(&Template, &Type) -> bool) -> Option<&'t Expr> {
    let name = call.args.first()?.as_str()?;
    match Builtin::of(call)? {
        Builtin::Variables => Some(&scope.variable(name)?.1.value),
        Builtin::Parameters => {
            let (_, p) = scope.parameter(name)?;
            p.default.as_ref().filter(|_| !kept(scope, &p.ty))
        }
        _ => None,
    }
}

/// The names and values of `createObject`.
pub fn pairs(call: &Call) -> impl Iterator<Item = (&Expr, &Expr)> {
    call.args.chunks_exact(2).filter_map(|pair| Some((pair.first()?, pair.last()?)))
}

/// An item of a list that is written out.
fn item(list: &Expr, at: i64) -> Option<&Expr> {
    let at = usize::try_from(at).ok()?;
    match &list.kind {
        ExprKind::Array(items) => items.get(at),
        ExprKind::Call(call) if Builtin::of(call) == Some(Builtin::CreateArray) => call.args.get(at),
        _ => None,
    }
}

/// The first key of a path, and what follows it.
fn first_key(path: &str) -> (&str, &str) {
    let quoted = path.strip_prefix("['").and_then(|p| p.split_once("']"));
    let (key, rest) = quoted.unwrap_or_else(|| path.split_at(path.find(['.', '[']).unwrap_or(path.len())));
    (key, rest.strip_prefix('.').unwrap_or(rest))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::read::Sources;
    use crate::read::json::Document;

    /// A template with these sections.
    pub fn template(parts: &str) -> std::sync::Arc<Template> {
        let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
        let source = Sources::new().add("a.json", format!(r#"{{"$schema": "{schema}", {parts}}}"#));
        crate::model::arm::load(&Document::parse(&source), &mut Vec::new()).unwrap()
    }

    /// The texts at `properties.os.password` of the only resource.
    fn passwords(properties: &str) -> Vec<String> {
        let template = template(&format!(
            r#""parameters": {{
                "b": {{"type": "bool"}},
                "os": {{"type": "object", "defaultValue": {{"password": "default"}}}},
                "kept": {{"type": "secureObject", "defaultValue": {{"password": "kept"}}}}
            }},
            "variables": {{
                "os": {{"password": "variable", "other": "x"}},
                "all": {{"a.b": {{"os": "[variables('os')]"}}}},
                "again": "[union(variables('os'), variables('os'))]"
            }},
            "resources": [{{"type": "a/b", "apiVersion": "1", "name": "n", "properties": {properties}}}]"#
        ));
        let found = Written::new(&template).at(&template.resources[0].body, "properties.os.password");
        found.into_iter().filter_map(|(_, value)| value.as_str().map(ToString::to_string)).collect()
    }

    #[test]
    fn values_are_found_wherever_they_are_written() {
        for (properties, texts) in [
            (r#"{"os": {"password": "plain"}}"#, &["plain"][..]),
            (r#"{"os": "[variables('os')]"}"#, &["variable"]),
            (r#""[variables('all')['a.b']]""#, &["variable"]),
            (r#"{"os": "[union(parameters('os'), createObject('Password', 'made'))]"}"#, &["default", "made"]),
            (r#"{"os": "[if(parameters('b'), variables('again'), createObject())]"}"#, &["variable"]),
            (r#"{"os": "[shallowMerge(createArray(variables('os'), parameters('os')))]"}"#, &["variable", "default"]),
            (r#"{"os": "[parameters('kept')]"}"#, &[]),
            (r#"{"os": "[createObject('password', variables('os').password)]"}"#, &[]),
        ] {
            assert_eq!(passwords(properties), texts, "{properties}");
        }
    }

    #[test]
    fn a_literal_is_found_in_any_arm() {
        for (value, literal) in [
            ("[if(parameters('b'), 'a', parameters('p'))]", Some("a")),
            ("[if(equals('a', 'b'), parameters('p'), '')]", None),
            ("[coalesce(parameters('p'), variables('v').x)]", Some("b")),
            ("[createArray('c', parameters('p'))[0]]", Some("c")),
            ("[createArray('c', parameters('p'))[1]]", None),
            ("[concat('d', parameters('p'))]", None),
        ] {
            let template = template(&format!(
                r#""variables": {{"v": {{"x": "b"}}}}, "resources": [{{"type": "a/b", "apiVersion": "1", "name": "n", "kind": "{value}"}}]"#
            ));
            let found = template.resources[0].body.get("kind").unwrap();
            assert_eq!(Written::new(&template).literal(found).map(EcoString::as_str), literal, "{value}");
        }
    }

    #[test]
    fn variables_that_double_cost_no_more_than_they_weigh() {
        let variable = |i: usize| {
            let next = format!("variables('v{}')", i + 1);
            format!(r#""v{i}": "[union({next}.x, {next}, createObject('x', if(true(), {next}.x, {next})))]","#)
        };
        let variables: String = (0..60).map(variable).collect();
        let template = template(&format!(
            r#""variables": {{ {variables} "v60": {{"x": {{"password": "p"}}}} }}, "resources": [
                {{"type": "a/b", "apiVersion": "1", "name": "n", "properties": "[variables('v0')]"}}]"#
        ));
        let body = &template.resources[0].body;
        assert!((1..=2).contains(&Written::new(&template).deep(body, &["password"]).len()));
        assert!(Written::new(&template).literal(body.get("properties").unwrap()).is_none());
        Written::new(&template).at(body, "properties.x.password");
    }
}
