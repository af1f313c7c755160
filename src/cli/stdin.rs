//! A text on standard input instead of a file: `armlint scan -`.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::Error;

/// What was given on standard input.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// The file that it stands for.
    pub(super) path: PathBuf,
    /// The text, without a byte order mark.
    pub(super) text: String,
}

/// Whether a path of the command line means standard input.
pub(super) fn is_meant(path: &Path) -> bool {
    path == Path::new("-")
}

/// Whether a path lies in the kernel's folders, as a pipe of the shell does (`<(…)`): it can be read only once.
pub(super) fn is_of_kernel(path: &Path) -> bool {
    ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder))
}

/// Reads standard input, if one of the paths means that.
///
/// # Errors
/// [`Error::Usage`] if it cannot be read, has more bytes than `most`, is not UTF-8, or a name is given without it.
pub(super) fn read(paths: &[PathBuf], name: Option<&Path>, most: u64) -> Result<Option<Given>, Error> {
    if !paths.iter().any(|path| is_meant(path)) {
        return match name {
            Some(_) => {
                Err(Error::Usage("--stdin-filename names the text on standard input; add the path `-`".to_owned()))
            }
            None => Ok(None),
        };
    }
    given(&mut io::stdin().lock(), name, most).map(Some).map_err(Error::Usage)
}

fn given(input: &mut dyn Read, name: Option<&Path>, most: u64) -> Result<Given, String> {
    let mut bytes = Vec::new();
    let read = input.take(most.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|e| format!("cannot read standard input: {e}"))?;
    if bytes.len() as u64 > most {
        return Err(format!("standard input has more than {most} bytes; raise --max-file-size if that is meant"));
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        format!("standard input is not UTF-8 (byte {}); convert it first", e.utf8_error().valid_up_to())
    })?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    // Bicep has no statement that begins like JSON.
    let guessed = if text.trim_start().starts_with(['{', '[']) { "stdin.json" } else { "stdin.bicep" };
    Ok(Given { path: name.unwrap_or(Path::new(guessed)).to_path_buf(), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_shows_in_the_text_where_no_name_does() {
        let given =
            |bytes: &[u8], name: Option<&str>| given(&mut &*bytes, name.map(Path::new), 10).map(|g| (g.path, g.text));
        assert_eq!(given(b"\xef\xbb\xbf {}", None), Ok(("stdin.json".into(), " {}".to_owned())));
        assert_eq!(given(b"param a", None), Ok(("stdin.bicep".into(), "param a".to_owned())));
        assert_eq!(given(b"{}", Some("a/b.bicep")), Ok(("a/b.bicep".into(), "{}".to_owned())));
        assert!(given(b"01234567890", None).is_err_and(|e| e.contains("more than 10 bytes")));
        assert!(given(b"a\xff", None).is_err_and(|e| e.contains("byte 1")));
    }
}
