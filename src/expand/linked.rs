//! Links to templates that lie in the same tree: by the address of the template itself, by the place of its artifacts, by the
//! address of a file on GitHub.

use crate::nesting;
use std::path::{Path, PathBuf};

use super::residual::Node;
use super::value::{Data, Value};
use crate::model::Builtin;
use crate::model::format_string::{self, Piece};
use crate::source::{asked, is_json};

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
        Place::Beside(path) => folders.iter().map(|f| f.join(path)).find(|path| asked::is_file(path)),
        Place::Below(path) => {
            folders.iter().flat_map(|f| f.ancestors()).map(|f| f.join(path)).find(|path| asked::is_file(path))
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
        let place = |text: &str| place(&Value::str(text));
        let below = |path: &str| Some(Place::Below(path.into()));
        assert_eq!(place("https://raw.githubusercontent.com/a/b/main/nested/x.json?token=1"), below("nested/x.json"));
        assert_eq!(place("https://raw.githubusercontent.com/a/b/main/azuredeploy.json"), None);
        assert_eq!(place("https://raw.githubusercontent.com/a/b/main/a/../x.json"), None);
        assert_eq!(place("https://example.com/a/b/main/nested/x.json"), None);
    }
}
