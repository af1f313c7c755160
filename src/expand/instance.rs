//! One deployment being expanded: a template, the values of its parameters and variables, and its resources.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::context::Context;
use super::frame::BoundLoop;
use super::names::Names;
use super::value::Value;
use crate::model::{Resource, Template};
use crate::read::Span;

/// One deployment of a template.
pub struct Instance {
    /// Its place in [`super::run::Run::instances`].
    pub index: usize,
    /// The template.
    pub template: Arc<Template>,
    /// Where it is deployed.
    pub context: Context,
    /// The deployment that declares it.
    pub parent: Option<usize>,
    /// The declared resource of the parent that declares it, as an index into the parent's table.
    pub declared_by: Option<usize>,
    /// Expressions are evaluated here (inner), or in the parent (outer).
    pub inner: bool,
    /// For an outer-scoped template: the loops around its deployment resource.
    pub loops: Vec<BoundLoop>,
    /// Its condition, or that of a deployment around it, is not decided.
    pub supposed: bool,
    /// For the names of a parameter file: what the values are for.
    pub gives_to: Option<GivesTo>,
    /// Values given from outside.
    pub given: Vec<Option<Value>>,
    /// What else is given stands in a file that is not read: no default counts.
    pub unread: bool,
    /// The parameters' values, once asked for.
    pub parameters: Vec<OnceCell<Value>>,
    /// Parameters and variables being evaluated now, to name cycles.
    pub active: RefCell<Vec<EcoString>>,
    /// The variables' values, once asked for.
    pub variables: Vec<OnceCell<Value>>,
    /// The resources, once declared.
    pub table: OnceCell<Rc<Vec<Rc<Declared>>>>,
    /// The resources by what they are called, once one is asked for.
    pub names: OnceCell<Names>,
    /// What `resourceInfo` says of resources, by their symbolic names in lower case, as far as it was asked for while the table was
    /// being made.
    pub infos: RefCell<FxHashMap<EcoString, Value>>,
    /// The table is being made: names are evaluated, references cannot be followed yet.
    pub declaring: Cell<bool>,
    /// The outputs, once asked for.
    pub outputs: Vec<OnceCell<Option<Value>>>,
    /// The declaration in the parent's text.
    pub place: Span,
}

/// What the values of a parameter file are for.
pub struct GivesTo {
    /// The template.
    pub template: Arc<Template>,
    /// Variables that a parameter takes as they are, with the place of the parameter.
    pub taken: Vec<(EcoString, usize)>,
}

impl GivesTo {
    /// The parameter whose value a name of the parameter file is.
    pub fn parameter(&self, name: &str) -> Option<usize> {
        let taken = || self.taken.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, i)| *i);
        // What an extended file gives goes by a longer name.
        let own = name.rsplit("::").next().unwrap_or(name);
        taken().or_else(|| self.template.parameter(own).map(|(i, _)| i))
    }
}

/// A declared resource (one per iteration of its loop).
pub struct Declared {
    /// Its place in the table.
    pub index: usize,
    /// The declaration.
    pub resource: Arc<Resource>,
    /// The parent in whose `resources` it stands.
    pub parent: Option<usize>,
    /// The loops around it, outermost first.
    pub loops: Vec<BoundLoop>,
    /// The whole type.
    pub type_: EcoString,
    /// The whole name.
    pub name: Value,
    /// The API version.
    pub api_version: Option<EcoString>,
    /// The same where it is not decided.
    pub open_version: Option<Value>,
    /// The id.
    pub id: Value,
    /// `scope` as evaluated.
    pub scope: Option<Value>,
    /// The loop's length, where it is not known.
    pub repeated: Option<Value>,
    /// The condition where it is not decided.
    pub condition: Option<Value>,
    /// The body, once evaluated.
    pub body: OnceCell<Value>,
    /// The body as `reference` gives it, once asked for.
    pub referred: OnceCell<Value>,
    /// The body is being evaluated now.
    pub evaluating: Cell<bool>,
    /// The deployment it makes, once expanded.
    pub child: OnceCell<Option<usize>>,
}

impl Instance {
    /// A deployment about to be expanded.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        index: usize,
        template: Arc<Template>,
        context: Context,
        parent: Option<(usize, usize)>,
        inner: bool,
        loops: Vec<BoundLoop>,
        given: Vec<Option<Value>>,
        place: Span,
    ) -> Self {
        let cells = |n: usize| (0..n).map(|_| OnceCell::new()).collect::<Vec<_>>();
        Instance {
            index,
            parameters: cells(template.parameters.len()),
            variables: cells(template.variables.len()),
            outputs: (0..template.outputs.len()).map(|_| OnceCell::new()).collect(),
            template,
            context,
            parent: parent.map(|p| p.0),
            declared_by: parent.map(|p| p.1),
            inner,
            loops,
            supposed: false,
            gives_to: None,
            given,
            unread: false,
            active: RefCell::default(),
            table: OnceCell::new(),
            names: OnceCell::new(),
            infos: RefCell::default(),
            declaring: Cell::new(false),
            place,
        }
    }
}
