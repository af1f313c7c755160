//! Links to templates that lie in the same tree: by the address of the template itself, by the place of its artifacts, by the
//! address of a file on GitHub.

use crate::nesting;
use std::path::{Path, PathBuf};

use super::residual::Node;
use super::value::{Data, Value};

/// Where GitHub serves the files of a repository: `owner/name/ref/path` follows.
const RAW: &str = "https://raw.githubusercontent.com/";

/// Where a link may lead to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Below the folder of a template that is deployed.
    Beside(PathBuf),
    /// Below the folder of the repository, or one in it.
    Below(PathBuf),
}

/// The place that a link means; `None` if it is somewhere else, or nobody knows.
pub(super) fn place(link: &Value) -> Option<Place> {
    if let Some(text) = link.as_str() {
        let path = text.strip_prefix(RAW)?.splitn(4, '/').nth(3)?;
        let path = relative(path.split('?').next().unwrap_or(path))?;
        // A file in the root of a repository has a name that many have.
        return (path.components().count() > 1).then_some(Place::Below(path));
    }
    let mut address = Address::default();
    address.add(link, 0)?;
    relative(address.path.split('?').next()?.trim_start_matches('/')).map(Place::Beside)
}

/// The first file that is there, below one of these folders (the nearest first) or, on GitHub, a folder above.
pub(super) fn found(place: &Place, folders: &[PathBuf]) -> Option<PathBuf> {
    match place {
        Place::Beside(path) => folders.iter().map(|f| f.join(path)).find(|p| p.is_file()),
        Place::Below(path) => folders.iter().flat_map(|f| f.ancestors()).map(|f| f.join(path)).find(|p| p.is_file()),
    }
}

/// A path of a JSON file that leads down only.
fn relative(path: &str) -> Option<PathBuf> {
    let json =
        Path::new(path).extension().is_some_and(|e| e.eq_ignore_ascii_case("json") || e.eq_ignore_ascii_case("jsonc"));
    let down = path.split(['/', '\\']).all(|part| !part.is_empty() && part != "..");
    (json && down).then(|| path.split(['/', '\\']).filter(|part| *part != ".").collect())
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
            Data::Residual(r) => match &r.node {
                Node::Call { name, args } if name.eq_ignore_ascii_case("concat") => {
                    args.iter().try_for_each(|a| self.add(a, depth + 1))?;
                }
                Node::Call { name, args } if name.eq_ignore_ascii_case("uri") => {
                    let [base, path] = args.as_slice() else { return None };
                    self.add(base, depth + 1)?;
                    // The name of a file at the end of the base goes.
                    self.path.truncate(self.path.rfind('/').map_or(0, |slash| slash + 1));
                    // The path may end with what is not known; then it is a text put together.
                    match (&path.data, path.as_residual().map(|r| &r.node)) {
                        (_, Some(Node::Call { name, args })) if name.eq_ignore_ascii_case("concat") => {
                            args.iter().try_for_each(|a| self.add(a, depth + 1))?;
                        }
                        _ => self.add(path, depth + 1)?,
                    }
                }
                Node::Call { name, args } if name.eq_ignore_ascii_case("format") => self.format(args, depth)?,
                Node::Parameter(parameter) => self.based = parameter.part.is_empty() && is_location(&parameter.name),
                _ => self.based = r.text().eq_ignore_ascii_case("deployment().properties.templateLink.uri"),
            },
            _ => return None,
        }
        self.based.then_some(())
    }

    /// `format('{0}nested/x.json{1}', …)`.
    fn format(&mut self, args: &[Value], depth: usize) -> Option<()> {
        let (format, args) = args.split_first()?;
        let mut rest = format.as_str()?.as_str();
        while let Some((plain, more)) = rest.split_once('{') {
            let (index, after) = more.split_once('}')?;
            if !plain.is_empty() {
                self.add(&Value::str(plain), depth + 1)?;
            }
            self.add(args.get(index.parse::<usize>().ok()?)?, depth + 1)?;
            rest = after;
        }
        if rest.is_empty() { Some(()) } else { self.add(&Value::str(rest), depth + 1) }
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

    #[test]
    fn files_on_github() {
        let place = |text: &str| place(&Value::str(text));
        let below = |path: &str| Some(Place::Below(path.into()));
        assert_eq!(place("https://raw.githubusercontent.com/a/b/main/nested/x.json?token=1"), below("nested/x.json"));
        assert_eq!(place("https://raw.githubusercontent.com/a/b/main/azuredeploy.json"), None);
        assert_eq!(place("https://raw.githubusercontent.com/a/b/main/a/../x.json"), None);
        assert_eq!(place("https://example.com/a/b/main/nested/x.json"), None);
    }
}
