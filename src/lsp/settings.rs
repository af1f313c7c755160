//! What the user of an editor wants otherwise than usual: the `initializationOptions`.

use serde::Deserialize;
use serde_json::Value;

/// When the editor is told what was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunOn {
    /// While somebody types.
    #[default]
    Type,
    /// When a file is opened, saved or closed, and when something changes on disk.
    Save,
}

/// What the user wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Values are shown beside names.
    pub inlay_hints: bool,
    /// When the editor is told what was found.
    pub run_on: RunOn,
    /// Diagnostics are pushed, even if the editor says that it can pull them.
    pub push_diagnostics: bool,
}

impl Settings {
    /// Those of `initializationOptions`. A value that makes no sense is told, and the others count: an editor that cannot start
    /// its server helps nobody.
    pub fn of(options: Option<&Value>) -> (Self, Vec<String>) {
        let mut settings = Settings::default();
        let mut wrong = Vec::new();
        let Some(options) = options.filter(|o| !o.is_null()) else { return (settings, wrong) };
        let Some(options) = options.as_object() else {
            return (settings, vec!["initializationOptions must be an object; they are ignored".to_owned()]);
        };
        let mut read = |key: &str, wanted: &str, read: &mut dyn FnMut(&Value) -> bool| {
            if let Some(value) = options.get(key).filter(|v| !v.is_null() && !read(v)) {
                wrong.push(format!("initializationOptions: `{key}` is {value}, and must be {wanted}"));
            }
        };
        let flag = |field: &mut bool, value: &Value| value.as_bool().map(|b| *field = b).is_some();
        read("inlayHints", "true or false", &mut |v| flag(&mut settings.inlay_hints, v));
        read("pushDiagnostics", "true or false", &mut |v| flag(&mut settings.push_diagnostics, v));
        read("runOn", "\"type\" or \"save\"", &mut |v| RunOn::deserialize(v).map(|r| settings.run_on = r).is_ok());
        (settings, wrong)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_makes_no_sense_is_told_and_the_rest_counts() {
        let (settings, wrong) = Settings::of(Some(&json!({ "inlayHints": 1, "runOn": "save", "theirs": {} })));
        assert_eq!(settings, Settings { run_on: RunOn::Save, ..Settings::default() });
        assert_eq!(wrong, ["initializationOptions: `inlayHints` is 1, and must be true or false"]);
        let (settings, wrong) = Settings::of(Some(&json!({ "inlayHints": true, "runOn": "never" })));
        assert!(settings.inlay_hints && settings.run_on == RunOn::Type);
        assert_eq!(wrong, ["initializationOptions: `runOn` is \"never\", and must be \"type\" or \"save\""]);
        assert_eq!(Settings::of(Some(&json!([]))).1.len(), 1);
        assert_eq!(Settings::of(None), Settings::of(Some(&Value::Null)));
    }
}
