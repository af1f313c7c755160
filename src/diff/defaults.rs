//! What Azure takes for a property that nobody writes, where a newer API version takes something else.
//!
//! The rules know that as well, and say where it comes from: each row names the one whose page does.

use ecow::EcoString;

use super::tree::{Branch, Item, Node, member};

/// A property that is not written, and comes to something else with another API version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDefault {
    /// Its path.
    pub path: EcoString,
    /// What the API version before takes.
    pub old: &'static str,
    /// What that of now takes.
    pub new: &'static str,
    /// The rule whose page says so.
    pub rule: &'static str,
}

/// A default that an API version changed.
struct Row {
    type_: &'static str,
    /// The steps to what holds the property; `*` is each item.
    holder: &'static [&'static str],
    property: &'static str,
    /// The first date that takes the new one.
    since: &'static str,
    old: &'static str,
    new: &'static str,
    rule: &'static str,
}

const TABLE: &[Row] = &[
    Row {
        type_: "Microsoft.Storage/storageAccounts",
        holder: &["properties"],
        property: "allowBlobPublicAccess",
        since: "2023-01-01",
        old: "true",
        new: "false",
        rule: "Azure.Storage.BlobPublicAccess",
    },
    Row {
        type_: "Microsoft.Storage/storageAccounts",
        holder: &["properties"],
        property: "supportsHttpsTrafficOnly",
        since: "2019-04-01",
        old: "false",
        new: "true",
        rule: "Azure.Storage.SecureTransfer",
    },
    Row {
        type_: "Microsoft.KeyVault/vaults",
        holder: &["properties"],
        property: "enableRbacAuthorization",
        since: "2026-02-01",
        old: "false",
        new: "true",
        rule: "Azure.KeyVault.RBAC",
    },
    Row {
        type_: "Microsoft.ServiceBus/namespaces",
        holder: &["properties"],
        property: "minimumTlsVersion",
        since: "2022-01-01",
        old: "1.0",
        new: "1.2",
        rule: "Azure.ServiceBus.MinTLS",
    },
    Row {
        type_: "Microsoft.EventHub/namespaces",
        holder: &["properties"],
        property: "minimumTlsVersion",
        since: "2022-01-01",
        old: "1.0",
        new: "1.2",
        rule: "Azure.EventHub.MinTLS",
    },
    Row {
        type_: "Microsoft.Network/virtualNetworks/subnets",
        holder: &["properties"],
        property: "defaultOutboundAccess",
        since: "2025-07-01",
        old: "true",
        new: "false",
        rule: "Azure.VNET.PrivateSubnet",
    },
    Row {
        type_: "Microsoft.Network/virtualNetworks",
        holder: &["properties", "subnets", "*", "properties"],
        property: "defaultOutboundAccess",
        since: "2025-07-01",
        old: "true",
        new: "false",
        rule: "Azure.VNET.PrivateSubnet",
    },
];

/// The properties that nobody writes, before or now, and that come to something else because of the API version.
pub fn of(old: &Item, new: &Item) -> Vec<NewDefault> {
    let (Some(before), Some(now)) = (date(old), date(new)) else { return Vec::new() };
    let rows = TABLE.iter().filter(|row| row.type_.eq_ignore_ascii_case(&new.type_));
    // A version that is older than the one before takes what was taken then.
    let crossed = rows.filter(|row| (before < row.since) != (now < row.since));
    let found = crossed.filter_map(|row| {
        let (from, to) = if now < row.since { (row.new, row.old) } else { (row.old, row.new) };
        let path = unwritten(new, row)?;
        unwritten(old, row)?;
        Some(NewDefault { path, old: from, new: to, rule: row.rule })
    });
    found.collect()
}

/// The day of an API version.
fn date(item: &Item) -> Option<&str> {
    item.api_version.as_ref()?.get(..10)
}

/// The path of a property of a resource, if what would hold it is there at least once without it.
fn unwritten(item: &Item, row: &Row) -> Option<EcoString> {
    let (first, rest) = row.holder.split_first()?;
    let lacks = match member(&item.body, first) {
        Some(holder) => lacks(holder, rest, row.property),
        // A resource that says nothing of itself.
        None => rest.is_empty(),
    };
    lacks.then(|| ecow::eco_format!("{}.{}", row.holder.join(".").replace(".*", "[*]"), row.property))
}

fn lacks(value: &Branch, way: &[&str], property: &str) -> bool {
    match (way.split_first(), &value.node) {
        (None, Node::Object(members)) => member(members, property).is_none_or(|v| v.node == Node::Null),
        (Some((&"*", rest)), Node::Array(items)) => items.iter().any(|i| lacks(i, rest, property)),
        (Some((&"*", rest)), Node::Loop { item, .. }) => lacks(item, rest, property),
        (Some((key, rest)), Node::Object(members)) => member(members, key).is_some_and(|v| lacks(v, rest, property)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a row says is what the page of its rule says.
    #[test]
    fn each_default_stands_in_the_page_of_its_rule() {
        for row in TABLE {
            let entry = crate::rules::catalogue::find(row.rule).unwrap_or_else(|| panic!("no rule {}", row.rule));
            let text = crate::rules::catalogue::markdown(entry);
            assert!(text.contains(row.since) && text.contains(row.property), "{}", row.rule);
        }
    }
}
