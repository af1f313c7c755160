//! Names that are bound around an expression: loops, lambda variables, parameters of a user-defined function.

use ecow::EcoString;

use super::value::Value;

/// A chain of bindings, innermost first. Lives on the stack of the evaluation.
#[derive(Clone, Copy)]
pub struct Frame<'f> {
    parent: Option<&'f Frame<'f>>,
    binding: Binding<'f>,
}

#[derive(Clone, Copy)]
enum Binding<'f> {
    None,
    Loop { name: &'f str, index: &'f Value, resource: bool },
    Lambda { name: &'f str, value: &'f Value },
    Function { parameters: &'f [(EcoString, Value)] },
}

/// A loop that surrounds a declaration, kept where no stack frame can hold it.
#[derive(Debug, Clone)]
pub struct BoundLoop {
    /// Its name.
    pub name: EcoString,
    /// The index, or a residual.
    pub index: Value,
}

impl<'f> Frame<'f> {
    /// Nothing is bound.
    pub const ROOT: Frame<'static> = Frame { parent: None, binding: Binding::None };

    /// Within an iteration of a property, variable or output loop.
    pub fn with_loop(&'f self, name: &'f str, index: &'f Value) -> Frame<'f> {
        Frame { parent: Some(self), binding: Binding::Loop { name, index, resource: false } }
    }

    /// Within an iteration of a resource loop.
    pub fn with_resource_loop(&'f self, bound: &'f BoundLoop) -> Frame<'f> {
        Frame { parent: Some(self), binding: Binding::Loop { name: &bound.name, index: &bound.index, resource: true } }
    }

    /// Within a lambda.
    pub fn with_lambda(&'f self, name: &'f str, value: &'f Value) -> Frame<'f> {
        Frame { parent: Some(self), binding: Binding::Lambda { name, value } }
    }

    /// Within a user-defined function: nothing from outside is visible.
    pub fn function(parameters: &'f [(EcoString, Value)]) -> Frame<'f> {
        Frame { parent: None, binding: Binding::Function { parameters } }
    }

    fn bindings(&self) -> impl Iterator<Item = Binding<'f>> {
        let mut at = Some(*self);
        std::iter::from_fn(move || {
            let now = at?;
            at = now.parent.copied();
            Some(now.binding)
        })
    }

    /// The index of the loop with this name; without a name the innermost resource loop, else the innermost loop.
    pub fn loop_index(&self, wanted: Option<&str>) -> Option<&'f Value> {
        let mut innermost = None;
        for b in self.bindings() {
            if let Binding::Loop { name, index, resource } = b {
                match wanted {
                    Some(w) if name.eq_ignore_ascii_case(w) => return Some(index),
                    None if resource => return Some(index),
                    None => innermost = innermost.or(Some(index)),
                    _ => {}
                }
            }
        }
        innermost
    }

    /// The value of a lambda variable.
    pub fn lambda_variable(&self, wanted: &str) -> Option<&'f Value> {
        self.bindings().find_map(|b| match b {
            Binding::Lambda { name, value } if name.eq_ignore_ascii_case(wanted) => Some(value),
            _ => None,
        })
    }

    /// The parameters of the user-defined function whose body this is.
    pub fn function_parameters(&self) -> Option<&'f [(EcoString, Value)]> {
        self.bindings().find_map(|b| match b {
            Binding::Function { parameters } => Some(parameters),
            _ => None,
        })
    }
}
