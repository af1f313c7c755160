//! Fetches modules into the cache of the Bicep CLI, laid out as that tool does it.
//!
//! The only part of armlint that uses a network, and only when a user asks for it: `armlint restore`. What to fetch is written by
//! strangers, so a host gets no credentials but its own, everything has a bound, what arrives is held against its digest,
//! and nothing is written outside the cache.

mod access;
mod credentials;
mod registry;
mod store;
mod template_spec;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayon::prelude::*;

use crate::model::module_reference::{MissingModule, ModuleReference};
use access::Client;

/// How many modules are fetched at a time.
const AT_ONCE: usize = 8;

/// How modules are fetched.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The longest that one request may take.
    pub timeout: Duration,
    /// The largest module, in bytes.
    pub max_size: u64,
}

/// Why a module was not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The reference is no name that a registry can have.
    #[error("'{0}' is not a name that a registry knows; check its spelling")]
    Name(String),
    /// No answer.
    #[error("{host} does not answer: {reason}")]
    Unreachable {
        /// The host.
        host: String,
        /// Why.
        reason: String,
    },
    /// The registry wants to know who asks.
    #[error("{host} does not let us in ({status}); {hint}")]
    Denied {
        /// The host.
        host: String,
        /// The status of the answer.
        status: u16,
        /// What to do.
        hint: String,
    },
    /// It is not there.
    #[error("{host} does not have it; check the path and the version")]
    NotFound {
        /// The host.
        host: String,
    },
    /// An answer that means nothing here.
    #[error("{host} answers with status {status}")]
    Status {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// The answer is not what it should be.
    #[error("{host} sends something else than a module: {what}")]
    NotAModule {
        /// The host.
        host: String,
        /// What is wrong.
        what: String,
    },
    /// The Azure CLI is needed and does not help.
    #[error("the Azure CLI gives no token for {what}: {reason}; run 'az login'")]
    AzureCli {
        /// For what.
        what: String,
        /// Why.
        reason: String,
    },
    /// The cache cannot be written.
    #[error("cannot write {}: {reason}", path.display())]
    Store {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The cache leads elsewhere.
    #[error("{} is not written: {reason}", path.display())]
    Refused {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: crate::read::Refusal,
    },
}

/// What became of a module.
#[derive(Debug)]
pub struct Restored {
    /// What was asked for.
    pub reference: ModuleReference,
    /// The files that ask for it.
    pub from: Vec<PathBuf>,
    /// How many bytes it has, or why it is not there.
    pub outcome: Result<u64, RestoreError>,
}

/// Fetches every module once into its cache, in the order of their references.
pub fn restore(missing: &BTreeSet<MissingModule>, settings: &Settings) -> Vec<Restored> {
    let mut wanted: BTreeMap<(&ModuleReference, &Path), Vec<PathBuf>> = BTreeMap::new();
    for module in missing {
        wanted.entry((&module.reference, &module.cache)).or_default().push(module.from.clone());
    }
    let client = Client::new(settings);
    let one = |((reference, cache), from): ((&ModuleReference, &Path), Vec<PathBuf>)| Restored {
        outcome: fetch(&client, reference, cache),
        reference: reference.clone(),
        from,
    };
    let all = || wanted.into_par_iter().map(one).collect::<Vec<_>>();
    // Requests wait for the network, not for a core.
    match rayon::ThreadPoolBuilder::new().num_threads(AT_ONCE).build() {
        Ok(pool) => pool.install(all),
        Err(_) => all(),
    }
}

fn fetch(client: &Client, what: &ModuleReference, cache: &Path) -> Result<u64, RestoreError> {
    let files = match what {
        ModuleReference::Registry { registry, repository, version } => {
            registry::module(client, registry, repository, version)?
        }
        ModuleReference::TemplateSpec { subscription, group, name, version } => {
            template_spec::module(client, [subscription, group, name, version])?
        }
    };
    store::put(cache, &what.folder(), &files)?;
    Ok(files.iter().map(|(_, text)| text.len() as u64).sum())
}
