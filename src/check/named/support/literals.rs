//! Whether a literal is in what an expression comes to: through variables, members, functions of the language and of the template.

use ecow::EcoString;
use rustc_hash::FxHashMap;

use crate::model::format_string::{Piece, pieces};
use crate::model::{Builtin, Call, Expr, ExprKind, Property, Tells, Template};
use crate::nesting;

/// Looks for literals in the values of a template. What many values take from one variable is looked through once.
pub struct Literals<'t> {
    /// The template whose variables and functions the expressions mean.
    scope: &'t Template,
    /// What is known of variables and bodies of functions: by the way into them, and whether their parts count.
    known: FxHashMap<(*const Expr, Vec<Step>, bool), bool>,
}

/// A step from a value into it.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Step {
    /// The member of this name.
    Name(EcoString),
    /// The item at this place.
    Item(usize),
    /// One that the text does not tell.
    Any,
}

/// The way that is still to go from a value to what is taken of it. The next step is the last one.
type Way = Vec<Step>;

/// So many variables and functions are looked through in a template: two members to choose from at each of many variables would be
/// twice as many ways at each.
const MOST_LOOKS: usize = 10_000;

/// More steps are not followed: no real value is deeper.
const MOST_STEPS: usize = 64;

impl<'t> Literals<'t> {
    /// In expressions that mean the variables and functions of this template.
    pub fn new(scope: &'t Template) -> Self {
        Literals { scope, known: FxHashMap::default() }
    }

    /// Whether a text, a number or a truth value is, or is put together with, a literal. An object or an array is neither.
    pub fn are_in(&mut self, value: &'t Expr) -> bool {
        self.look(value, &[], false, 0)
    }

    /// With `parts`, what is in an object or an array counts.
    fn look(&mut self, e: &'t Expr, way: &[Step], parts: bool, depth: usize) -> bool {
        // What is too much to look through may hold one.
        if !nesting::EXPRESSION.allows(depth) || way.len() > MOST_STEPS {
            return true;
        }
        match &e.kind {
            ExprKind::Str(text) => way.is_empty() && !text.is_empty(),
            ExprKind::Int(_) | ExprKind::Float(_) => way.is_empty(),
            ExprKind::Bool(_) => way.is_empty() && !parts,
            ExprKind::Null | ExprKind::Invalid(_) => false,
            ExprKind::Expression(inner) => self.look(inner, way, parts, depth + 1),
            ExprKind::Access { base, key, .. } => self.look(base, &further(way, step(key)), parts, depth + 1),
            ExprKind::Array(items) => self.in_items(items, way, parts, depth),
            ExprKind::Object(members) => {
                let members = members.iter().map(|Property { key, value }| (key, value));
                self.in_members(members, way, parts, depth)
            }
            ExprKind::Loop(l) => match way.split_last() {
                Some((Step::Item(_) | Step::Any, rest)) => self.look(&l.input, rest, parts, depth + 1),
                Some((Step::Name(_), _)) => false,
                None => parts && self.look(&l.input, way, parts, depth + 1),
            },
            ExprKind::Call(call) => self.in_call(call, way, parts, depth + 1),
        }
    }

    fn any(&mut self, all: &'t [Expr], way: &[Step], parts: bool, depth: usize) -> bool {
        all.iter().any(|e| self.look(e, way, parts, depth))
    }

    fn in_items(&mut self, items: &'t [Expr], way: &[Step], parts: bool, depth: usize) -> bool {
        match way.split_last() {
            Some((Step::Item(at), rest)) => items.get(*at).is_some_and(|e| self.look(e, rest, parts, depth + 1)),
            Some((Step::Any, rest)) => self.any(items, rest, parts, depth + 1),
            Some((Step::Name(_), _)) => false,
            None => parts && self.any(items, way, parts, depth + 1),
        }
    }

    fn in_members(
        &mut self,
        mut members: impl Iterator<Item = (&'t Expr, &'t Expr)>,
        way: &[Step],
        parts: bool,
        depth: usize,
    ) -> bool {
        match way.split_last() {
            // A key that is computed may be the one.
            Some((Step::Name(name), rest)) => members
                .filter(|(key, _)| key.as_str().is_none_or(|key| key.eq_ignore_ascii_case(name)))
                .any(|(_, value)| self.look(value, rest, parts, depth + 1)),
            Some((Step::Any, rest)) => members.any(|(_, value)| self.look(value, rest, parts, depth + 1)),
            Some((Step::Item(_), _)) => false,
            None => parts && members.any(|(_, value)| self.look(value, way, parts, depth + 1)),
        }
    }

    fn in_call(&mut self, call: &'t Call, way: &[Step], parts: bool, depth: usize) -> bool {
        let args = call.args.as_slice();
        let scope = self.scope;
        if let Some(namespace) = &call.namespace {
            let body = scope.function(namespace, &call.name).map(|(_, f)| &f.body);
            return body.is_some_and(|body| self.behind(body, way, parts, depth)) || self.any(args, &[], true, depth);
        }
        let Some(function) = Builtin::of(call) else { return self.any(args, &[], true, depth) };
        let (first, rest) = args.split_at(args.len().min(1));
        // Of a list whose items have other places afterwards, or are fewer.
        let moved = || match way.split_last() {
            Some((Step::Item(_), rest)) => further(rest, Step::Any),
            _ => way.to_vec(),
        };
        match function {
            Builtin::Parameters => false,
            Builtin::Variables => match first {
                [Expr { kind: ExprKind::Str(name), .. }] => {
                    scope.variable(name).is_some_and(|(_, v)| self.behind(&v.value, way, parts, depth))
                }
                // Any may be meant.
                _ => scope.variables.iter().any(|v| self.behind(&v.value, way, parts, depth)),
            },
            // A text of the repository is known to whoever reads it.
            Builtin::LoadTextContent | Builtin::LoadJsonContent | Builtin::LoadYamlContent => true,
            // What Azure answers is not what it is asked by.
            f if matches!(f.facts().tells, Tells::Secret | Tells::Elsewhere) => false,
            // What decides is no part of the value.
            Builtin::If => self.any(rest, way, parts, depth),
            Builtin::Coalesce | Builtin::Union | Builtin::Any => self.any(args, way, parts, depth),
            Builtin::Concat => self.any(args, &moved(), parts, depth),
            // Which part is taken is no part of it either.
            Builtin::Filter | Builtin::Skip | Builtin::Take | Builtin::Sort | Builtin::Distinct => {
                self.any(first, &moved(), parts, depth)
            }
            Builtin::Substring => self.any(first, way, parts, depth),
            Builtin::Split => self.any(first, way.split_last().map_or(way, |(_, rest)| rest), parts, depth),
            Builtin::First | Builtin::Last | Builtin::IndexFromEnd | Builtin::ShallowMerge => {
                self.any(first, &further(way, Step::Any), parts, depth)
            }
            Builtin::TryGet => {
                let way = rest.iter().rev().fold(way.to_vec(), |way, key| further(&way, step(key)));
                self.any(first, &way, parts, depth)
            }
            Builtin::Flatten => {
                let within = way.split_last().map(|(_, rest)| further(&further(rest, Step::Any), Step::Any));
                self.any(first, within.as_deref().unwrap_or(way), parts, depth)
            }
            Builtin::CreateArray => self.in_items(args, way, parts, depth),
            Builtin::CreateObject => self.in_members(super::written::pairs(call), way, parts, depth),
            Builtin::Format => {
                // A format that only has holes (`'${name}'`) adds nothing.
                let text = first.first().and_then(Expr::as_str);
                let adds = match text.map(|text| pieces(text)) {
                    Some(Ok(pieces)) => pieces.iter().any(|p| matches!(p, Piece::Text(_))),
                    Some(Err(_)) => true,
                    None => self.any(first, &[], true, depth),
                };
                adds || self.any(rest, &[], true, depth)
            }
            Builtin::Replace => {
                self.any(first, way, parts, depth) || self.any(args.get(2..).unwrap_or(&[]), &[], true, depth)
            }
            // The others are the names of what it takes.
            Builtin::Lambda => args.last().is_some_and(|body| self.look(body, way, parts, depth)),
            _ => self.any(args, &[], true, depth),
        }
    }

    /// In a variable or the body of a function.
    fn behind(&mut self, e: &'t Expr, way: &[Step], parts: bool, depth: usize) -> bool {
        let key = (std::ptr::from_ref(e), way.to_vec(), parts);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        if self.known.len() >= MOST_LOOKS {
            return true;
        }
        // One that is defined by itself holds nothing by that.
        self.known.insert(key.clone(), false);
        let found = self.look(e, way, parts, depth + 1);
        self.known.insert(key, found);
        found
    }
}

/// A way with a step before it.
fn further(way: &[Step], step: Step) -> Way {
    way.iter().cloned().chain([step]).collect()
}

fn step(key: &Expr) -> Step {
    match &key.kind {
        ExprKind::Str(name) => Step::Name(name.to_ascii_lowercase()),
        ExprKind::Int(at) => usize::try_from(*at).map_or(Step::Any, Step::Item),
        _ => Step::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Sources;
    use crate::read::json::Document;

    fn template(parts: &str) -> std::sync::Arc<Template> {
        let source = Sources::new().add("a.json", format!(r#"{{"contentVersion": "1.0.0.0", {parts}}}"#));
        crate::model::arm::load(&Document::parse(&source), &mut Vec::new()).unwrap()
    }

    #[test]
    fn variables_are_followed_to_what_is_taken_of_them() {
        for (value, literal) in [
            ("admin", true),
            ("", false),
            ("[variables('given')]", false),
            ("[variables('written')]", true),
            ("[toLower(variables('given'))]", false),
            ("[toLower(variables('written'))]", true),
            ("[variables('both').given]", false),
            ("[variables('both').written]", true),
            ("[variables('both')[parameters('p')]]", true),
            ("[createObject('a', variables('both').given, 'b', 'x').a]", false),
            ("[union(variables('both'), createObject('given', parameters('p'))).given]", false),
            ("[variables('list')[0]]", false),
            ("[variables('list')[1]]", true),
            ("[first(variables('list'))]", true),
            ("[first(createArray(createObject('n', parameters('p'), 'role', 'x'))).n]", false),
            ("[variables('loop')[0]]", false),
            ("[variables('loop')[0].written]", false),
            ("[variables('looped')[0]]", true),
            ("[format('{0}', parameters('p'))]", false),
            ("[format('{0}-x', parameters('p'))]", true),
            ("[take(variables('given'), 20)]", false),
            ("[split(variables('given'), '@')[0]]", false),
            ("[if(equals('a', parameters('p')), variables('given'), '')]", false),
            ("[if(true(), variables('given'), 'admin')]", true),
            ("[variables(concat('writ', 'ten'))]", true),
            ("[variables('self')]", false),
            ("[variables('both')]", false),
            ("[own.fixed()]", true),
            ("[own.lower(parameters('p'))]", false),
            ("[own.lower('admin')]", true),
        ] {
            let template = template(&format!(
                r#""functions": [{{"namespace": "own", "members": {{
                    "fixed": {{"parameters": [], "output": {{"type": "string", "value": "admin"}}}},
                    "lower": {{"parameters": [{{"name": "s", "type": "string"}}],
                        "output": {{"type": "string", "value": "[toLower(parameters('s'))]"}}}}
                }}}}],
                "variables": {{
                    "given": "[parameters('p')]", "written": "admin", "self": "[variables('self')]",
                    "both": {{"given": "[variables('given')]", "written": "[variables('written')]"}},
                    "list": ["[parameters('p')]", "admin"],
                    "copy": [
                        {{"name": "loop", "count": 2, "input": "[parameters('p')[copyIndex('loop')].name]"}},
                        {{"name": "looped", "count": 2, "input": "[variables('list')[copyIndex('looped')]]"}}
                    ]
                }},
                "resources": [{{"type": "a/b", "apiVersion": "1", "name": "n", "kind": "{value}"}}]"#
            ));
            let found = template.resources[0].body.get("kind").unwrap();
            assert_eq!(Literals::new(&template).are_in(found), literal, "{value}");
        }
    }

    #[test]
    fn variables_that_double_are_looked_through_in_bounded_time() {
        let variable = |i: usize| {
            let next = format!("variables('v{}')", i + 1);
            format!(r#""v{i}": "[if(true(), {next}.x, {next}.y)]","#)
        };
        let variables: String = (0..60).map(variable).collect();
        let template = template(&format!(
            r#""variables": {{ {variables} "v60": "[parameters('p')]" }}, "resources": [
                {{"type": "a/b", "apiVersion": "1", "name": "n", "kind": "[variables('v0')]"}}]"#
        ));
        // Too much to tell: it may be one.
        assert!(Literals::new(&template).are_in(template.resources[0].body.get("kind").unwrap()));
    }

    #[test]
    fn a_literal_behind_more_variables_than_are_followed_is_one() {
        let variable = |i: usize| format!(r#""v{i}": "[variables('v{}')]","#, i + 1);
        let variables: String = (0..100).map(variable).collect();
        let template = template(&format!(
            r#""variables": {{ {variables} "v100": "admin" }}, "resources": [
                {{"type": "a/b", "apiVersion": "1", "name": "n", "kind": "[variables('v0')]"}}]"#
        ));
        assert!(Literals::new(&template).are_in(template.resources[0].body.get("kind").unwrap()));
    }
}
