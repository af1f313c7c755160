//! What a root deployment comes to: the result of this step of the pipeline, and all that rules see of it.

use std::cell::OnceCell;
use std::sync::Arc;

use ecow::EcoString;

use super::budget::Allowance;
use super::value::{Member, Value};
use crate::diagnostic::Diagnostic;
use crate::model::Template;
use crate::model::parameters::ParameterFile;
use crate::read::{FileId, Span};

/// Members of a resource's body that are no part of what is deployed, or come first.
const APART: [&str; 8] = ["id", "type", "name", "apiVersion", "condition", "copy", "dependsOn", "comments"];

/// A root template with its parameters, expanded through all nested deployments and modules.
#[derive(Debug, Default)]
pub struct Deployed {
    /// Every deployment, the root one first, parents before children.
    pub deployments: Vec<Deployment>,
    /// Every resource that is (or may be) deployed or referred to, in document order; nested ones follow their deployment.
    pub resources: Vec<Resource>,
    /// The deployments whose templates could not be read, in order.
    pub unread: Vec<Unread>,
    /// The values that somebody gave the root, as they are written, where whoever expanded it keeps them.
    pub given: Option<ParameterFile>,
    /// The parameter files that deployments link, each with the template that it gives values to.
    pub linked: Vec<(Arc<ParameterFile>, Arc<Template>)>,
    /// What could not be evaluated.
    pub diagnostics: Vec<Diagnostic>,
    /// What the expansion cost.
    pub spent: Allowance,
    /// What it had to be allowed in the beginning for that.
    pub needed: Allowance,
    /// The expansion cost more than it was allowed to and is not whole.
    pub stopped: bool,
    /// The deployments that each one holds, made when first asked for.
    nested: OnceCell<Vec<Vec<usize>>>,
    /// The resources that each one declares, made when first asked for.
    declared: OnceCell<Vec<Vec<usize>>>,
}

impl Deployed {
    /// The deployments that one (an index) holds, itself left out: as indices, in their order.
    pub fn nested(&self, deployment: usize) -> &[usize] {
        let all = self.nested.get_or_init(|| self.by_deployment(self.deployments.iter().map(|d| d.parent)));
        all.get(deployment).map_or(&[], Vec::as_slice)
    }

    /// The resources that a deployment (an index) declares itself: as indices, in their order.
    pub fn declared_in(&self, deployment: usize) -> &[usize] {
        let all = self.declared.get_or_init(|| self.by_deployment(self.resources.iter().map(|r| Some(r.deployment))));
        all.get(deployment).map_or(&[], Vec::as_slice)
    }

    /// For each deployment the things (as indices, in their order) that it holds, from the holders of all.
    fn by_deployment(&self, holders: impl Iterator<Item = Option<usize>>) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new(); self.deployments.len()];
        for (i, holder) in holders.enumerate() {
            if let Some(list) = holder.and_then(|holder| all.get_mut(holder)) {
                list.push(i);
            }
        }
        all
    }

    /// The call through which the templates of a file came into a deployment (an index), in the nearest file that is `own`:
    /// what somebody can edit about a module of somebody else's. Where the deployment has none of the file, the call of the
    /// deployment itself.
    pub fn called_from(&self, deployment: usize, file: FileId, own: impl Fn(FileId) -> bool) -> Option<Span> {
        let parent = |i: &usize| self.deployments.get(*i)?.parent;
        let within = |i: usize| std::iter::successors(Some(i), parent).any(|p| p == deployment);
        let holds = |i: &usize| self.deployments[*i].template.file == file && within(*i);
        let first = (deployment..self.deployments.len()).find(holds).unwrap_or(deployment);
        std::iter::successors(Some(first), parent)
            .filter_map(|i| self.deployments.get(i).filter(|d| d.parent.is_some()))
            .map(|d| d.place)
            .find(|place| own(place.file))
    }
}

/// One deployment of a template.
#[derive(Debug)]
pub struct Deployment {
    /// The deployment that holds it, as an index; `None` for the root.
    pub parent: Option<usize>,
    /// Its name.
    pub name: Value,
    /// Its resource id.
    pub id: Value,
    /// The template.
    pub template: Arc<Template>,
    /// The values of the template's parameters, in its order; a parameter without a value is a residual.
    pub parameters: Vec<Value>,
    /// Whether somebody gave the parameter a value (else it is its default, or unknown).
    pub given: Vec<bool>,
    /// The outputs: name and value.
    pub outputs: Vec<(EcoString, Value)>,
    /// The resource in [`Deployed::resources`] that declares it; `None` for the root.
    pub resource: Option<usize>,
    /// The declaration (of the module or deployment resource) in the parent's text; the template itself for the root.
    pub place: Span,
    /// Expressions are evaluated in the nested template itself (always so for the root and for modules).
    pub inner: bool,
}

/// A module or nested deployment whose template could not be read: what it deploys is not known.
#[derive(Debug)]
pub struct Unread {
    /// The resource in [`Deployed::resources`].
    pub resource: usize,
    /// Where its template is named, else where it is declared.
    pub named: Span,
    /// What stands there is a path or a reference as it is, and no value that says one.
    pub is_path: bool,
    /// The values of its parameters: `{"name": {"value": …}}`.
    pub parameters: Option<Value>,
    /// What its template comes to, if it is computed.
    pub template: Option<Value>,
}

/// One resource as it is deployed.
#[derive(Debug)]
pub struct Resource {
    /// The resource id: a string, or a residual.
    pub id: Value,
    /// The whole type: `Microsoft.Network/virtualNetworks/subnets`.
    pub type_: EcoString,
    /// The whole name with the parents' (`vnet/subnet`): a string, or a residual.
    pub name: Value,
    /// The API version, if it is known.
    pub api_version: Option<EcoString>,
    /// The resource as an object: `type`, `name`, `apiVersion`, `location`, `properties`, …; no `condition`, `copy`, `dependsOn`.
    pub body: Value,
    /// The names of resources that it asks for, for which it waits as for those of `dependsOn`.
    pub asks: Vec<Value>,
    /// The condition where it is not decided; such a resource may or may not be deployed.
    pub condition: Option<Value>,
    /// It is only referred to.
    pub existing: bool,
    /// The id of the resource it extends (`scope`), if it says so.
    pub scope: Option<Value>,
    /// Its symbolic name.
    pub symbol: Option<EcoString>,
    /// The JSON pointer of its declaration in the declaring file, such as `/resources/3`.
    pub pointer: EcoString,
    /// Where a finding about the resource as a whole belongs.
    pub place: Span,
    /// The whole declaration.
    pub span: Span,
    /// The deployment that declares it, as an index into [`Deployed::deployments`].
    pub deployment: usize,
    /// For a `Microsoft.Resources/deployments` resource whose template could be read: that deployment.
    pub deploys: Option<usize>,
    /// `dependsOn` as evaluated.
    pub depends_on: Option<Value>,
    /// The length of the loop, where it is not known: one resource stands for all of them.
    pub repeated: Option<Value>,
}

impl Resource {
    /// Whether it is deployed itself, and is not a deployment (whose resources are there instead).
    pub fn is_predicted(&self) -> bool {
        !self.existing && !self.type_.eq_ignore_ascii_case("Microsoft.Resources/deployments")
    }

    /// What is said of it, in the order of `bicep snapshot`. The type stands as the declaration has it, for its place.
    pub fn members(&self) -> impl Iterator<Item = (String, &Value)> {
        let body = self.body.as_object().map(|o| o.members.as_slice()).unwrap_or_default();
        let said = |key: &'static str| body.iter().find(|m| m.key.eq_ignore_ascii_case(key)).map(|m| (key, &m.value));
        // A resource of an extension has neither name nor id.
        fn own<'v>(key: &'static str, v: &'v Value) -> Option<(&'static str, &'v Value)> {
            (!v.is_null()).then_some((key, v))
        }
        let first = [own("id", &self.id), said("type"), self.condition.as_ref().map(|c| ("condition", c))];
        let next = [own("name", &self.name), said("apiVersion")];
        // The engine leaves out what is null at the top (`tags: null`), but for `properties`.
        let said_nothing = |m: &Member| m.value.is_null() && !m.key.eq_ignore_ascii_case("properties");
        let rest =
            body.iter().filter(move |m| !said_nothing(m) && !APART.iter().any(|k| m.key.eq_ignore_ascii_case(k)));
        let first = first.into_iter().chain(next).flatten().map(|(key, v)| (key.to_owned(), v));
        first.chain(rest.map(|m| (m.key.to_string(), &m.value)))
    }
}
