//! Decorators: what they add to a type.

use super::Lowering;
use super::symbols::Env;
use crate::model::{Expr, ExprKind, Property, Type, TypeKind};
use crate::read::bicep::ast;

impl Lowering<'_> {
    /// Adds what decorators say to a type.
    pub(super) fn decorate(&mut self, ty: &mut Type, decorators: &[ast::Decorator], env: &Env<'_>) {
        for d in decorators {
            let Some((_, name, args)) = d.call() else { continue };
            let integer = || match args.first().map(|a| &a.kind) {
                Some(ast::ExprKind::Int(i)) => Some(*i),
                Some(ast::ExprKind::Unary { op: ast::UnaryOp::Minus, operand }) => match operand.kind {
                    ast::ExprKind::Int(i) => Some(i.wrapping_neg()),
                    _ => None,
                },
                _ => None,
            };
            match name.text.as_str() {
                "secure" => {
                    ty.kind = match std::mem::take(&mut ty.kind) {
                        TypeKind::String => TypeKind::SecureString,
                        TypeKind::Object(o) => TypeKind::SecureObject(o),
                        // A named type, or one that was not understood: what it holds is secret all the same.
                        TypeKind::Ref(_) | TypeKind::Any => TypeKind::SecureString,
                        other => other,
                    };
                }
                "allowed" => {
                    if let Some(ast::Expr { kind: ast::ExprKind::Array(items), .. }) = args.first() {
                        let values = items.iter().filter_map(|i| match i {
                            ast::ArrayItem::Value(e) => Some(self.value(e, env)),
                            ast::ArrayItem::Spread(_) => None,
                        });
                        ty.allowed = Some(values.collect());
                    }
                }
                "minLength" => ty.min_length = integer(),
                "maxLength" => ty.max_length = integer(),
                "minValue" => ty.min_value = integer(),
                "maxValue" => ty.max_value = integer(),
                "discriminator" => self.discriminator(ty, args, d, env),
                // They say nothing about values, but in which order, how often or whether something is deployed, or are
                // the compiler's own business.
                "batchSize" | "export" | "nullIfNotFound" | "onlyIfNotExists" | "patch" | "retryOn" | "validate"
                | "waitUntil" => {}
                "sealed" => {
                    if let TypeKind::Object(o) | TypeKind::SecureObject(o) = &mut ty.kind {
                        o.sealed = true;
                    }
                }
                _ => {}
            }
        }
    }

    fn discriminator(&mut self, ty: &mut Type, args: &[ast::Expr], _d: &ast::Decorator, env: &Env<'_>) {
        let Some(ast::Expr { kind: ast::ExprKind::Str(property), .. }) = args.first() else { return };
        let Some(span) = ty.span else { return };
        // The members of the union are gone from the lowered type; they are found again in the syntax it came from.
        let unit = self.units[env.unit].clone();
        let members = unit.file.statements.iter().find_map(|s| {
            let found = match &s.kind {
                ast::StatementKind::Type { value, .. } => value,
                ast::StatementKind::Param(p) => p.ty.as_ref()?,
                _ => return None,
            };
            match &found.kind {
                ast::TypeKind::Union(members) if found.span == span => Some(members),
                _ => None,
            }
        });
        if let Some(members) = members {
            self.discriminate(ty, members, &property.value, env.unit);
        }
    }

    /// `@description` and `@metadata` as a `metadata` object.
    pub(super) fn metadata(&mut self, decorators: &[ast::Decorator], env: &Env<'_>) -> Option<Expr> {
        let mut out: Vec<Property> = Vec::new();
        for d in decorators {
            let Some((_, name, args)) = d.call() else { continue };
            match (name.text.as_str(), args.first()) {
                ("description", Some(text)) => {
                    let key = super::string("description", name.span);
                    // Most declarations have a description and nothing else, and there are thousands of them.
                    out.reserve_exact(1);
                    out.push(Property { key, value: self.value(text, env) });
                }
                ("metadata", Some(ast::Expr { kind: ast::ExprKind::Object(o), .. })) => {
                    if let ExprKind::Object(properties) = self.object(o, env).kind {
                        out.extend(properties);
                    }
                }
                _ => {}
            }
        }
        let span = decorators.first()?.span;
        (!out.is_empty()).then(|| Expr::new(ExprKind::Object(out), span))
    }
}
