//! What settings are called where their names are not written beside them, but come from variables or are put together.

use std::cell::Cell;

use ecow::EcoString;

use super::declared::has_secret;
use super::written::stands_for;
use crate::model::format_string::{self, Piece};
use crate::model::{Builtin, Call, Expr, ExprKind, Template};
use crate::nesting;

/// So many expressions are looked at for the names of one template: each may take others that all names take.
const MOST_LOOKS: usize = 100_000;

/// The longest end of a name that is put together.
const LONGEST: usize = 128;

/// Stands for what comes before the end of a name that is known in part.
const UNKNOWN: char = '\u{2026}';

/// Finds names out.
pub struct Called {
    left: Cell<usize>,
}

impl Default for Called {
    fn default() -> Self {
        Called { left: Cell::new(MOST_LOOKS) }
    }
}

impl Called {
    /// What a name comes to in a template; of one that is known in part, how it ends, after an ellipsis. `None` if nothing is known.
    pub fn name(&self, name: &Expr, scope: &Template) -> Option<EcoString> {
        if let ExprKind::Str(text) = &name.kind {
            return Some(text.clone());
        }
        // The parts from the last one on.
        let mut parts = Vec::new();
        let whole = self.end(name, scope, &mut parts, 0);
        let known: EcoString = parts.iter().rev().map(EcoString::as_str).collect();
        match whole {
            true => Some(known),
            false if known.is_empty() => None,
            false => Some(ecow::eco_format!("{UNKNOWN}{known}")),
        }
    }

    fn spend(&self, looks: usize) -> Option<()> {
        let left = self.left.get().checked_sub(looks);
        self.left.set(left.unwrap_or(0));
        left.map(|_| ())
    }

    /// Adds what a text is made of, from its end as far as it is known. Says whether all of it is.
    fn end(&self, text: &Expr, scope: &Template, parts: &mut Vec<EcoString>, depth: usize) -> bool {
        if !nesting::ALIAS.allows(depth) || self.spend(1).is_none() {
            return false;
        }
        let mut next = |part: &Expr| self.end(part, scope, parts, depth + 1);
        match &text.kind {
            ExprKind::Str(text) => push(text, parts),
            ExprKind::Expression(inner) => next(inner),
            ExprKind::Access { base, key, .. } => {
                key.as_str().and_then(|key| self.member(base, key, scope, depth)).is_some_and(next)
            }
            ExprKind::Call(call) => match Builtin::of(call) {
                Some(Builtin::Variables | Builtin::Parameters) => stands_for(call, scope, has_secret).is_some_and(next),
                Some(Builtin::Concat) => call.args.iter().rev().all(next),
                // How a name is written does not matter to who reads it here.
                Some(Builtin::ToLower | Builtin::ToUpper) => call.args.iter().all(next),
                Some(Builtin::Format) => self.format(call, scope, parts, depth),
                _ => false,
            },
            _ => false,
        }
    }

    fn format(&self, call: &Call, scope: &Template, parts: &mut Vec<EcoString>, depth: usize) -> bool {
        let Some((format, args)) = call.args.split_first() else { return false };
        let Some(Ok(pieces)) = format.as_str().map(|format| format_string::pieces(format)) else { return false };
        pieces.iter().rev().all(|piece| match piece {
            Piece::Text(text) => push(text, parts),
            Piece::Hole { index, .. } => args.get(*index).is_some_and(|value| self.end(value, scope, parts, depth + 1)),
        })
    }

    /// The member of an object that stands in a variable, or in the default of a parameter.
    fn member<'t>(&self, object: &'t Expr, key: &str, scope: &'t Template, depth: usize) -> Option<&'t Expr> {
        if !nesting::ALIAS.allows(depth) {
            return None;
        }
        let members = match &object.kind {
            ExprKind::Expression(inner) => return self.member(inner, key, scope, depth + 1),
            ExprKind::Call(call) => return self.member(stands_for(call, scope, has_secret)?, key, scope, depth + 1),
            ExprKind::Access { base, key: outer, .. } => {
                let object = self.member(base, outer.as_str()?, scope, depth + 1)?;
                return self.member(object, key, scope, depth + 1);
            }
            _ => object.as_object()?,
        };
        self.spend(1 + members.len() / 16)?;
        object.get(key)
    }
}

/// Adds a part before those that are known, as far as there is room. Says whether there was room for all of it.
fn push(text: &str, parts: &mut Vec<EcoString>) -> bool {
    let room = LONGEST.saturating_sub(parts.iter().map(|p| p.len()).sum());
    let mut start = text.len().saturating_sub(room);
    let fits = start == 0;
    while !text.is_char_boundary(start) {
        start += 1;
    }
    parts.extend(text.get(start..).filter(|part| !part.is_empty()).map(EcoString::from));
    fits
}

#[cfg(test)]
mod tests {
    use super::super::written::tests::template;
    use super::*;

    /// What the name of the only resource comes to.
    fn name(parts: &str, name: &str) -> Option<String> {
        let template = template(&format!(
            r#"{parts}, "resources": [{{"type": "a/b", "apiVersion": "1", "name": "n", "kind": "{name}"}}]"#
        ));
        let kind = template.resources[0].body.get("kind").unwrap();
        Called::default().name(kind, &template).map(|s| s.to_string())
    }

    #[test]
    fn names_are_followed() {
        let parts = r#""parameters": { "stage": { "type": "string" }, "key": { "type": "string", "defaultValue": "API_KEY" } },
            "variables": { "name": "DB_PASSWORD", "again": "[variables('name')]", "all": { "db": { "name": "[variables('again')]" } } }"#;
        for (written, known) in [
            ("DB_USER", Some("DB_USER")),
            ("[variables('again')]", Some("DB_PASSWORD")),
            ("[variables('all').db.name]", Some("DB_PASSWORD")),
            ("[parameters('key')]", Some("API_KEY")),
            ("[parameters('stage')]", None),
            ("[format('{0}_PASS{1}', parameters('stage'), toUpper('word'))]", Some("\u{2026}_PASSword")),
            ("[concat('APP_', variables('name'))]", Some("APP_DB_PASSWORD")),
            ("[concat('PASSWORD_', parameters('stage'))]", None),
            ("[variables('gone')]", None),
        ] {
            assert_eq!(name(parts, written).as_deref(), known, "{written}");
        }
    }

    #[test]
    fn names_that_double_end() {
        let variable = |i: usize| format!(r#""v{i}": "[concat(variables('v{0}'), variables('v{0}'), '')]","#, i + 1);
        let variables: String = (0..40).map(variable).collect();
        name(&format!(r#""variables": {{ {variables} "v40": "" }}"#), "[variables('v0')]");
        name(
            r#""variables": { "a": "[variables('a')].x.x" , "b": { "x": "[variables('b').x.x.x]" } }"#,
            "[variables('b').x]",
        );
    }
}
