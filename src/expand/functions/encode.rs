//! Base 64, data URIs, and URIs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::args::{arg, kind, refuse, string, text, undecided, unknown};
use super::json::{self, shortened};
use super::{FunctionError, Outcome};
use crate::expand::text::{number, written};
use crate::expand::value::{Data, Value};

pub(super) fn base64(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    text("base64", STANDARD.encode(string("base64", args, 0)?))
}

fn decoded(function: &str, given: &str) -> Result<String, FunctionError> {
    let compact: String = given.chars().filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n')).collect();
    // .NET's decoder does not mind bits that are left over.
    let lenient = base64::engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let engine = base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, lenient);
    match engine.decode(compact) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(_) => Err(refuse(function, format_args!("`{}` is not base 64", shortened(given)))),
    }
}

pub(super) fn base64_to_string(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    text("base64ToString", decoded("base64ToString", string("base64ToString", args, 0)?)?)
}

pub(super) fn base64_to_json(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let plain = decoded("base64ToJson", string("base64ToJson", args, 0)?)?;
    match json::parse(plain.trim_start_matches('\u{feff}')) {
        Some(v) => Ok(Some(v)),
        None => Err(refuse("base64ToJson", format_args!("`{}` is not JSON", shortened(&plain)))),
    }
}

pub(super) fn data_uri(args: &[Value]) -> Outcome {
    if unknown(args) {
        return Ok(None);
    }
    let v = arg(args, 0);
    let (media, plain) = match &v.data {
        Data::Str(s) => ("text/plain", s.to_string()),
        Data::Bool(b) => ("application/json", written::boolean(*b).to_owned()),
        Data::Int(i) => ("application/json", i.to_string()),
        Data::Float(f) => ("application/json", number::json_float(*f)),
        _ => ("application/json", written::json(&v, '"').unwrap_or_default()),
    };
    text("dataUri", format!("data:{media};charset=utf-8;base64,{}", STANDARD.encode(plain)))
}

pub(super) fn data_uri_to_string(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let uri = string("dataUriToString", args, 0)?;
    let parts = uri.get(..5).filter(|s| s.eq_ignore_ascii_case("data:")).and_then(|_| uri.get(5..)?.split_once(','));
    let Some((head, data)) = parts else {
        return Err(refuse("dataUriToString", format_args!("`{}` is no data URI", shortened(uri))));
    };
    let plain = percent_encoding::percent_decode_str(data).decode_utf8_lossy();
    if head.split(';').next_back().is_some_and(|s| s.trim().eq_ignore_ascii_case("base64")) {
        return text("dataUriToString", decoded("dataUriToString", &plain)?);
    }
    text("dataUriToString", plain.as_ref())
}

pub(super) fn uri_component(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    text("uriComponent", written::component(string("uriComponent", args, 0)?))
}

pub(super) fn uri_component_to_string(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    // A plus stands for a space, as in a query.
    let spaced = string("uriComponentToString", args, 0)?.replace("+", " ");
    text("uriComponentToString", percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().as_ref())
}

/// A URI in its parts (RFC 3986, 3).
struct Uri<'s> {
    scheme: &'s str,
    authority: Option<&'s str>,
    path: &'s str,
    query: Option<&'s str>,
    fragment: Option<&'s str>,
}

fn take_apart(s: &str) -> Uri<'_> {
    let (s, fragment) = s.split_once('#').map_or((s, None), |(s, f)| (s, Some(f)));
    let (s, query) = s.split_once('?').map_or((s, None), |(s, q)| (s, Some(q)));
    let is_scheme = |c: &str| {
        c.starts_with(|f: char| f.is_ascii_alphabetic())
            && c.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    let (scheme, s) = s.split_once(':').filter(|(c, _)| is_scheme(c)).unwrap_or(("", s));
    let (authority, path) = match s.strip_prefix("//") {
        None => (None, s),
        Some(rest) => {
            let (a, p) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some(a), p)
        }
    };
    Uri { scheme, authority, path, query, fragment }
}

/// RFC 3986, 5.2.4.
fn without_dots(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let absolute = path.starts_with('/');
    let mut segments = path.split('/').skip(usize::from(absolute)).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." if last => out.push(""),
            "." => {}
            ".." => {
                out.pop();
                if last {
                    out.push("");
                }
            }
            _ => out.push(segment),
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, out.join("/"))
}

/// Host and port as .NET writes them: in small letters, without the scheme's own port.
fn host(authority: &str, scheme: &str) -> String {
    let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(u, h)| (u, h));
    let own_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        "ftp" => ":21",
        _ => "\0",
    };
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(own_port).unwrap_or(&host);
    if user.is_empty() { host.to_owned() } else { format!("{user}@{host}") }
}

fn put_together(uri: &Uri<'_>, authority: Option<&str>, path: &str) -> String {
    let scheme = uri.scheme.to_ascii_lowercase();
    let mut out = format!("{scheme}:");
    let mut path = path.to_owned();
    if let Some(a) = authority {
        out.push_str("//");
        out.push_str(&host(a, &scheme));
        if !path.starts_with('/') {
            path.insert(0, '/');
        }
        path = without_dots(&path);
    }
    out.push_str(&path);
    if let Some(q) = uri.query {
        out.push('?');
        out.push_str(q);
    }
    if let Some(f) = uri.fragment {
        out.push('#');
        out.push_str(f);
    }
    out
}

/// `uri`: resolves a relative URI against a base (RFC 3986, 5.2), with the normalisation of .NET.
pub(super) fn uri(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let (base_text, relative_text) = (string("uri", args, 0)?.trim(), string("uri", args, 1)?.trim());
    let base = take_apart(base_text);
    if base.scheme.is_empty() || base.authority.is_none_or(str::is_empty) {
        let found = kind(&arg(args, 0));
        return Err(refuse(
            "uri",
            format_args!("argument 1 should be an absolute URI, but is {found} `{}`", shortened(base_text)),
        ));
    }
    let relative = take_apart(relative_text);
    if !relative.scheme.is_empty() {
        return text("uri", put_together(&relative, relative.authority, relative.path));
    }
    let mut result = Uri { scheme: base.scheme, ..relative };
    let authority = result.authority.or(base.authority);
    let path = if result.authority.is_some() || result.path.starts_with('/') {
        result.path.to_owned()
    } else if result.path.is_empty() {
        result.query = result.query.or(base.query);
        base.path.to_owned()
    } else {
        let folder = base.path.rfind('/').map_or("/", |at| base.path.get(..=at).unwrap_or("/"));
        format!("{folder}{}", result.path)
    };
    text("uri", put_together(&result, authority, &path))
}

/// What `uri` makes of a base that is known and a relative URI.
pub fn resolved(base: &Value, relative: &str) -> Option<String> {
    let known = uri(&[base.clone(), Value::str(relative)]).ok()??;
    known.as_str().map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(f: fn(&[Value]) -> Outcome, args: &[&str]) -> Result<String, String> {
        let args: Vec<_> = args.iter().map(|a| Value::str(*a)).collect();
        f(&args).map(|v| v.unwrap().as_str().unwrap().to_string()).map_err(|e| e.0)
    }

    #[test]
    fn resolving() {
        for (base, relative, want) in [
            ("http://contoso.org/firstpath", "myscript.sh", "http://contoso.org/myscript.sh"),
            ("http://contoso.org/firstpath/", "myscript.sh", "http://contoso.org/firstpath/myscript.sh"),
            ("HTTPS://Contoso.org:443", "", "https://contoso.org/"),
            ("https://contoso.org/a/b/c", "../../x/./y", "https://contoso.org/x/y"),
            ("https://contoso.org/a?q", "?r", "https://contoso.org/a?r"),
            ("https://contoso.org/a", "//other/b", "https://other/b"),
            ("https://contoso.org/a", "..", "https://contoso.org/"),
        ] {
            assert_eq!(call(uri, &[base, relative]).as_deref(), Ok(want), "{base} {relative}");
        }
        assert!(call(uri, &["relative", "x"]).is_err());
    }

    #[test]
    fn coding() {
        assert_eq!(call(base64, &["armlint"]).as_deref(), Ok("YXJtbGludA=="));
        assert_eq!(call(base64_to_string, &["YXJt\nbGludA=="]).as_deref(), Ok("armlint"));
        assert!(call(base64_to_string, &["YXJ"]).is_err());
        assert_eq!(call(uri_component, &["a b/ü~"]).as_deref(), Ok("a%20b%2F%C3%BC~"));
        assert_eq!(call(uri_component_to_string, &["a+b%2F%zz"]).as_deref(), Ok("a b/%zz"));
        assert_eq!(call(data_uri_to_string, &["data:;base64,SGk="]).as_deref(), Ok("Hi"));
        assert_eq!(call(data_uri_to_string, &["data:text/plain,Hi%21"]).as_deref(), Ok("Hi!"));
        assert!(call(data_uri_to_string, &["Hi"]).is_err());
        assert_eq!(call(data_uri, &["Hi"]).as_deref(), Ok("data:text/plain;charset=utf-8;base64,SGk="));
    }
}
