//! Which resource a finding is about, and which resources a side deploys.

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Looked;
use crate::check::CheckResult;
use crate::expand::known::secret::MASK;
use crate::read::Span;
use crate::report::fingerprint;
use crate::walk::root::relative;

/// A resource of a deployment. One template with two parameter files is two deployments, which may be of two resource groups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Resource {
    /// The parameter file that it is deployed with; empty without one.
    pub with: EcoString,
    /// Its id in small letters; where that is not known as a whole, the expression.
    pub id: EcoString,
}

impl Resource {
    /// Whether its id is known as a whole.
    pub fn is_known(&self) -> bool {
        !self.id.starts_with('[')
    }
}

/// What a side deploys, as far as ids are known.
#[derive(Debug, Default)]
pub(super) struct Resources {
    /// Each resource, and whether its declaration deploys others as well: in a loop, a module that is called twice, a template with
    /// two parameter files.
    all: FxHashMap<Resource, bool>,
}

impl Resources {
    /// Whether a resource is deployed.
    pub fn has(&self, resource: &Resource) -> bool {
        self.all.contains_key(resource)
    }

    /// Whether its declaration deploys others as well.
    pub fn is_one_of_several(&self, resource: &Resource) -> bool {
        self.all.get(resource).copied().unwrap_or_default()
    }

    /// The ids, some of them more than once.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.all.keys().map(|resource| resource.id.as_str())
    }

    /// The same where parameter files are called otherwise.
    pub fn renamed(self, name: impl Fn(&str) -> Option<EcoString>) -> Self {
        let one = |(mut resource, several): (Resource, bool)| {
            if let Some(new) = name(&resource.with) {
                resource.with = new;
            }
            (resource, several)
        };
        Resources { all: self.all.into_iter().map(one).collect() }
    }
}

impl Looked<'_> {
    /// What this side deploys.
    pub(super) fn resources(&self) -> Resources {
        let mut all: FxHashMap<Resource, bool> = FxHashMap::default();
        let mut of: FxHashMap<Span, Vec<Resource>> = FxHashMap::default();
        for entry in self.identified {
            let with: EcoString = entry.parameters.as_ref().map(|p| relative(p, self.root).into()).unwrap_or_default();
            for (declaration, id) in &entry.resources {
                let resource = Resource { with: with.clone(), id: id.to_ascii_lowercase() };
                of.entry(*declaration).or_default().push(resource.clone());
                all.insert(resource, false);
            }
        }
        for resources in of.into_values() {
            if resources.iter().any(|one| Some(one) != resources.first()) {
                resources.iter().filter_map(|one| all.get_mut(one).map(|several| *several = true)).for_each(drop);
            }
        }
        Resources { all }
    }

    /// The parameter files of this side.
    pub(super) fn parameter_files(&self) -> FxHashSet<EcoString> {
        self.identified.iter().filter_map(|e| Some(relative(e.parameters.as_ref()?, self.root).into())).collect()
    }

    /// The resource that a result is about. `None` for files and root deployments, which are called like a file.
    pub(super) fn resource(&self, result: &CheckResult, parameters: &FxHashSet<EcoString>) -> Option<Resource> {
        let target = &result.target;
        if target.id.is_empty() || target.id.contains(MASK) || fingerprint::is_file(target) {
            return None;
        }
        // The parameter file is what a deployment is declared by at last.
        let declared = result.stands.first().and_then(|stand| self.sources.stored(stand.declared.last()?.file));
        let with = declared.map(|source| EcoString::from(relative(&source.path, self.root)));
        let with = with.filter(|file| parameters.contains(file)).unwrap_or_default();
        let id = if target.id.starts_with('[') { target.id.clone() } else { target.id.to_ascii_lowercase() };
        Some(Resource { with, id })
    }
}

/// Whether what decided stands in the declaration of the resource itself, where it is the same for all that the declaration deploys.
pub(super) fn is_declared_there(result: &CheckResult) -> bool {
    let declared = result.stands.first().and_then(|stand| stand.declared.first());
    result.location.as_ref().zip(declared).is_some_and(|(at, declared)| {
        let Span { file, start, end } = at.span;
        file == declared.file && declared.start <= start && end <= declared.end
    })
}
