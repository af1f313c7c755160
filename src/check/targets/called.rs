//! What reports call resources and deployments: worked out once for each, whatever the number of findings.

use std::cell::RefCell;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::forest::Forest;
use crate::check::result::Target;
use crate::expand::Deployed;
use crate::expand::known::label;

/// What the nodes of one forest and the deployments beside it are called, as far as somebody asked.
#[derive(Debug, Default)]
pub struct Called {
    targets: RefCell<FxHashMap<usize, Arc<Target>>>,
    deployments: RefCell<FxHashMap<usize, EcoString>>,
}

impl Called {
    /// A node (an index) as the target of results.
    pub fn target(&self, forest: &Forest, node: usize) -> Arc<Target> {
        self.targets.borrow_mut().entry(node).or_insert_with(|| Arc::new(forest.nodes[node].target())).clone()
    }

    /// The words for what came through a deployment (an index).
    pub fn deployed_by(&self, deployed: &Deployed, deployment: usize) -> EcoString {
        let words = || {
            let name = deployed.deployments.get(deployment).map(|d| label(&d.name));
            ecow::eco_format!("deployed by {}", name.unwrap_or_default())
        };
        self.deployments.borrow_mut().entry(deployment).or_insert_with(words).clone()
    }
}
