//! Links to templates that lie in the same tree: by the address of the template itself, by the place of its artifacts, by the
//! address of a file on GitHub.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::residual::Node;
use super::value::{Data, Value};
use crate::model::Builtin;
use crate::model::format_string::{self, Piece};
use crate::nesting;
use crate::source::{asked, is_json};
use crate::walk::remotes::{Called, Remotes};

/// Where GitHub serves the files of a repository: `owner/name/ref/path` follows.
const RAW: &str = "https://raw.githubusercontent.com/";

/// Where a link may lead to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Below the folder of a template that is deployed.
    Beside(PathBuf),
    /// In a repository on GitHub.
    Hosted(Hosted),
}

/// A file of a repository on GitHub.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hosted {
    owner: String,
    name: String,
    /// The commit or the pull request that the link names: another version of the file than the one that is here.
    version: Option<String>,
    /// Below the folder of the repository.
    path: PathBuf,
}

/// What a link leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// A file of this tree.
    pub(super) path: PathBuf,
    /// On what assumption it is that file, if nobody knows.
    pub(super) assumed: Option<String>,
}

/// The place that a link means; `None` if it is somewhere else, or nobody knows.
pub(super) fn place(link: &Value) -> Option<Place> {
    if let Some(text) = link.as_str() {
        return hosted(text).map(Place::Hosted);
    }
    let mut address = Address::default();
    address.add(link, 0)?;
    relative(address.path.split('?').next()?.trim_start_matches('/')).map(Place::Beside)
}

fn hosted(link: &str) -> Option<Hosted> {
    let mut parts = link.strip_prefix(RAW)?.splitn(3, '/');
    let (owner, name, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let rest = rest.split('?').next().unwrap_or(rest);
    let (version, path) = match rest.strip_prefix("refs/") {
        None => {
            let (version, path) = rest.split_once('/')?;
            (Some(version).filter(|v| is_commit(v)).map(str::to_owned), path)
        }
        // A branch or a tag in all its length, or the head of a pull request.
        Some(named) => match named.splitn(4, '/').collect::<Vec<_>>()[..] {
            ["heads" | "tags", ..] => (None, named.splitn(3, '/').nth(2)?),
            [kind, number, which, path] => (Some(format!("{kind}/{number}/{which}")), path),
            _ => return None,
        },
    };
    let (owner, name) = (owner.to_owned(), name.to_owned());
    Some(Hosted { owner, name, version, path: relative(path)? })
}

/// Whether a version is the number of a commit.
fn is_commit(version: &str) -> bool {
    (7..=64).contains(&version.len()) && version.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The repositories that folders are in, as far as somebody asked: git's configuration may be long, and so may a list of links.
#[derive(Default)]
pub(super) struct Repositories(RefCell<FxHashMap<PathBuf, Option<Rc<Remotes>>>>);

impl Repositories {
    fn of(&self, folder: &Path) -> Option<Rc<Remotes>> {
        if let Some(known) = self.0.borrow().get(folder) {
            return known.clone();
        }
        let found = Remotes::of(folder).map(Rc::new);
        self.0.borrow_mut().insert(folder.to_owned(), found.clone());
        found
    }
}

/// The file that is there, below one of these folders (the nearest first). `what` says what is linked.
///
/// # Errors
/// Why nothing is read.
pub(super) fn found(
    place: &Place,
    what: &str,
    folders: &[PathBuf],
    repositories: &Repositories,
) -> Result<Found, String> {
    match place {
        Place::Beside(path) => {
            let path = folders.iter().map(|f| f.join(path)).find(|path| asked::is_file(path));
            path.map(|path| Found { path, assumed: None }).ok_or_else(|| away(what))
        }
        Place::Hosted(hosted) => hosted.found(what, folders, repositories),
    }
}

/// What is linked most often, for messages.
pub(super) const TEMPLATE: &str = "linked template";

/// Why what a link names is not read that leads nowhere in this tree.
pub(super) fn away(what: &str) -> String {
    format!("the {what} is not read: only the network, or Azure, has it")
}

impl Hosted {
    /// The file, where this is the repository, or may be it. Everybody may have a repository on GitHub: a link to another one is not
    /// followed into this tree, whatever lies here under the same path.
    fn found(&self, what: &str, folders: &[PathBuf], repositories: &Repositories) -> Result<Found, String> {
        let Hosted { owner, name, version, path } = self;
        let called = |folder: &PathBuf| {
            let remotes = repositories.of(folder)?;
            let called = remotes.called(owner, name);
            (called != Called::Nothing).then(|| (called, remotes.root.clone()))
        };
        match folders.iter().find_map(called) {
            Some((Called::So, root)) => {
                let assumed = version.as_ref().map(|version| {
                    format!(
                        "the {what} is judged as it is here, and the link names the version {version} of it, which may be another one"
                    )
                });
                let path = Some(root.join(path)).filter(|path| asked::is_file(path)).ok_or_else(|| away(what))?;
                Ok(Found { path, assumed })
            }
            Some(_) => Err(format!(
                "the {what} is not read: it lies in the repository {owner}/{name} on GitHub, and this is another one; \
                 in a fork of it, `git remote add upstream` says so"
            )),
            // A file in the root of a repository has a name that many have.
            None if path.components().count() < 2 => Err(away(what)),
            None => {
                let above = folders.iter().flat_map(|f| f.ancestors()).map(|f| f.join(path));
                let path = above.into_iter().find(|path| asked::is_file(path)).ok_or_else(|| away(what))?;
                let assumed = Some(format!(
                    "the {what} is taken from this folder, as if it were {owner}/{name} on GitHub: no remote of git says \
                     which repository this is"
                ));
                Ok(Found { path, assumed })
            }
        }
    }
}

/// A path of a JSON file that leads down only.
fn relative(path: &str) -> Option<PathBuf> {
    let down = path.split(['/', '\\']).all(|part| !part.is_empty() && part != "..");
    (is_json(Path::new(path)) && down).then(|| path.split(['/', '\\']).filter(|part| *part != ".").collect())
}

/// An address that begins where the template lies.
#[derive(Default)]
struct Address {
    /// What stands for the folder of the template was met.
    based: bool,
    /// What follows it.
    path: String,
    /// The name of the file is whole: what follows is a token for access.
    done: bool,
}

impl Address {
    /// Adds a part; `None` if nobody knows what it is.
    fn add(&mut self, part: &Value, depth: usize) -> Option<()> {
        if !nesting::TEXT.allows(depth) {
            return None;
        }
        match &part.data {
            _ if self.done => {}
            Data::Str(text) if self.based => self.path.push_str(text),
            Data::Str(text) => return text.is_empty().then_some(()),
            Data::Residual(_) if self.based => {
                relative(self.path.trim_start_matches('/'))?;
                self.done = true;
            }
            Data::Residual(r) => match (&r.node, r.as_call()) {
                (_, Some((Builtin::Concat, args))) => args.iter().try_for_each(|a| self.add(a, depth + 1))?,
                (_, Some((Builtin::Uri, [base, path]))) => {
                    self.add(base, depth + 1)?;
                    // The name of a file at the end of the base goes.
                    self.path.truncate(self.path.rfind('/').map_or(0, |slash| slash + 1));
                    // The path may end with what is not known; then it is a text put together.
                    match path.as_residual().and_then(|r| r.as_call()) {
                        Some((Builtin::Concat, args)) => args.iter().try_for_each(|a| self.add(a, depth + 1))?,
                        _ => self.add(path, depth + 1)?,
                    }
                }
                (_, Some((Builtin::Format, args))) => self.format(args, depth)?,
                (Node::Parameter(parameter), _) => {
                    self.based = parameter.part.is_empty() && is_location(&parameter.name)
                }
                _ => self.based = r.text().eq_ignore_ascii_case("deployment().properties.templateLink.uri"),
            },
            _ => return None,
        }
        self.based.then_some(())
    }

    /// `format('{0}nested/x.json{1}', …)`.
    fn format(&mut self, args: &[Value], depth: usize) -> Option<()> {
        let (format, args) = args.split_first()?;
        format_string::pieces(format.as_str()?).ok()?.into_iter().try_for_each(|piece| match piece {
            Piece::Text(plain) => self.add(&Value::str(&*plain), depth + 1),
            Piece::Hole { index, width: 0, spec: "" } => self.add(args.get(index)?, depth + 1),
            // What is written in another way is no part of an address.
            Piece::Hole { .. } => None,
        })
    }
}

/// Whether a parameter of this name says where the files of a template lie.
fn is_location(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.trim_matches('_').ends_with("artifactslocation") || name.ends_with("baseuri") || name.ends_with("baseurl")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::residual::Residual;

    #[test]
    fn addresses_that_a_format_puts_together() {
        let here = Value::residual(Residual::call("deployment", vec![]));
        let here = ["properties", "templateLink", "uri"]
            .into_iter()
            .fold(here, |base, key| Value::residual(Residual::access(base, Value::str(key))));
        let link = |format: &str, rest: Value| {
            place(&Value::residual(Residual::call("format", vec![Value::str(format), here.clone(), rest])))
        };
        assert_eq!(link("{0}/nested/{1}.json", Value::str("x")), Some(Place::Beside("nested/x.json".into())));
        // Nobody says what a number comes to that is written in a way of its own.
        assert_eq!(link("{0}/nested/{1:D3}.json", Value::int(1)), None);
    }

    #[test]
    fn files_on_github() {
        let place = |text: &str| match place(&Value::str(text)) {
            Some(Place::Hosted(Hosted { owner, name, version, path })) if owner == "a" && name == "b" => {
                Some((version.unwrap_or_default(), path.display().to_string()))
            }
            other => {
                assert_eq!(other, None, "{text}");
                None
            }
        };
        let at = |version: &str, path: &str| Some((version.to_owned(), path.to_owned()));
        let raw = "https://raw.githubusercontent.com/a/b";
        assert_eq!(place(&format!("{raw}/main/nested/x.json?token=1")), at("", "nested/x.json"));
        assert_eq!(place(&format!("{raw}/main/x.json")), at("", "x.json"));
        assert_eq!(place(&format!("{raw}/refs/heads/main/nested/x.json")), at("", "nested/x.json"));
        assert_eq!(place(&format!("{raw}/0123abc/nested/x.json")), at("0123abc", "nested/x.json"));
        assert_eq!(place(&format!("{raw}/refs/pull/7/head/x.json")), at("pull/7/head", "x.json"));
        assert_eq!(place(&format!("{raw}/main/a/../x.json")), None);
        assert_eq!(place(&format!("{raw}/refs/pull/x.json")), None);
        assert_eq!(place("https://example.com/a/b/main/nested/x.json"), None);
    }

    #[test]
    fn only_links_to_the_repository_itself_lead_into_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let folder = root.join("in/it");
        std::fs::create_dir_all(folder.join("nested")).unwrap();
        for file in ["in/it/nested/x.json", "x.json"] {
            std::fs::write(root.join(file), "{}").unwrap();
        }
        let follow = |link: &str| {
            let link = format!("https://raw.githubusercontent.com/{link}");
            let found = found(
                &place(&Value::str(link)).unwrap(),
                TEMPLATE,
                std::slice::from_ref(&folder),
                &Repositories::default(),
            );
            found.map(|f| (f.path.strip_prefix(&root).unwrap().display().to_string(), f.assumed.unwrap_or_default()))
        };
        // Nothing says what this is.
        let (path, assumed) = follow("evil/other/abc/nested/x.json").unwrap();
        assert_eq!(path, "in/it/nested/x.json");
        assert!(assumed.contains("as if it were evil/other"), "{assumed}");
        assert!(follow("azure/shop/main/x.json").is_err());
        std::fs::create_dir(root.join(".git")).unwrap();
        assert!(follow("evil/other/abc/nested/x.json").unwrap().1.contains("as if it were evil/other"));
        std::fs::write(root.join(".git/config"), "[remote \"origin\"]\nurl = https://github.com/Azure/shop\n").unwrap();
        assert!(follow("evil/other/abc/nested/x.json").unwrap_err().contains("evil/other on GitHub"));
        assert!(follow("evil/shop/main/in/it/nested/x.json").is_err());
        let here = |path: &str| Ok((path.to_owned(), String::new()));
        assert_eq!(follow("azure/shop/main/in/it/nested/x.json"), here("in/it/nested/x.json"));
        assert_eq!(follow("azure/shop/main/x.json"), here("x.json"));
        assert_eq!(follow("azure/shop/main/nested/x.json"), Err(away(TEMPLATE)));
        // Anybody's pull request has commits there.
        assert!(follow("azure/shop/0123abcd/x.json").unwrap().1.contains("version 0123abcd"));
    }
}
