//! `parametersLink`: a file that gives the parameters of a deployment.

use std::path::PathBuf;
use std::sync::Arc;

use super::deploy::values_of_file;
use super::eval::Interpreter;
use super::linked::{self, Found};
use super::nested::ASSUMED;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::model::Template;
use crate::model::parameters::ParameterFile;
use crate::read::Span;

/// What is linked, for messages.
const WHAT: &str = "linked parameter file";

impl Interpreter<'_> {
    /// Adds to what a deployment is given what the file gives that its `parametersLink` (at `span`) names. False if that file is not
    /// read: what else is given nobody knows.
    pub(super) fn add_linked(
        &self,
        template: &Arc<Template>,
        link: &Value,
        parameters: Option<&Value>,
        span: Span,
        given: &mut [Option<Value>],
    ) -> bool {
        if link.is_null() {
            return true;
        }
        // <https://learn.microsoft.com/azure/azure-resource-manager/templates/linked-templates#parameters-for-linked-template>
        if parameters.and_then(Value::as_object).is_some_and(|o| !o.members.is_empty()) {
            let message = "a deployment takes `parameters` or `parametersLink`, and Azure refuses one that has both: leave one out";
            self.run.report(Diagnostic::error("expression", span, message));
        }
        let unread = |why: String| {
            let message = format!("{why}; what it gives to the parameters of this deployment is not known");
            let place = Place::Span(span);
            self.run.report(Diagnostic { level: Level::Warning, code: "template-linked", message, place });
            false
        };
        let place = link.get("uri").and_then(linked::place).ok_or_else(|| linked::away(WHAT));
        let file =
            place.and_then(|place| linked::found(&place, WHAT, &self.folders_around(span), &self.run.repositories));
        let Found { path, assumed } = match file {
            Ok(found) => found,
            Err(why) => return unread(why),
        };
        let Some(file) = self.values_at(path, span) else { return unread(linked::away(WHAT)) };
        if let Some(assumed) = assumed {
            self.run.report(Diagnostic::warning(ASSUMED, span, assumed));
        }
        let is_same = |(f, t): &(Arc<ParameterFile>, Arc<Template>)| Arc::ptr_eq(f, &file) && Arc::ptr_eq(t, template);
        if !self.run.linked.borrow().iter().any(is_same) {
            self.run.linked.borrow_mut().push((file.clone(), template.clone()));
        }
        let values = values_of_file(self.run, template, &file, &self.instance.context);
        for (given, value) in given.iter_mut().zip(values) {
            *given = given.take().or(value);
        }
        true
    }

    /// The values in a parameter file, read once for all deployments that link it.
    fn values_at(&self, path: PathBuf, span: Span) -> Option<Arc<ParameterFile>> {
        if let Some(known) = self.run.linked_values.borrow().get(&path) {
            return known.clone();
        }
        let file = self.run.loader.values(&path, span).ok().map(Arc::new);
        self.run.linked_values.borrow_mut().insert(path, file.clone());
        file
    }
}
