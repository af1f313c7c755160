//! Imports from compiled templates: what is named, and all that it uses, under names of its own.

use ecow::EcoString;

use super::Lowering;
use crate::model::{Builtin, Expr, ExprKind, Function, ObjectType, Type, TypeDefinition, TypeKind, Variable};

impl Lowering<'_> {
    /// A type of a compiled template and the types it uses. Gives its name here.
    pub(super) fn emit_json_type(&mut self, index: usize, name: &str) -> EcoString {
        let prefix = Self::json_prefix(index);
        let full: EcoString = [prefix.as_str(), name].concat().into();
        if !self.emitted.insert((2, full.clone())) {
            return full;
        }
        let template = self.json[index].clone();
        if let Some(definition) = template.type_definition(name) {
            let mut ty = definition.ty.clone();
            let mut used = Vec::new();
            rename_type(&mut ty, &prefix, &mut used, 0);
            self.define_type(TypeDefinition { name: full.clone(), name_span: definition.name_span, ty });
            for name in used {
                self.emit_json_type(index, &name);
            }
        }
        full
    }

    /// An exported variable of a compiled template and those it uses. Gives its name here.
    pub(super) fn emit_json_variable(&mut self, index: usize, name: &str) -> EcoString {
        let prefix = Self::json_prefix(index);
        let full: EcoString = [prefix.as_str(), name].concat().into();
        if !self.emitted.insert((0, full.clone())) {
            return full;
        }
        let template = self.json[index].clone();
        if let Some((_, variable)) = template.variable(name) {
            let mut value = variable.value.clone();
            let mut used = Used::default();
            rename(&mut value, &prefix, &mut used);
            self.variables.push(Variable { name: full.clone(), name_span: variable.name_span, ty: None, value });
            self.emit_used(index, used);
        }
        full
    }

    /// An exported function of a compiled template and those it uses. Gives the namespace it has here.
    pub(super) fn emit_json_function(&mut self, index: usize, name: &str) -> EcoString {
        let prefix = Self::json_prefix(index);
        let template = self.json[index].clone();
        let Some(function) = template.functions.iter().find(|f| f.name == name) else { return prefix };
        let namespace: EcoString = [prefix.as_str(), &function.namespace].concat().into();
        if self.emitted.insert((1, [namespace.as_str(), ".", name].concat().into())) {
            let mut body = function.body.clone();
            let mut used = Used::default();
            rename(&mut body, &prefix, &mut used);
            self.functions.push(Function { namespace: namespace.clone(), body, ..function.clone() });
            self.emit_used(index, used);
        }
        namespace
    }

    fn emit_used(&mut self, index: usize, used: Used) {
        for name in used.variables {
            self.emit_json_variable(index, &name);
        }
        for name in used.functions {
            self.emit_json_function(index, &name);
        }
    }
}

/// What an expression uses of its template.
#[derive(Default)]
pub(super) struct Used {
    variables: Vec<EcoString>,
    functions: Vec<EcoString>,
}

/// Renames the variables and functions of an expression.
pub(super) fn rename(e: &mut Expr, prefix: &str, used: &mut Used) {
    match &mut e.kind {
        ExprKind::Array(items) => items.iter_mut().for_each(|i| rename(i, prefix, used)),
        ExprKind::Object(properties) => properties.iter_mut().for_each(|p| {
            rename(&mut p.key, prefix, used);
            rename(&mut p.value, prefix, used);
        }),
        ExprKind::Call(call) => {
            if let Some(namespace) = &mut call.namespace {
                used.functions.push(call.name.clone());
                *namespace = [prefix, namespace].concat().into();
            } else if Builtin::of(call) == Some(Builtin::Variables)
                && let [Expr { kind: ExprKind::Str(name), .. }] = call.args.as_mut_slice()
            {
                used.variables.push(name.clone());
                *name = [prefix, name].concat().into();
                return;
            }
            call.args.iter_mut().for_each(|a| rename(a, prefix, used));
        }
        ExprKind::Access { base, key, .. } => {
            rename(base, prefix, used);
            rename(key, prefix, used);
        }
        ExprKind::Loop(l) => {
            rename(&mut l.count, prefix, used);
            rename(&mut l.input, prefix, used);
        }
        ExprKind::Expression(inner) => rename(inner, prefix, used),
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Str(_)
        | ExprKind::Invalid(_) => {}
    }
}

/// Renames the types a type is made of.
fn rename_type(ty: &mut Type, prefix: &str, used: &mut Vec<EcoString>, depth: usize) {
    if !crate::nesting::TYPE.allows(depth) {
        return;
    }
    match &mut ty.kind {
        TypeKind::Ref(name) => {
            used.push(name.clone());
            *name = [prefix, name].concat().into();
        }
        TypeKind::Array { items, prefix: first, .. } => {
            items.iter_mut().for_each(|t| rename_type(t, prefix, used, depth + 1));
            first.iter_mut().for_each(|t| rename_type(t, prefix, used, depth + 1));
        }
        TypeKind::Object(o) | TypeKind::SecureObject(o) => {
            let ObjectType { properties, additional, discriminator, sealed: _, listed: _ } = o.as_mut();
            properties.iter_mut().for_each(|(_, t)| rename_type(t, prefix, used, depth + 1));
            additional.iter_mut().for_each(|t| rename_type(t, prefix, used, depth + 1));
            discriminator.iter_mut().flat_map(|(_, v)| v).for_each(|(_, t)| rename_type(t, prefix, used, depth + 1));
        }
        _ => {}
    }
}
