//! JSON values to expressions.

use ecow::EcoString;

use super::{Reader, expression};
use crate::diagnostic::Diagnostic;
use crate::model::{Expr, ExprKind, Loop, Property, placeholders};
use crate::nesting;
use crate::read::Span;
use crate::read::json::{Kind, Node};

/// A JSON value as it stands, with no expression read into its strings (parameter files, exported resources, raw templates).
pub fn literal(node: Node<'_>) -> Expr {
    literal_within(node, 0)
}

fn literal_within(node: Node<'_>, depth: usize) -> Expr {
    if !nesting::JSON_VALUE.allows(depth) {
        return Expr::new(ExprKind::Null, node.span());
    }
    let kind = match node.kind() {
        Kind::Null => ExprKind::Null,
        Kind::Bool(b) => ExprKind::Bool(b),
        Kind::Int(i) => ExprKind::Int(i),
        Kind::Float(f) => ExprKind::Float(f),
        Kind::String if node.is_token() => ExprKind::Invalid(string(node)),
        Kind::String => ExprKind::Str(string(node)),
        Kind::Array => ExprKind::Array(node.items().map(|n| literal_within(n, depth + 1)).collect()),
        Kind::Object => {
            ExprKind::Object(node.members().map(|m| property(m, literal_within(m.value(), depth + 1))).collect())
        }
    };
    Expr::new(kind, node.span())
}

/// The decoded text of a string node.
pub(super) fn string(node: Node<'_>) -> EcoString {
    node.str().map(|s| EcoString::from(s.as_ref())).unwrap_or_default()
}

/// A member as a property with a plain key.
pub(super) fn property(member: crate::read::json::Member<'_>, value: Expr) -> Property {
    Property { key: key(&member), value }
}

/// The key of a member as an expression.
pub(super) fn key(member: &crate::read::json::Member<'_>) -> Expr {
    Expr::new(ExprKind::Str(EcoString::from(member.key().as_ref())), member.key_span())
}

/// Where the property named in a copy element is written: the text of the name.
fn name_key(name: &str, span: Span) -> Expr {
    Expr::new(ExprKind::Str(EcoString::from(name)), span)
}

impl Reader<'_> {
    /// A JSON value with the expressions in its strings read.
    pub(super) fn value(&mut self, node: Node<'_>) -> Expr {
        let value = self.deeper("value", node, |this| this.value_below(node));
        value.unwrap_or_else(|| Expr::new(ExprKind::Null, node.span()))
    }

    /// Reads something that may hold more of its kind; `None`, with a diagnostic, if it stands too deep.
    pub(super) fn deeper<T>(&mut self, what: &str, node: Node<'_>, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if !nesting::JSON_VALUE.allows(self.depth) {
            let message =
                format!("this {what} is nested more than {} levels deep and is not read", nesting::JSON_VALUE.levels());
            self.diagnostics.push(Diagnostic::error("nesting-limit", node.span(), message));
            return None;
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        Some(read)
    }

    fn value_below(&mut self, node: Node<'_>) -> Expr {
        let kind = match node.kind() {
            Kind::Null => ExprKind::Null,
            Kind::Bool(b) => ExprKind::Bool(b),
            Kind::Int(i) => ExprKind::Int(i),
            Kind::Float(f) => ExprKind::Float(f),
            Kind::String if node.is_token() => ExprKind::Invalid(string(node)),
            Kind::String => return self.string_value(node),
            Kind::Array => ExprKind::Array(node.items().map(|n| self.value(n)).collect()),
            Kind::Object => ExprKind::Object(self.properties(node)),
        };
        Expr::new(kind, node.span())
    }

    /// A string: an expression, an escaped literal, or a literal.
    pub(super) fn string_value(&mut self, node: Node<'_>) -> Expr {
        let text = node.str().unwrap_or_default();
        let kind = match text.strip_prefix('[') {
            Some(inner) if self.escaped => self.string_kind(inner, 1, node),
            _ => self.string_kind(&text, 0, node),
        };
        Expr::new(kind, node.span())
    }

    /// `skip` bytes of the string are left out at the front of `text`.
    fn string_kind(&mut self, text: &str, skip: usize, node: Node<'_>) -> ExprKind {
        if !expression::is_expression(text) {
            let filled = placeholders::with_tokens(text, node.span());
            return filled.unwrap_or_else(|| ExprKind::Str(expression::unescape(text).into()));
        }
        let offsets = node.offsets();
        match expression::parse(text, self.file, &|offset| offsets.of(offset + skip)) {
            Ok(inner) => ExprKind::Expression(Box::new(inner)),
            Err(e) => {
                let span = Span::new(self.file, offsets.of(e.start + skip) as usize, offsets.of(e.end + skip) as usize);
                self.diagnostics.push(Diagnostic::error("expression-syntax", span, e.message));
                ExprKind::Invalid(text.trim_start_matches('[').trim_end_matches(']').into())
            }
        }
    }

    /// The members of an object, with a property `copy` array unrolled into the loops it declares.
    pub(super) fn properties(&mut self, node: Node<'_>) -> Vec<Property> {
        let mut out = Vec::with_capacity(node.len());
        for m in node.members() {
            if m.key().eq_ignore_ascii_case("copy") && is_copy_array(m.value()) {
                for item in m.value().items() {
                    if let Some(p) = self.copy_element(item) {
                        out.push(p);
                    }
                }
                continue;
            }
            let key = self.key(&m);
            let value = self.value(m.value());
            out.push(Property { key, value });
        }
        out
    }

    /// A key may be an expression, too (`"[variables('tagName')]": …`).
    fn key(&mut self, m: &crate::read::json::Member<'_>) -> Expr {
        let text = m.key();
        if !expression::is_expression(&text) {
            return Expr::new(ExprKind::Str(expression::unescape(&text).into()), m.key_span());
        }
        let start = m.key_span().start + 1;
        match expression::parse(&text, self.file, &|offset| start + offset as u32) {
            Ok(inner) => Expr::new(ExprKind::Expression(Box::new(inner)), m.key_span()),
            Err(e) => {
                self.diagnostics.push(Diagnostic::error("expression-syntax", m.key_span(), e.message));
                key(m)
            }
        }
    }

    /// One element of a property, variable or output `copy`.
    pub(super) fn copy_element(&mut self, node: Node<'_>) -> Option<Property> {
        let name = node.get("name")?;
        let text = string(name);
        let looped = Loop {
            name: text.clone(),
            count: self.member_or_null(node, "count"),
            input: self.member_or_null(node, "input"),
            span: node.span(),
        };
        Some(Property {
            key: name_key(&text, name.span()),
            value: Expr::new(ExprKind::Loop(Box::new(looped)), node.span()),
        })
    }

    /// The value of a member, or a null at the object that lacks it.
    pub(super) fn member_or_null(&mut self, node: Node<'_>, name: &str) -> Expr {
        match node.get(name) {
            Some(n) => self.value(n),
            None => Expr::new(ExprKind::Null, node.span()),
        }
    }
}

/// Property iteration: an array whose elements each have a `name`, a `count` and an `input`. Anything else named `copy` is
/// a property like any other.
pub(super) fn is_copy_array(node: Node<'_>) -> bool {
    matches!(node.kind(), Kind::Array)
        && !node.is_empty()
        && node.items().all(|n| n.get("name").is_some() && n.get("count").is_some() && n.get("input").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::placeholders::is_token;
    use crate::read::Sources;
    use crate::read::json::Document;

    #[test]
    fn what_is_put_in_before_this_is_json_is_not_known() {
        let value = |written: &str| {
            let text = format!("{{\"a\": {{ \"value\": {written} }}, \"b\": 1}}");
            let document = Document::parse(&Sources::new().add("p.json", text));
            let root = literal(document.root().unwrap());
            assert!(matches!(root.get("b").unwrap().kind, ExprKind::Int(1)), "{written}");
            let levels: Vec<_> = document.problems().iter().map(|p| p.level.as_str()).collect();
            (root.get("a").unwrap().get("value").unwrap().kind.clone(), levels.join(","))
        };
        for token in ["${OPEN}", "${OPEN=a,b}", "${A}-${B}"] {
            assert!(
                matches!(value(token), (ExprKind::Invalid(text), level) if text == token && level == "warning"),
                "{token}"
            );
        }
        for token in ["{{F}}", "{{ F }}", "$F", "$(F)", "#{F}#", "<<F>>", "__F__"] {
            assert!(matches!(value(token), (ExprKind::Invalid(_), level) if level.starts_with("error")), "{token}");
        }
        // What is only written without quotes is what it says.
        assert!(matches!(value("Standard_LRS"), (ExprKind::Str(text), _) if text == "Standard_LRS"));
        assert!(matches!(value("{{}}"), (ExprKind::Object(_), _)));
    }

    #[test]
    fn a_password_that_is_made_up_is_not_known() {
        assert!(
            is_token("$(secretOrRandomPassword kv-shop sqlAdminPassword)") && is_token("$(secretOrRandomPassword)")
        );
        assert!(!is_token("$(secretOrRandomPasswords a)") && !is_token("$(secretOrRandomPassword a) b)"));
    }
}
