//! What an entry point deploys, in short: kept from judging, for symbols and lenses.

use ecow::EcoString;

use crate::expand::Deployed;
use crate::expand::known::{label, short};
use crate::source::{FileId, Span};

/// What one entry point deploys.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The file of the template.
    pub template: Option<FileId>,
    /// Its resources.
    pub resources: Vec<Deploys>,
}

/// A resource that is deployed.
#[derive(Debug, Clone)]
pub struct Deploys {
    /// Where a finding about it as a whole belongs: the symbolic name in Bicep.
    pub place: Span,
    /// Its name as people read it.
    pub name: EcoString,
}

impl Summary {
    /// Of an expansion.
    pub fn of(deployed: &Deployed) -> Self {
        let predicted = deployed.resources.iter().filter(|r| r.is_predicted());
        let one = |r: &crate::expand::Resource| Deploys { place: r.place, name: short(&label(&r.name)).into() };
        Summary {
            template: deployed.deployments.first().map(|d| d.template.file),
            resources: predicted.map(one).collect(),
        }
    }
}
