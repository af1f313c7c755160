use super::*;
use crate::read::Sources;

fn parse(text: &str) -> Document {
    Document::parse(&Sources::new().add("a.json", text))
}

/// The tree written as JSON, members in document order, and the problems below it.
fn show(text: &str) -> String {
    fn write(node: Node<'_>, out: &mut String) {
        match node.kind() {
            Kind::Null => out.push_str("null"),
            Kind::Bool(b) => out.push_str(&b.to_string()),
            Kind::Int(i) => out.push_str(&i.to_string()),
            Kind::Float(f) => out.push_str(&format!("{f:?}")),
            Kind::String => out.push_str(&format!("{:?}", node.str().unwrap())),
            Kind::Array => {
                out.push('[');
                for (i, item) in node.items().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    write(item, out);
                }
                out.push(']');
            }
            Kind::Object => {
                out.push('{');
                for (i, member) in node.members().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    out.push_str(&format!("{:?}: ", member.key()));
                    write(member.value(), out);
                }
                out.push('}');
            }
        }
    }
    let doc = parse(text);
    let mut out = String::new();
    match doc.root() {
        Some(root) => write(root, &mut out),
        None => out.push_str("nothing"),
    }
    for p in doc.problems() {
        let (start, end) = (doc.source().position(p.span.start), doc.source().position(p.span.end));
        let (level, code, message) = (p.level.as_str(), p.code, &p.message);
        out.push_str(&format!(
            "\n{}:{}-{}:{} {level} {code}: {message}",
            start.line, start.column, end.line, end.column
        ));
    }
    assert_eq!(doc.has_errors(), doc.problems().iter().any(|p| p.level == Level::Error));
    out
}

#[test]
fn a_missing_comma_before_a_member_with_two_colons() {
    insta::assert_snapshot!(show(r#"{
  "identity": {
    "type": "UserAssigned"
    "userAssignedIdentities":"[format('{0}', resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'identityName'))]": {}
  },
  "name": "x",
  "properties": { "a": [1, 2] }
}"#), @r#"
    {"identity": {"type": "UserAssigned", "userAssignedIdentities": "[format('{0}', resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'identityName'))]"}, "name": "x", "properties": {"a": [1, 2]}}
    3:27-3:27 error json-syntax: expected a comma after this value
    4:127-4:128 error json-syntax: unexpected second colon: this member has its value already; put braces around the inner key and value, or a comma before it
    "#);
}
