//! What a declared type says of a parameter: may it be null, which values are there.

use crate::model::{Expr, Template, Type, TypeKind};

/// References to references end somewhere; a cycle ends here.
const MAX_REFERENCES: usize = 16;

/// The type itself, behind its references.
pub fn resolve<'t>(template: &'t Template, ty: &'t Type) -> &'t Type {
    let mut at = ty;
    for _ in 0..MAX_REFERENCES {
        match &at.kind {
            TypeKind::Ref(name) => match template.type_definition(name) {
                Some(definition) => at = &definition.ty,
                None => break,
            },
            _ => break,
        }
    }
    at
}

/// Whether `null` is a value of the type.
pub fn nullable(template: &Template, ty: &Type) -> bool {
    ty.nullable || resolve(template, ty).nullable
}

/// The only values there are, if the type lists them.
pub fn allowed<'t>(template: &'t Template, ty: &'t Type) -> Option<&'t [Expr]> {
    ty.allowed.as_deref().or_else(|| resolve(template, ty).allowed.as_deref())
}
