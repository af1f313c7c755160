//! Modules from registries and template specs: from a reference to the file in the Bicep CLI's restore cache.
//!
//! Nothing is fetched; what is missing is noted, so that `restore` can fetch it.

use std::path::{Path, PathBuf};

use crate::model::Library;
use crate::model::bicep_config::{BicepConfig, Setting};
use crate::model::module_reference::{MissingModule, ModuleReference};
use crate::read::json::Node;
use crate::source::absolute;

/// The code of the diagnostic about a module that is not in the cache.
pub const NOT_RESTORED: &str = "module-not-restored";

/// Why there is no file for a module reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoModule {
    /// It was not fetched.
    #[error(
        "the module {0} is not in the module cache; fetch it with 'armlint restore', or name the cache with --cache-dir"
    )]
    NotRestored(ModuleReference),
    /// The reference, its alias, or the cache is wrong: a sentence that says what and what to do.
    #[error("{0}")]
    Wrong(String),
}

impl From<String> for NoModule {
    fn from(sentence: String) -> Self {
        NoModule::Wrong(sentence)
    }
}

/// The file of a module reference (`br:…`, `br/alias:…`, `ts:…`, `ts/alias:…`) asked for by the file `from`.
///
/// # Errors
/// Why there is none.
pub fn locate(library: &Library, from: &Path, reference: &str) -> Result<PathBuf, NoModule> {
    let config = BicepConfig::above(library, from);
    let settings = config.as_deref().and_then(BicepConfig::root);
    let reference = ModuleReference::parse(&expand_alias(reference, settings.as_ref())?)?;
    let named = settings.and_then(|s| s.get("cacheRootDirectory")).and_then(|s| s.value());
    let cache = match (library.cache(), named) {
        (Some(given), _) => Some(given.to_path_buf()),
        (None, Some(named)) => permitted_cache(library, named, from)?,
        (None, None) => None,
    };
    let cache = cache
        .or_else(default_cache)
        .ok_or_else(|| format!("{reference} is not restored: there is no module cache; give one with --cache-dir"))?;
    let file = cache.join(reference.folder()).join("main.json");
    library
        .reach_of_cache(&absolute(&cache))
        .check(&absolute(&file))
        .map_err(|refusal| format!("the module {reference} is not read from the cache: {refusal}"))?;
    if library.sources.is_file(&absolute(&file)) {
        library.sources.mark_restored(&file, &reference.shown());
        return Ok(file);
    }
    library.miss(MissingModule { reference: reference.clone(), cache, from: from.to_path_buf() });
    Err(NoModule::NotRestored(reference))
}

/// `br:registry/path:tag` or `ts:subscription/group/name:version`, with aliases resolved.
fn expand_alias(reference: &str, config: Option<&Setting<'_>>) -> Result<String, String> {
    let Some((scheme, rest)) = reference.split_once('/').filter(|(s, _)| !s.contains(':')) else {
        return Ok(reference.to_owned());
    };
    let (alias, path) =
        rest.split_once(':').ok_or_else(|| format!("'{reference}' is no module reference: 'br/alias:path:tag' is"))?;
    let aliases = config.and_then(|c| c.get("moduleAliases")).and_then(|a| a.get(scheme));
    let entry = aliases.and_then(|a| a.get(alias));
    let text = |s: Option<Setting<'_>>| s.and_then(|s| s.text()).map(|t| t.trim_matches('/').to_owned());
    match (scheme, entry) {
        ("br", Some(e)) => {
            let registry = text(e.get("registry")).unwrap_or_default();
            match text(e.get("modulePath")) {
                Some(prefix) if !prefix.is_empty() => Ok(format!("br:{registry}/{prefix}/{path}")),
                _ => Ok(format!("br:{registry}/{path}")),
            }
        }
        ("br", None) if alias == "public" => Ok(format!("br:mcr.microsoft.com/bicep/{path}")),
        ("ts", Some(e)) => {
            let subscription = text(e.get("subscription")).unwrap_or_default();
            let group = text(e.get("resourceGroup")).unwrap_or_default();
            Ok(format!("ts:{subscription}/{group}/{path}"))
        }
        _ => Err(format!("no bicepconfig.json above this file knows the module alias '{alias}'")),
    }
}

/// The cache that a `bicepconfig.json` names: anywhere if the file that does is the user's own, below the root if the repository holds it.
fn permitted_cache(library: &Library, named: Node<'_>, from: &Path) -> Result<Option<PathBuf>, String> {
    let Some(text) = named.str() else { return Ok(None) };
    let cache = match text.strip_prefix("~/") {
        Some(rest) => home().map(|h| h.join(rest)),
        None => from.parent().map(|folder| folder.join(&*text)),
    };
    let Some(cache) = cache else { return Ok(None) };
    let own = !named.document().source().path.starts_with(library.root());
    if own || library.reach().check(&absolute(&cache)).is_ok() || default_cache().is_some_and(|d| d == cache) {
        return Ok(Some(cache));
    }
    Err("the module cache that bicepconfig.json names lies out of the folder that templates may read, so no module is \
         read from it; name it with --cache-dir"
        .to_owned())
}

fn default_cache() -> Option<PathBuf> {
    Some(home()?.join(".bicep"))
}

fn home() -> Option<PathBuf> {
    std::env::home_dir()
}
