//! What a file is: told by its content, not by its name.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::read::Source;
use crate::read::json::{Document, Kind as Json, Node};
use crate::source::{is_bicep, is_bicep_parameters};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// An ARM template.
    Template,
    /// A parameter file in JSON.
    Parameters,
    /// Resources as Azure exports them: one, or an array of them.
    Resources,
    /// A Bicep file.
    Bicep,
    /// A Bicep parameter file.
    BicepParam,
    /// Anything else.
    Other,
}

impl Kind {
    /// The word of the JSON report.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Template => "template",
            Kind::Parameters => "parameters",
            Kind::Resources => "resources",
            Kind::Bicep => "bicep",
            Kind::BicepParam => "bicepparam",
            Kind::Other => "other",
        }
    }

    /// Whether it can be deployed: a template in either language.
    pub fn is_template(self) -> bool {
        matches!(self, Kind::Template | Kind::Bicep)
    }

    /// Whether it gives a template's parameters their values.
    pub fn is_parameters(self) -> bool {
        matches!(self, Kind::Parameters | Kind::BicepParam)
    }
}

/// The languages that have no marks of their own are told by extension.
pub fn by_extension(path: &Path) -> Option<Kind> {
    if is_bicep(path) {
        Some(Kind::Bicep)
    } else if is_bicep_parameters(path) {
        Some(Kind::BicepParam)
    } else {
        None
    }
}

/// What a text is that somebody names as a template, or as what belongs to one, where it is no JSON.
pub fn of_bicep(source: &Source) -> Option<Kind> {
    by_extension(&source.path).or_else(|| source.is_bicep().then_some(Kind::Bicep))
}

/// What a JSON text is, and for [`Kind::Other`] why it is nothing that is looked at.
pub fn json(doc: &Document) -> (Kind, String) {
    let Some(root) = doc.root() else {
        return (Kind::Other, "it holds no value".to_owned());
    };
    match root.kind() {
        Json::Object => object(root, &doc.source().path),
        Json::Array => {
            if root.items().any(is_one) {
                (Kind::Resources, String::new())
            } else if root.items().any(is_resource) {
                (Kind::Other, "it is an array of what is said of resource types, not of resources".to_owned())
            } else if root.is_empty() {
                (Kind::Other, "it is an empty array".to_owned())
            } else {
                (Kind::Other, "it is an array that holds no Azure resource".to_owned())
            }
        }
        _ => (Kind::Other, "it is neither an object nor an array".to_owned()),
    }
}

fn object(root: Node<'_>, path: &Path) -> (Kind, String) {
    let schema = root.get("$schema").and_then(Node::str);
    if let Some(schema) = &schema {
        let name = schema_name(schema).to_ascii_lowercase();
        if name.ends_with("deploymenttemplate.json") {
            return (Kind::Template, String::new());
        }
        if name.ends_with("deploymentparameters.json") {
            return (Kind::Parameters, String::new());
        }
    }
    let is_object = |key: &str| root.get(key).is_some_and(|n| n.kind() == Json::Object);
    let version = root.get("contentVersion").is_some_and(|n| n.kind() == Json::String);
    // Whatever they are, with a version they are a template's: where they are no list, that is said of the template.
    let resources = root.get("resources").filter(|n| version || matches!(n.kind(), Json::Array | Json::Object));
    match resources {
        Some(_) if version => return (Kind::Template, String::new()),
        Some(r) if r.kind() == Json::Array && r.items().any(|i| is_resource(i) && i.get("apiVersion").is_some()) => {
            return (Kind::Template, String::new());
        }
        None if is_object("parameters")
            && !schema.as_ref().is_some_and(|schema| is_of_something_else(schema, root, path))
            && (version || holds_values(root.get("parameters")) && (names_template(root) || is_named_so(path))) =>
        {
            return (Kind::Parameters, String::new());
        }
        _ => {}
    }
    if is_one(root) {
        return (Kind::Resources, String::new());
    }
    (Kind::Other, other(root))
}

/// Whether a JSON text gives values to parameters in a form that the Azure CLI takes where it is told that a file holds parameters:
/// the member `parameters` of an object, or the object itself.
pub fn gives_parameters(doc: &Document) -> bool {
    let root = doc.root().filter(|r| r.kind() == Json::Object && !doc.has_errors());
    root.is_some_and(|root| holds_values(Some(root.get("parameters").unwrap_or(root))))
}

/// Says what an object that is none of ours calls itself.
fn other(root: Node<'_>) -> String {
    match root.get("$schema").and_then(Node::str) {
        Some(schema) => {
            let name = schema_name(&schema);
            format!("its $schema is {}", if name.is_empty() { schema.as_ref() } else { name })
        }
        None => "it is no template, no parameter file and no resource".to_owned(),
    }
}

/// The last part of a schema's address, without `#`.
fn schema_name(schema: &str) -> &str {
    schema.trim().trim_end_matches('#').rsplit('/').next().unwrap_or("")
}

/// Whether a schema is that of something else which has parameters and a version, too: the definition of a Logic App. A schema that somebody
/// wrote for parameter files of their own says nothing.
fn is_of_something_else(schema: &str, root: Node<'_>, path: &Path) -> bool {
    let schema = schema.to_ascii_lowercase();
    schema_name(&schema) == "workflowdefinition.json"
        || schema.contains("//schema.management.azure.com/") && !names_template(root) && !is_named_so(path)
}

/// Whether an object says which template it belongs to. Other programs have `parameters` with values, too.
fn names_template(root: Node<'_>) -> bool {
    root.get("metadata").and_then(|m| m.get("template")).is_some_and(|t| t.kind() == Json::String)
}

/// Whether a file is named as a parameter file: `main.parameters.json`, `main.param.json`.
fn is_named_so(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_ascii_lowercase();
    name.split('.').any(|part| matches!(part, "parameters" | "parameter" | "params" | "param"))
}

/// Whether every member of a parameter object gives a value the way parameter files do.
fn holds_values(parameters: Option<Node<'_>>) -> bool {
    let Some(parameters) = parameters.filter(|p| !p.is_empty()) else { return false };
    parameters.members().all(|m| ["value", "reference", "expression"].iter().any(|k| m.value().get(k).is_some()))
}

/// Whether a value is a resource as Azure exports it: an object with a resource type, in any case. A type without a
/// slash (`Microsoft.Subscription`) counts where there is a name as well.
pub fn is_resource(node: Node<'_>) -> bool {
    if node.kind() != Json::Object {
        return false;
    }
    let typed = |key: &str| {
        let Some(text) = node.get(key).and_then(Node::str) else { return false };
        let namespace = text.split('/').next().unwrap_or("");
        namespaced(namespace)
            && (text.len() > namespace.len() + 1
                || starts_with_microsoft(namespace) && node.get("name").is_some_and(|n| n.kind() == Json::String))
    };
    typed("resourceType") || typed("type")
}

/// `Microsoft.Storage`, `Dynatrace.Observability`: words with a dot between them.
fn namespaced(text: &str) -> bool {
    text.contains('.')
        && text
            .split('.')
            .all(|w| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'))
}

/// Whether a resource says which one it is, or something that only resources have. One that is cut down to its type is one, too; what
/// says other things of a type is about types: a table of what there is.
fn is_one(node: Node<'_>) -> bool {
    let has = |keys: &[&str], kind: Json| keys.iter().any(|key| node.get(key).is_some_and(|n| n.kind() == kind));
    let of_type = |key: &str| ["type", "resourceType"].iter().any(|k| key.eq_ignore_ascii_case(k));
    is_resource(node)
        && (has(&["name", "resourceName", "id", "resourceId"], Json::String)
            || has(&["apiVersion", "location", "kind"], Json::String)
            || has(&["properties", "tags", "sku", "identity"], Json::Object)
            || has(&["zones"], Json::Array)
            || node.members().all(|m| of_type(&m.key())))
}

fn starts_with_microsoft(text: &str) -> bool {
    text.get(..10).is_some_and(|t| t.eq_ignore_ascii_case("microsoft."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Sources;

    fn kind(text: &str) -> Kind {
        told(text).0
    }

    fn told(text: &str) -> (Kind, String) {
        json(&Document::parse(&Sources::new().add("x.json", text)))
    }

    #[test]
    fn templates() {
        let base = "https://schema.management.azure.com/schemas/";
        for name in ["2019-04-01/deploymentTemplate.json#", "2018-05-01/subscriptionDeploymentTemplate.json#"] {
            assert_eq!(kind(&format!(r#"{{"$schema": "{base}{name}"}}"#)), Kind::Template);
        }
        assert_eq!(kind(r#"{"$schema": "http://x/managementgroupdeploymenttemplate.json"}"#), Kind::Template);
        assert_eq!(kind(r#"{"contentVersion": "1.0.0.0", "resources": []}"#), Kind::Template);
        assert_eq!(kind(r#"{"contentVersion": "1.0.0.0", "resources": {"a": {}}}"#), Kind::Template);
        assert_eq!(kind(r#"{"contentVersion": "1.0.0.0", "parameters": {}, "resources": null}"#), Kind::Template);
        let shape = r#"{"resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2021-01-01", "name": "a"}]}"#;
        assert_eq!(kind(shape), Kind::Template);
    }

    #[test]
    fn parameter_files() {
        assert_eq!(kind(r#"{"$schema": "https://x/2015-01-01/deploymentParameters.json#"}"#), Kind::Parameters);
        assert_eq!(kind(r#"{"$schema": "https://x/tenantDeploymentParameters.json#"}"#), Kind::Parameters);
        assert_eq!(kind(r#"{"contentVersion": "1.0.0.0", "parameters": {}}"#), Kind::Parameters);
        let plain = r#"{"parameters": {"a": {"value": 1}, "b": {"reference": {}}}}"#;
        assert_eq!(kind(plain), Kind::Other);
        assert_eq!(json(&Document::parse(&Sources::new().add("x.parameters.json", plain))).0, Kind::Parameters);
        let linked = r#"{"metadata": {"template": "a.json"}, "parameters": {"a": {"value": 1}}}"#;
        assert_eq!(kind(linked), Kind::Parameters);
        assert_eq!(kind(r#"{"parameters": {"a": {"type": "String"}}}"#), Kind::Other);
        let other = r#"{"deploy": true, "parameters": {"a": {"value": 1}}}"#;
        assert_eq!(kind(other), Kind::Other);
        assert_eq!(json(&Document::parse(&Sources::new().add("x.Parameters.json", other))).0, Kind::Parameters);
        // It says itself that it is something else.
        let workflow =
            "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#";
        let values = r#""contentVersion": "1.0.0.0", "parameters": {"a": {"value": 1}}"#;
        let named = |schema: &str| format!(r#"{{"$schema": "{schema}", {values}}}"#);
        assert_eq!(kind(&named(workflow)), Kind::Other);
        assert_eq!(kind(&named("")), Kind::Parameters);
        let at = |path: &str, text: &str| json(&Document::parse(&Sources::new().add(path, text.to_owned()))).0;
        assert_eq!(at("main.parameters.json", &named(workflow)), Kind::Other);
        // A schema of one's own.
        assert_eq!(at("main.parameters.json", &named("./schemas/my-params.json")), Kind::Parameters);
        assert_eq!(at("dev.json", &named("./schemas/my-params.json")), Kind::Parameters);
        // Another of Azure's, which may be a mistake where the name says what it is.
        let azure = named("https://schema.management.azure.com/schemas/2019-04-01/deploymentParameter.json#");
        assert_eq!(at("dev.json", &azure), Kind::Other);
        assert_eq!(at("main.parameters.json", &azure), Kind::Parameters);
    }

    #[test]
    fn values_that_are_said_to_be_parameters() {
        let gives = |text: &str| gives_parameters(&Document::parse(&Sources::new().add("x.json", text.to_string())));
        for text in [r#"{"parameters": {"a": {"value": 1}}}"#, r#"{"a": {"value": 1}, "b": {"reference": {}}}"#] {
            assert!(gives(text), "{text}");
        }
        for text in ["{}", r#"{"a": 1}"#, r#"{"parameters": []}"#, r#"[{"value": 1}]"#, r#"{"a": {"value": 1}"#] {
            assert!(!gives(text), "{text}");
        }
    }

    #[test]
    fn exported_resources() {
        assert_eq!(kind(r#"[{"ResourceType": "Microsoft.Storage/storageAccounts", "Name": "a"}]"#), Kind::Resources);
        assert_eq!(kind(r#"{"type": "microsoft.storage/storageAccounts", "name": "a"}"#), Kind::Resources);
        assert_eq!(kind(r#"[{"Name": "s", "ResourceType": "Microsoft.Subscription"}]"#), Kind::Resources);
        assert_eq!(kind(r#"[1, {"Type": "Microsoft.Network/privateDnsZones"}]"#), Kind::Resources);
        assert_eq!(kind(r#"[{"ResourceType": "A.B/c", "Properties": {"d": 1}, "zones": []}]"#), Kind::Resources);
        // One with a name among those whose name was left out.
        let some = r#"[{"type": "A.B/c", "zones": []}, {"type": "A.B/c", "resourceName": "a"}]"#;
        assert_eq!(kind(some), Kind::Resources);
        assert_eq!(kind(r#"{"name": "x", "type": "module"}"#), Kind::Other);
        assert_eq!(kind(r#"{"name": "x", "type": "text/plain"}"#), Kind::Other);
        let cut = r#"[{"type": "A.B/c", "apiVersion": "2024-01-01", "location": "x", "kind": "y"}]"#;
        assert_eq!(kind(cut), Kind::Resources);
        // A table of types.
        let types =
            r#"[{"resourceType": "microsoft.storage/storageaccounts", "singularDisplayName": "Storage account"}]"#;
        let why = "it is an array of what is said of resource types, not of resources";
        assert_eq!(told(types), (Kind::Other, why.to_owned()));
        let one = r#"{"resourceType": "microsoft.storage/storageaccounts", "singularDisplayName": "Storage account"}"#;
        assert_eq!(kind(one), Kind::Other);
    }

    #[test]
    fn a_resource_with_a_mistake_in_it_is_still_one() {
        let text = "{\"type\": \"Microsoft.ApiManagement/service/apis\",\n \"identity\": {\"type\": \"x\" \n \"y\": {}}, \"name\": \"a\"}";
        assert_eq!(kind(text), Kind::Resources);
    }

    #[test]
    fn everything_else_says_what_it_is() {
        let ui = r#"{"$schema": "https://schema.management.azure.com/schemas/0.1.2-preview/CreateUIDefinition.MultiVm.json#"}"#;
        assert_eq!(told(ui), (Kind::Other, "its $schema is CreateUIDefinition.MultiVm.json".to_owned()));
        assert_eq!(kind("[]"), Kind::Other);
        assert_eq!(kind(""), Kind::Other);
        assert_eq!(kind("3"), Kind::Other);
    }
}
