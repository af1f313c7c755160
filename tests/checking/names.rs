//! Names that are not known before deployment, but whose characters and length are.

use crate::{STORAGE, results};

fn storage_name(name: &str) -> &'static str {
    let resource = format!(r#"{STORAGE}, "name": "[{name}]", "properties": {{}}"#);
    // `utcNow` is for defaults of parameters only.
    let formats =
        [("now", ""), ("stamp", "'yyyyMMddHHmmss'"), ("day", "'yyyy-MM-dd'"), ("month", "'MMM'"), ("u", "'u'")];
    let mut parameters = r#""p": {"type": "string"}"#.to_owned();
    for (name, format) in formats {
        parameters.push_str(&format!(r#", "{name}": {{"type": "string", "defaultValue": "[utcNow({format})]"}}"#));
    }
    let (found, _) =
        results("Azure.Storage.Name", &format!(r#""parameters": {{{parameters}}}, "resources": [{{{resource}}}]"#));
    found[0].outcome.as_str()
}

#[test]
fn names_are_judged_by_what_every_one_of_them_has() {
    let dashless = "replace(guid(parameters('p')), '-', '')";
    for (name, outcome) in [
        // 34 characters, 10 more than there may be.
        (format!("concat('st', {dashless})"), "fail"),
        (format!("take(concat('st', {dashless}), 24)"), "pass"),
        // A GUID has hyphens, and the fifth of its groups has none.
        ("take(guid(parameters('p')), 20)".into(), "fail"),
        ("split(guid(parameters('p')), '-')[4]".into(), "pass"),
        ("last(split(guid(parameters('p')), '-'))".into(), "pass"),
        ("concat('st', substring(guid(parameters('p')), 24))".into(), "pass"),
        ("concat('st', parameters('stamp'))".into(), "pass"),
        ("concat('st', parameters('day'))".into(), "fail"),
        ("concat('st', replace(parameters('day'), '-', ''))".into(), "pass"),
        ("concat('st', parameters('now'))".into(), "fail"),
        ("toLower(concat('st', parameters('now')))".into(), "pass"),
        ("concat('st', parameters('month'))".into(), "unknown"),
        ("concat('st', dateTimeAdd(parameters('u'), 'P1D', 'yyyyMMdd'))".into(), "pass"),
        ("concat('st', dateTimeAdd(parameters('u'), 'P1D'))".into(), "unknown"),
        ("join(createArray('st', uniqueString(parameters('p'))), '')".into(), "pass"),
        ("join(createArray('st', uniqueString(parameters('p'))), '-')".into(), "fail"),
        ("trim(concat(' st', uniqueString(parameters('p'))))".into(), "pass"),
        ("format('{0}{1}', 'st', uniqueString(parameters('p')))".into(), "pass"),
        ("format('{0}-{1}', 'st', uniqueString(parameters('p')))".into(), "fail"),
        ("if(contains(uniqueString(parameters('p')), '-'), 'A', 'stshop')".into(), "pass"),
        ("if(greater(length(concat('st', guid(parameters('p')))), 24), 'stshop', 'A')".into(), "pass"),
        ("if(equals(take(guid(parameters('p')), 1), 'x'), 'A', 'stshop')".into(), "pass"),
        ("concat('st', parameters('p'))".into(), "unknown"),
    ] {
        assert_eq!(storage_name(&name), outcome, "{name}");
    }
}
