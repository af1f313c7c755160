//! URIs of files: what editors call them, and what the system does.

use std::path::{Component, Path, PathBuf, Prefix};

use gen_lsp_types::Uri;
use percent_encoding::percent_decode_str;

use crate::report::place::encode_name;
use crate::source::absolute;

/// The path that a URI means; `None` if it is no file of this system (`untitled:Untitled-1`, `git:/…`).
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let (scheme, rest) = uri.0.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/')?),
        None => ("", rest),
    };
    let host = if host.eq_ignore_ascii_case("localhost") { "" } else { host };
    let path = native(host, percent_decode_str(path).collect())?;
    path.is_absolute().then(|| absolute(&path))
}

#[cfg(unix)]
fn native(host: &str, path: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    (host.is_empty() && !path.contains(&0)).then(|| PathBuf::from(std::ffi::OsString::from_vec(path)))
}

#[cfg(not(unix))]
fn native(host: &str, path: Vec<u8>) -> Option<PathBuf> {
    windows(host, &String::from_utf8(path).ok()?).map(PathBuf::from)
}

/// A path of Windows: `C:\a` of `/c:/a`, `\\server\share` of the host and `/share`.
#[cfg(any(test, not(unix)))]
fn windows(host: &str, path: &str) -> Option<String> {
    if path.contains('\0') {
        return None;
    }
    if !host.is_empty() {
        return Some(format!(r"\\{host}{}", path.replace('/', r"\")));
    }
    let rest = path.trim_start_matches('/');
    let mut letters = rest.chars();
    match (letters.next(), letters.next()) {
        // Editors write the drive in both ways; one file has one name here.
        (Some(drive), Some(':' | '|')) if drive.is_ascii_alphabetic() => {
            let below = rest.get(2..).unwrap_or_default().replace('/', r"\");
            let below = if below.is_empty() { r"\".to_owned() } else { below };
            Some(format!("{}:{below}", drive.to_ascii_uppercase()))
        }
        _ => None,
    }
}

/// The URI of an absolute path.
pub fn of(path: &Path) -> Uri {
    let mut out = "file://".to_owned();
    for part in path.components() {
        match part {
            Component::Prefix(prefix) => match prefix.kind() {
                Prefix::Disk(drive) | Prefix::VerbatimDisk(drive) => {
                    out.push('/');
                    out.push(char::from(drive).to_ascii_lowercase());
                    out.push_str("%3A");
                }
                Prefix::UNC(server, share) | Prefix::VerbatimUNC(server, share) => {
                    out.push_str(&encode_name(server));
                    out.push('/');
                    out.push_str(&encode_name(share));
                }
                Prefix::Verbatim(name) | Prefix::DeviceNS(name) => {
                    out.push('/');
                    out.push_str(&encode_name(name));
                }
            },
            Component::Normal(name) => {
                out.push('/');
                out.push_str(&encode_name(name));
            }
            Component::RootDir | Component::CurDir | Component::ParentDir => {}
        }
    }
    if out.len() == "file://".len() {
        out.push('/');
    }
    Uri(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn uris_of_editors_are_paths() {
        let path = |uri: &str| path(&Uri(uri.to_owned())).map(|p| p.to_string_lossy().into_owned());
        assert_eq!(path("file:///a%20b/%C3%A9%23.bicep").as_deref(), Some("/a b/é#.bicep"));
        assert_eq!(path("FILE://localhost/a/./b/../c").as_deref(), Some("/a/c"));
        assert_eq!(path("file:///a(b)'!@x").as_deref(), Some("/a(b)'!@x"));
        assert_eq!(path("file:/a").as_deref(), Some("/a"));
        for other in ["untitled:Untitled-1", "git:/a/b.bicep", "file://server/share/x", "a", "", "file:///a%00b"] {
            assert_eq!(path(other), None, "{other}");
        }
    }

    #[test]
    fn drives_of_windows_have_one_name() {
        assert_eq!(windows("", "/c:/a b/x.bicep").as_deref(), Some(r"C:\a b\x.bicep"));
        assert_eq!(windows("", "/C:").as_deref(), Some(r"C:\"));
        assert_eq!(windows("server", "/share/x").as_deref(), Some(r"\\server\share\x"));
        assert_eq!(windows("", "/a/b"), None);
        assert_eq!(windows("", "/é:/b"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_is_found_again_from_its_uri() {
        use std::os::unix::ffi::OsStrExt;
        let odd = PathBuf::from(std::ffi::OsStr::from_bytes(b"/a b/\xff [1]#?%.json"));
        assert_eq!(of(&odd).0, "file:///a%20b/%FF%20%5B1%5D%23%3F%25.json");
        assert_eq!(path(&of(&odd)), Some(odd));
        assert_eq!(of(Path::new("/")).0, "file:///");
    }
}
