//! Resources exported from Azure: objects with `type` or `ResourceType`, `name` or `ResourceName`, and children in `resources`.

use ecow::EcoString;

use crate::check::targets::forest::Node;
use crate::check::targets::parent_names::last_segment;
use crate::expand::Value;
use crate::read::Span;

/// Adds an exported resource and its children; `None` if the value is no resource.
pub fn add(nodes: &mut Vec<Node>, value: &Value, pointer: EcoString, parent: Option<usize>) -> Option<usize> {
    value.as_object()?;
    let first = |keys: [&str; 2]| keys.iter().find_map(|k| value.get(k).filter(|v| !v.is_null())).cloned();
    let mut type_ = first(["resourceType", "type"])?;
    type_.as_str()?;
    if let (Some(p), Some(short)) = (parent, type_.as_str()) {
        // A child can give the last segment of its type only.
        if !short.contains('/') {
            type_.data = crate::expand::Data::Str(ecow::eco_format!("{}/{short}", nodes[p].type_text()));
        }
    }
    let name = first(["resourceName", "name"]).unwrap_or_else(|| Value::str(""));
    // PSRule finds a child by any of these.
    let names = ["type", "extensionResourceType"].iter().filter_map(|k| value.get(k)?.as_str());
    let other_types = names.filter(|n| !type_.as_str().is_some_and(|t| t.eq_ignore_ascii_case(n))).cloned().collect();
    let place = line_of(value);
    let at = nodes.len();
    nodes.push(Node {
        short_name: last_segment(&name),
        id: first(["resourceId", "id"]).unwrap_or_else(Value::null),
        type_,
        other_types,
        name,
        kind: Value::null(),
        template: Value::null(),
        // PSRule takes a resource for exported if it says which subscription it was in.
        exported: Value::bool(value.get("subscriptionId").is_some_and(|s| !s.is_null())),
        symbol: None,
        body: value.clone(),
        pointer: pointer.clone(),
        place,
        declared: value.origin.place,
        conditions: Vec::new(),
        declared_in: None,
        deploys: None,
        parent,
        children: Vec::new(),
    });
    let member = value.as_object().and_then(|o| o.member("resources"));
    for (i, child) in member.and_then(|m| m.value.as_array()).unwrap_or_default().iter().enumerate() {
        let key = member.map_or("resources", |m| m.key.as_str());
        if let Some(c) = add(nodes, child, ecow::eco_format!("{pointer}/{key}/{i}"), Some(at)) {
            nodes[at].children.push(c);
        }
    }
    Some(at)
}

/// Whether a value looks like an exported resource or an array of them.
pub fn looks_like(value: &Value) -> bool {
    let text = |v: &Value, keys: [&str; 2], has: &str| {
        keys.iter().any(|k| v.get(k).and_then(Value::as_str).is_some_and(|s| s.contains(has)))
    };
    // A resource type says so by its slash; anything else needs a name as well.
    let resource = |v: &Value| {
        v.get("$schema").is_none()
            && (text(v, ["resourceType", "type"], "/")
                || text(v, ["resourceType", "type"], "") && text(v, ["resourceName", "name"], ""))
    };
    match value.as_array() {
        Some(items) => !items.is_empty() && items.iter().all(resource),
        None => resource(value),
    }
}

/// The key of the name, else of the type: a place of one line for the resource as a whole.
fn line_of(value: &Value) -> Option<Span> {
    let object = value.as_object()?;
    ["resourceName", "name", "resourceType", "type"].iter().find_map(|k| {
        let m = object.member(k)?;
        m.key_span.or(m.value.origin.place)
    })
}
