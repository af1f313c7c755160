//! Which types keep what a parameter that is named like a secret holds.

use crate::results;

#[test]
fn another_name_for_a_type_is_as_what_it_names() {
    let outcome = |ty: &str| {
        let template = format!(
            r##""languageVersion": "2.0", "definitions": {{
                "texts": {{"type": "array", "items": {{"type": "string"}}}},
                "any": {{"type": "array"}},
                "map": {{"type": "object", "properties": {{}}, "additionalProperties": {{"type": "string"}}}},
                "safeMap": {{"type": "object", "properties": {{}}, "additionalProperties": {{"type": "securestring"}}}},
                "entry": {{"type": "object", "properties": {{"name": {{"type": "string"}}}}}},
                "entries": {{"type": "array", "items": {{"$ref": "#/definitions/entry"}}}},
                "safeEntries": {{"type": "array", "items": {{"type": "object", "properties": {{"value": {{"type": "securestring"}}}}}}}},
                "numbers": {{"type": "array", "items": {{"type": "int"}}}},
                "rounds": {{"type": "array", "items": {{"$ref": "#/definitions/rounds"}}}}
            }}, "parameters": {{"passwords": {ty}}}, "resources": {{}}"##
        );
        results("Azure.Deployment.SecureParameter", &template).0[0].outcome.as_str().to_owned()
    };
    let named = |name: &str| format!(r##"{{"$ref": "#/definitions/{name}"}}"##);
    for name in ["texts", "any", "map", "rounds"] {
        assert_eq!(outcome(&named(name)), "fail", "{name}");
    }
    for name in ["safeMap", "entry", "entries", "safeEntries", "numbers"] {
        assert_eq!(outcome(&named(name)), "pass", "{name}");
    }
    assert_eq!(outcome(r#"{"type": "array", "items": {"type": "string"}}"#), "fail");
    let items = |name: &str| format!(r#"{{"type": "array", "items": {}}}"#, named(name));
    assert_eq!(outcome(&items("map")), "fail");
    assert_eq!(outcome(&items("entry")), "pass");
}
