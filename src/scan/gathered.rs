//! What the entry points of a run came to, put together in their order.

use super::Evaluated;
use super::account::Happened;
use super::identified::Identified;
use super::stale::Came;
use crate::check::CheckResult;
use crate::check::secrets::Secrets;
use crate::diagnostic::Diagnostic;
use crate::source::asked::Asked;
use crate::walk::entries::Entry;

/// What came out of the entry points so far.
#[derive(Default)]
pub(super) struct Gathered {
    /// Of each entry point; put together they would be there twice.
    pub results: Vec<Vec<CheckResult>>,
    /// How many results there are.
    pub count: usize,
    pub diagnostics: Vec<Diagnostic>,
    pub secrets: Secrets,
    pub deployments: usize,
    pub resources: usize,
    /// The files that were looked at for it.
    pub asked: Asked,
    pub came: Came,
    /// The entry points, and whether each was lost.
    pub evaluated: Vec<(Entry, bool)>,
    /// What each deploys.
    pub identified: Vec<Identified>,
}

impl Gathered {
    /// Adds what came out of these entry points.
    pub fn take(&mut self, entries: &[&Entry], evaluated: Vec<Evaluated>, happened: &mut Happened) {
        for (entry, mut one) in entries.iter().zip(evaluated) {
            self.secrets.join(one.secrets);
            self.diagnostics.append(&mut one.diagnostics);
            let from = self.count;
            self.count += one.results.len();
            self.results.push(one.results);
            if let Some(template) = entry.template() {
                self.came.from(template, from..self.count);
            }
            self.deployments += usize::from(entry.template().is_some() && one.lost.is_none());
            self.resources += one.resources;
            self.asked.extend(one.asked);
            let parameters = match entry {
                Entry::Deployment { parameters, .. } => parameters.clone(),
                Entry::Resources { .. } => None,
            };
            self.identified.push(Identified { parameters, resources: one.identified });
            happened.reached.join(one.reached);
            self.evaluated.push(((*entry).clone(), one.lost.is_some()));
            if let Some(reason) = one.lost {
                happened.lost.insert(entry.path().to_path_buf(), reason);
            }
        }
    }
}
