//! What types, names and ids tell of where a resource hangs: below a parent, or on what it extends.

use ecow::EcoString;

use crate::expand::known::identity::{canonical, pieces};
use crate::expand::residual::Residual;
use crate::expand::{Data, Value};

/// `Microsoft.KeyVault/vaults/providers/diagnosticSettings` with the name `vault/Microsoft.Insights/audit` is a
/// `Microsoft.Insights/diagnosticSettings`.
pub fn extension_type(type_: &str, name: &Value) -> Option<EcoString> {
    let at = type_.to_ascii_lowercase().find("/providers/")?;
    let rest = &type_[at + "/providers/".len()..];
    let depth = type_[..at].split('/').count() - 1;
    let name = canonical(name);
    let said = name.split('/').nth(depth).filter(|namespace| !namespace.contains('{'));
    // Where the name does not tell, most types say themselves whose they are.
    let namespace = said.or_else(|| namespace_of(rest).filter(|_| name.contains('{')))?;
    (!namespace.is_empty() && !rest.contains('.')).then(|| ecow::eco_format!("{namespace}/{rest}"))
}

/// The one namespace that has extension resources of this type.
fn namespace_of(type_: &str) -> Option<&'static str> {
    const TYPES: [(&str, &[&str]); 2] = [
        ("microsoft.insights", &["diagnosticSettings"]),
        ("microsoft.authorization", &["locks", "policyAssignments", "policyExemptions", "roleAssignments"]),
    ];
    let has = |types: &[&str]| types.iter().any(|t| t.eq_ignore_ascii_case(type_));
    TYPES.iter().find(|(_, types)| has(types)).map(|(namespace, _)| *namespace)
}

/// The last segment of a name, as far as it is known.
pub fn last_segment(name: &Value) -> Value {
    let origin = name.origin.clone();
    match &name.data {
        Data::Str(s) => Value { data: Data::Str(s.rsplit('/').next().unwrap_or(s).into()), origin },
        Data::Residual(_) => Value { data: segment_of(name), origin },
        _ => name.clone(),
    }
}

/// How far up a parent is looked for: no type of Azure has as many segments.
pub const DEEPEST: usize = 16;

/// What follows the last slash that is known.
fn segment_of(name: &Value) -> Data {
    if let Some((function, [.., last])) = name.as_residual().and_then(|r| r.as_call())
        && function.is_id()
    {
        return last_segment(last).data;
    }
    let parts = pieces(name);
    let has_slash = |p: &Value| p.as_str().is_some_and(|s| s.contains('/'));
    let Some(from) = parts.iter().rposition(has_slash) else { return name.data.clone() };
    let known = parts[from].as_str().and_then(|s| s.rsplit('/').next()).unwrap_or_default();
    let mut rest: Vec<Value> =
        parts[from + 1..].iter().filter(|p| p.as_str().is_none_or(|s| !s.is_empty())).cloned().collect();
    if !known.is_empty() {
        rest.insert(0, Value::str(known));
    }
    match rest.len() {
        0 => Data::Str(EcoString::new()),
        1 => rest.remove(0).data,
        _ => Value::residual(Residual::call("concat", rest)).data,
    }
}

/// What stands behind the last provider in an id: `microsoft.storage/storageaccounts/a`.
pub fn path_of(id: &str) -> Option<&str> {
    id.rsplit_once("/providers/").map(|(_, path)| path)
}

/// The id of what a resource is a child or an extension of.
pub fn parent_of_id(id: &str) -> Option<String> {
    const PROVIDERS: &str = "/providers/";
    let at = memchr::memrchr_iter(b'/', id.as_bytes()).find(|at| id[*at..].starts_with(PROVIDERS))?;
    let (head, tail) = id.split_at(at);
    // Namespace, type, name, and more: without the last type and name.
    let below = memchr::memchr_iter(b'/', &tail.as_bytes()[PROVIDERS.len()..]).count() > 2;
    let last = || memchr::memrchr_iter(b'/', id.as_bytes()).nth(1);
    match below {
        true => Some(id[..last()?].to_owned()),
        false => head.contains(PROVIDERS).then(|| head.to_owned()),
    }
}

/// The type of the resource that an id ends with; `None` where it has no provider.
pub fn type_of_id(id: &str) -> Option<String> {
    let segments: Vec<&str> = id.split('/').collect();
    let at = segments.iter().rposition(|s| s.eq_ignore_ascii_case("providers"))?;
    let provider = segments.get(at + 1)?;
    let types = segments.get(at + 2..)?.iter().step_by(2);
    Some(std::iter::once(provider).chain(types).copied().collect::<Vec<_>>().join("/"))
}

/// Type and name of the parent, from the segments of a type and a name, as [`canonical`] has it. A part that is not known may be
/// several segments.
pub fn parent_of_name(type_: &str, name: &str) -> Option<(String, String)> {
    let type_ = type_.to_ascii_lowercase();
    let mut names: Vec<&str> = name.split('/').collect();
    let parent_type = match type_.find("/providers/") {
        Some(at) => {
            names.truncate(type_[..at].split('/').count() - 1);
            type_[..at].to_string()
        }
        None => {
            let (parent, _) = type_.rsplit_once('/')?;
            if !parent.contains('/') {
                return None;
            }
            names.pop()?;
            parent.to_string()
        }
    };
    let lacks = parent_type.split('/').count().checked_sub(names.len() + 1)?;
    let open = || names.iter().any(|segment| segment.contains('{'));
    (lacks == 0 || open()).then(|| (parent_type, names.join("/")))
}

/// Type and name of what is above a type and name.
pub fn above_name((type_, name): &(String, String)) -> Option<(String, String)> {
    let (type_, _) = type_.rsplit_once('/')?;
    let (name, _) = name.rsplit_once('/')?;
    type_.contains('/').then(|| (type_.to_string(), name.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_by_id() {
        let rg = "/subscriptions/s/resourcegroups/r";
        assert_eq!(parent_of_id(&format!("{rg}/providers/a.b/x/n")), None);
        assert_eq!(parent_of_id(&format!("{rg}/providers/a.b/x/n/y/m")), Some(format!("{rg}/providers/a.b/x/n")));
        let diag = format!("{rg}/providers/a.b/x/n/providers/microsoft.insights/diagnosticsettings/d");
        assert_eq!(parent_of_id(&diag), Some(format!("{rg}/providers/a.b/x/n")));
        assert_eq!(parent_of_id("/providers/a.b/x/n"), None);
    }

    #[test]
    fn parents_by_name() {
        let of = |type_: &str, name: &str| parent_of_name(type_, name).map(|(type_, name)| format!("{type_} {name}"));
        assert_eq!(of("A.B/x/y", "n/m").as_deref(), Some("a.b/x n"));
        assert_eq!(of("A.B/x/y", "m"), None);
        assert_eq!(of("A.B/x/y/z", "{p}/m").as_deref(), Some("a.b/x/y {p}"));
        assert_eq!(of("A.B/x/y/z", "n/m"), None);
        assert_eq!(of("A.B/x/y", "n/{p}/m"), None);
    }

    #[test]
    fn extension_types() {
        let name = Value::str("kv/Microsoft.Insights/audit");
        let ext = extension_type("Microsoft.KeyVault/vaults/providers/diagnosticSettings", &name);
        assert_eq!(ext.as_deref(), Some("microsoft.insights/diagnosticSettings"));
        assert_eq!(extension_type("Microsoft.KeyVault/vaults", &name), None);
        // A name of which nothing is known.
        let open = Value::residual(Residual::call("f", vec![]));
        let of = |type_: &str| extension_type(&format!("Microsoft.KeyVault/vaults/providers/{type_}"), &open);
        assert_eq!(of("diagnosticSettings").as_deref(), Some("microsoft.insights/diagnosticSettings"));
        assert_eq!(of("somethingElse"), None);
    }
}
