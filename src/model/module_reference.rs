//! What a module reference means once its alias is resolved, and where the Bicep CLI's cache keeps it.
//!
//! The cache's layout is the CLI's: `br/<registry>/<path with / as $>/<tag>$/main.json` and
//! `ts/<subscription>/<group>/<name>/<version>/main.json`.

use std::fmt;
use std::path::{Path, PathBuf};

/// A module in a registry, or a template spec.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModuleReference {
    /// `br:registry/repository:tag`
    Registry {
        /// The host, with a port if it has one.
        registry: String,
        /// The path, without a `/` at either end.
        repository: String,
        /// Which of its versions.
        version: Version,
    },
    /// `ts:subscription/group/name:version`
    TemplateSpec {
        /// The id of the subscription.
        subscription: String,
        /// The resource group.
        group: String,
        /// Its name.
        name: String,
        /// Its version.
        version: String,
    },
}

/// How a module in a registry is told from its other versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `:1.0.0`
    Tag(String),
    /// `@sha256:…`, without the `@`.
    Digest(String),
}

impl ModuleReference {
    /// Reads `br:…` or `ts:…`; aliases are resolved before.
    ///
    /// # Errors
    /// A sentence that says what a reference looks like.
    pub fn parse(full: &str) -> Result<Self, String> {
        Self::read(full).ok_or_else(|| match full.starts_with("ts:") {
            true => format!("'{full}' is not a module reference: 'ts:subscription/group/name:version' is"),
            false => format!("'{full}' is not a module reference: 'br:registry/path:tag' is"),
        })
    }

    fn read(full: &str) -> Option<Self> {
        let (scheme, rest) = full.split_once(':')?;
        let (path, version) = match rest.split_once('@') {
            Some((path, digest)) => (path, Version::Digest(digest.to_owned())),
            None => rest.rsplit_once(':').map(|(path, tag)| (path, Version::Tag(tag.to_owned())))?,
        };
        let (Version::Tag(text) | Version::Digest(text)) = &version;
        let is_name = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\\');
        if !path.split('/').all(is_name) || !is_name(text) || text.contains('/') {
            return None;
        }
        match (scheme, version) {
            ("br", version) => {
                let (registry, repository) = path.split_once('/')?;
                Some(ModuleReference::Registry { registry: registry.into(), repository: repository.into(), version })
            }
            ("ts", Version::Tag(version)) => {
                let mut parts = path.split('/').map(str::to_owned);
                let (subscription, group, name) = (parts.next()?, parts.next()?, parts.next()?);
                let spec = ModuleReference::TemplateSpec { subscription, group, name, version };
                parts.next().is_none().then_some(spec)
            }
            _ => None,
        }
    }

    /// The folder of the module below the cache.
    pub fn folder(&self) -> PathBuf {
        match self {
            ModuleReference::Registry { registry, repository, version } => {
                let version = match version {
                    Version::Tag(tag) => format!("{tag}$"),
                    Version::Digest(digest) => format!("#{}", digest.replace(':', "#")),
                };
                ["br", &registry.replace(':', "$"), &repository.replace('/', "$"), &version].iter().collect()
            }
            ModuleReference::TemplateSpec { subscription, group, name, version } => {
                ["ts", subscription, group, name, version].iter().collect()
            }
        }
    }

    /// As people write it: Microsoft's own registry by its alias.
    pub fn shown(&self) -> String {
        let full = self.to_string();
        match full.strip_prefix("br:mcr.microsoft.com/bicep/") {
            Some(path) => format!("br/public:{path}"),
            None => full,
        }
    }
}

/// Whether a folder is that of a module in a restore cache, wherever the cache lies: what was fetched belongs to no revision.
pub fn is_restored(folder: &Path) -> bool {
    let mut parts = folder.iter().rev().map(|part| part.to_str().unwrap_or_default());
    let version = parts.next().unwrap_or_default();
    let above: [&str; 4] = std::array::from_fn(|_| parts.next().unwrap_or_default());
    match above {
        [_, _, "br", _] => version.ends_with('$') || version.starts_with('#'),
        // A subscription is a GUID.
        [_, _, subscription, "ts"] => subscription.len() == 36 && subscription.split('-').count() == 5,
        _ => false,
    }
}

impl fmt::Display for ModuleReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModuleReference::Registry { registry, repository, version } => {
                let (Version::Tag(text) | Version::Digest(text)) = version;
                let mark = if matches!(version, Version::Tag(_)) { ':' } else { '@' };
                write!(f, "br:{registry}/{repository}{mark}{text}")
            }
            ModuleReference::TemplateSpec { subscription, group, name, version } => {
                write!(f, "ts:{subscription}/{group}/{name}:{version}")
            }
        }
    }
}

/// A module that a file asks for and the cache does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingModule {
    /// What is asked for.
    pub reference: ModuleReference,
    /// The cache that was looked at.
    pub cache: PathBuf,
    /// The file that asks, an absolute path.
    pub from: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_and_written_alike() {
        for text in [
            "br:mcr.microsoft.com/bicep/avm/res/web/site:0.15.1",
            "br:localhost:5000/a:v1",
            "br:r.azurecr.io/a/b@sha256:0123",
            "ts:00000000-0000-0000-0000-000000000000/group/name:1.0",
        ] {
            assert_eq!(ModuleReference::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_leads_out_of_the_cache_is_no_reference() {
        for text in [
            "br:r/../a:1",
            "br:r/a:..",
            "br:r/a\\b:1",
            "br:r/a:1/2",
            "br:r:1",
            "br:r//a:1",
            "ts:s/g:1",
            "ts:s/g/n/m:1",
            "ts:s/g/n@sha256:0",
            "oci:r/a:1",
            "a",
        ] {
            assert!(ModuleReference::parse(text).unwrap_err().contains("is not a module reference"), "{text}");
        }
    }

    #[test]
    fn folders_are_those_of_the_bicep_cli() {
        let folder = |text| ModuleReference::parse(text).unwrap().folder();
        assert_eq!(folder("br:h:5000/a/b:1.0"), PathBuf::from("br/h$5000/a$b/1.0$"));
        assert_eq!(folder("br:h/a@sha256:00"), PathBuf::from("br/h/a/#sha256#00"));
        assert_eq!(folder("ts:s/g/n:1"), PathBuf::from("ts/s/g/n/1"));
    }

    #[test]
    fn a_folder_of_the_cache_is_told_by_its_path() {
        let spec = "ts:00000000-0000-0000-0000-000000000000/g/n:1";
        for text in ["br:h:5000/a/b:1.0", "br:h/a@sha256:00", spec] {
            assert!(
                is_restored(&Path::new("/repo/.cache").join(ModuleReference::parse(text).unwrap().folder())),
                "{text}"
            );
        }
        for path in ["/repo/br/a/b/c", "/repo/infra/1$", "br", "/repo/ts/s/g/n/1"] {
            assert!(!is_restored(Path::new(path)), "{path}");
        }
    }
}
