//! What another tool reported: SARIF of any tool, the JSON of PSRule, Checkov, Trivy and KICS, and PSRule's NUnit.

use serde_json::Value;

/// A report of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TheirReport {
    /// The tool's name.
    pub tool: String,
    /// What it found, in the order of the report.
    pub findings: Vec<TheirFinding>,
}

/// One finding of another tool.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TheirFinding {
    /// The id of its rule or check.
    pub id: String,
    /// What the tool calls it, or says of it; may be empty.
    pub title: String,
    /// The file as the report names it, if it does.
    pub file: Option<String>,
    /// The line, from 1, if the report names one.
    pub line: Option<u64>,
    /// The resource as the report names it, if it does.
    pub resource: Option<String>,
}

/// A report that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// The text is neither.
    #[error("line {line}, column {column}: the report is no JSON ({what}); SARIF, JSON and NUnit's XML are read")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the reader says.
        what: String,
    },
    /// The XML is broken.
    #[error("byte {at}: the report is broken XML ({what})")]
    Xml {
        /// In bytes.
        at: u64,
        /// What the reader says.
        what: String,
    },
    /// It is of no tool that we know.
    #[error(
        "this is no report that can be compared: SARIF, the JSON of PSRule (`-OutputFormat Json`), Checkov (`-o json`), Trivy (`-f json`) and \
         KICS, and PSRule's NUnit are"
    )]
    Kind,
}

/// Reads a report, whatever its format.
///
/// # Errors
/// [`ReportError`] where it is none.
pub fn read(text: &str) -> Result<TheirReport, ReportError> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('<') {
        return nunit(text);
    }
    let json: Value = serde_json::from_str(text).map_err(|e| ReportError::Json {
        line: e.line(),
        column: e.column(),
        what: e.to_string(),
    })?;
    sarif(&json)
        .or_else(|| trivy(&json))
        .or_else(|| checkov(&json))
        .or_else(|| kics(&json))
        .or_else(|| psrule(&json))
        .ok_or(ReportError::Kind)
}

fn string(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned)
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn sarif(json: &Value) -> Option<TheirReport> {
    let runs = json.get("runs")?.as_array()?;
    let driver = |run: &Value, key: &str| string(run.pointer("/tool/driver").and_then(|d| d.get(key)));
    let tool = runs.iter().find_map(|run| driver(run, "name")).unwrap_or_else(|| "the other tool".to_owned());
    let mut findings = Vec::new();
    for run in runs {
        let rules = list(run.pointer("/tool/driver/rules"));
        for result in list(run.get("results")) {
            let fails = result.get("kind").and_then(Value::as_str).is_none_or(|kind| kind == "fail");
            // Accepted findings are none.
            if !fails || !list(result.get("suppressions")).is_empty() {
                continue;
            }
            let index = result.get("ruleIndex").or_else(|| result.pointer("/rule/index")).and_then(Value::as_u64);
            let rule = index.and_then(|i| rules.get(usize::try_from(i).ok()?));
            let id = string(result.get("ruleId")).or_else(|| string(rule?.get("id")));
            let title =
                rule.and_then(|r| string(r.pointer("/shortDescription/text")).or_else(|| string(r.get("name"))));
            let place = result.pointer("/locations/0/physicalLocation");
            let logical = result.pointer("/locations/0/logicalLocations/0");
            findings.push(TheirFinding {
                id: id.unwrap_or_default(),
                title: title.or_else(|| string(result.pointer("/message/text"))).unwrap_or_default(),
                file: string(place.and_then(|p| p.pointer("/artifactLocation/uri"))).map(|uri| path_of(&uri)),
                line: place.and_then(|p| p.pointer("/region/startLine")).and_then(Value::as_u64),
                resource: logical.and_then(|l| string(l.get("fullyQualifiedName")).or_else(|| string(l.get("name")))),
            });
        }
    }
    Some(TheirReport { tool, findings })
}

/// A URI of a SARIF as a path.
fn path_of(uri: &str) -> String {
    let path = uri.strip_prefix("file://").unwrap_or(uri);
    percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned()
}

fn trivy(json: &Value) -> Option<TheirReport> {
    let results = json.get("Results")?.as_array()?;
    let one = |target: &Value, found: &Value| TheirFinding {
        id: string(found.get("ID")).or_else(|| string(found.get("AVDID"))).unwrap_or_default(),
        title: string(found.get("Title")).unwrap_or_default(),
        file: string(target.get("Target")),
        line: found.pointer("/CauseMetadata/StartLine").and_then(Value::as_u64),
        resource: string(found.pointer("/CauseMetadata/Resource")),
    };
    let of = |target: &'_ Value| -> Vec<TheirFinding> {
        let all = list(target.get("Misconfigurations")).iter();
        all.filter(|m| m.get("Status").and_then(Value::as_str) != Some("PASS")).map(|m| one(target, m)).collect()
    };
    Some(TheirReport { tool: "Trivy".to_owned(), findings: results.iter().flat_map(of).collect() })
}

fn checkov(json: &Value) -> Option<TheirReport> {
    // One for each framework, or only one.
    let reports = json.as_array().map(Vec::as_slice).unwrap_or(std::slice::from_ref(json));
    // Where it checked nothing it writes the totals, all of them zero, and nothing else.
    let is_empty = json.get("checkov_version").is_some() && json.get("failed").and_then(Value::as_u64) == Some(0);
    if !is_empty && !reports.iter().any(|r| r.get("check_type").is_some()) {
        return None;
    }
    let one = |found: &Value| TheirFinding {
        id: string(found.get("check_id")).unwrap_or_default(),
        title: string(found.get("check_name")).unwrap_or_default(),
        file: string(found.get("file_path")),
        line: found.pointer("/file_line_range/0").and_then(Value::as_u64),
        resource: string(found.get("resource")),
    };
    let findings = reports.iter().flat_map(|r| list(r.pointer("/results/failed_checks"))).map(one).collect();
    Some(TheirReport { tool: "Checkov".to_owned(), findings })
}

fn kics(json: &Value) -> Option<TheirReport> {
    json.get("kics_version")?;
    let one = |query: &Value, file: &Value| TheirFinding {
        id: string(query.get("query_id")).unwrap_or_default(),
        title: string(query.get("query_name")).unwrap_or_default(),
        file: string(file.get("file_name")),
        line: file.get("line").and_then(Value::as_u64),
        resource: string(file.get("resource_name")),
    };
    let of =
        |query: &'_ Value| -> Vec<TheirFinding> { list(query.get("files")).iter().map(|f| one(query, f)).collect() };
    Some(TheirReport { tool: "KICS".to_owned(), findings: list(json.get("queries")).iter().flat_map(of).collect() })
}

fn psrule(json: &Value) -> Option<TheirReport> {
    let records = json.as_array()?;
    let is_record =
        |r: &Value| r.get("targetName").is_some() && (r.get("ruleName").is_some() || r.get("ruleId").is_some());
    if !records.iter().all(is_record) {
        return None;
    }
    let fails = |r: &&Value| r.get("outcome").and_then(Value::as_str).is_none_or(|o| o.eq_ignore_ascii_case("fail"));
    let one = |r: &Value| {
        let id = string(r.get("ruleName")).or_else(|| string(r.get("ruleId")));
        let source = r.pointer("/source/0");
        TheirFinding {
            id: id.map(|id| bare(&id)).unwrap_or_default(),
            title: string(r.pointer("/info/synopsis")).unwrap_or_default(),
            file: source.and_then(|s| string(s.get("file"))),
            line: source.and_then(|s| s.get("line")).and_then(Value::as_u64),
            resource: string(r.get("targetName")),
        }
    };
    let findings = records.iter().filter(fails).map(one).collect();
    Some(TheirReport { tool: "PSRule".to_owned(), findings })
}

/// `PSRule.Rules.Azure\Azure.Storage.MinTLS` without the module.
fn bare(id: &str) -> String {
    id.rsplit('\\').next().unwrap_or(id).to_owned()
}

/// NUnit as PSRule writes it: a suite for each rule, in it `target -- rule`.
fn nunit(text: &str) -> Result<TheirReport, ReportError> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut findings = Vec::new();
    let mut is_report = false;
    loop {
        let at = reader.buffer_position();
        let wrong = |what: String| ReportError::Xml { at, what };
        match reader.read_event().map_err(|e| wrong(e.to_string()))? {
            Event::Eof => break,
            Event::Start(e) | Event::Empty(e) => match e.local_name().as_ref() {
                "test-results" | "test-run" => is_report = true,
                "test-case" => {
                    let attribute = |name: &str| -> Option<String> {
                        let found = e.try_get_attribute(name).ok().flatten()?;
                        Some(found.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?.into_owned())
                    };
                    let failed = attribute("success").is_some_and(|s| s.eq_ignore_ascii_case("false"))
                        || attribute("result").is_some_and(|r| r.to_ascii_lowercase().starts_with("fail"));
                    let name = attribute("name").unwrap_or_default();
                    if let (true, Some((target, id))) = (failed, name.rsplit_once(" -- ")) {
                        findings.push(TheirFinding {
                            id: bare(id),
                            title: attribute("description").unwrap_or_default(),
                            resource: Some(target.to_owned()),
                            ..TheirFinding::default()
                        });
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
    if is_report { Ok(TheirReport { tool: "PSRule".to_owned(), findings }) } else { Err(ReportError::Kind) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finding(json: Value) -> (String, TheirFinding) {
        let report = read(&json.to_string()).unwrap();
        assert_eq!(report.findings.len(), 1, "{report:?}");
        (report.tool, report.findings[0].clone())
    }

    #[test]
    fn checkov_writes_one_report_or_several() {
        let failed = json!({"check_id": "CKV_AZURE_3", "check_name": "TLS", "file_path": "/a/main.json",
            "file_line_range": [7, 9], "resource": "Microsoft.Storage/storageAccounts.x"});
        let one = json!({"check_type": "arm", "results": {"failed_checks": [failed], "passed_checks": [failed]}});
        let (tool, found) = finding(one.clone());
        assert_eq!((tool.as_str(), found.id.as_str(), found.line), ("Checkov", "CKV_AZURE_3", Some(7)));
        assert_eq!(finding(json!([one, {"check_type": "bicep", "results": {}}])).1, found);
    }

    #[test]
    fn checkov_writes_totals_only_where_it_checked_nothing() {
        let totals = |failed| {
            json!({"passed": 0, "failed": failed, "skipped": 0, "parsing_errors": 0, "resource_count": 0,
                "checkov_version": "3.2.0"})
        };
        let report = read(&totals(0).to_string()).unwrap();
        assert_eq!((report.tool.as_str(), report.findings.len()), ("Checkov", 0));
        assert_eq!(read(&totals(1).to_string()), Err(ReportError::Kind));
    }

    #[test]
    fn trivys_passes_are_no_findings() {
        let found =
            |status| json!({"ID": "AZU-0011", "Title": "t", "Status": status, "CauseMetadata": {"StartLine": 3}});
        let report = json!({"SchemaVersion": 2, "Results": [
            {"Target": "main.json", "Misconfigurations": [found("FAIL"), found("PASS")]}, {"Target": "x"}]});
        let (tool, found) = finding(report);
        assert_eq!((tool.as_str(), found.file.as_deref(), found.line), ("Trivy", Some("main.json"), Some(3)));
    }

    #[test]
    fn sarif_of_any_tool() {
        let place = json!({"physicalLocation": {"artifactLocation": {"uri": "file:///r/a%20b/main.bicep"},
            "region": {"startLine": 4}}, "logicalLocations": [{"name": "st"}]});
        let results = json!([
            {"ruleIndex": 0, "message": {"text": "m"}, "locations": [place]},
            {"ruleId": "p", "kind": "pass", "message": {"text": "m"}},
            {"ruleId": "s", "suppressions": [{"kind": "inSource"}], "message": {"text": "m"}}]);
        let rules = json!([{"id": "AZR-000200", "shortDescription": {"text": "Use TLS"}}]);
        let driver = json!({"name": "PSRule", "rules": rules});
        let (tool, found) = finding(json!({"runs": [{"tool": {"driver": driver}, "results": results}]}));
        assert_eq!((tool.as_str(), found.id.as_str(), found.title.as_str()), ("PSRule", "AZR-000200", "Use TLS"));
        assert_eq!((found.file.as_deref(), found.resource.as_deref()), (Some("/r/a b/main.bicep"), Some("st")));
    }

    #[test]
    fn psrules_own_formats() {
        let record = |outcome| {
            json!({"ruleName": "PSRule.Rules.Azure\\Azure.ACR.Usage", "targetName": "acr",
            "outcome": outcome, "source": [{"file": "main.json", "line": 2}]})
        };
        let (tool, found) = finding(json!([record("Fail"), record("Pass")]));
        assert_eq!((tool.as_str(), found.id.as_str()), ("PSRule", "Azure.ACR.Usage"));
        let xml = r#"<?xml version="1.0"?><test-results><test-suite><results>
            <test-case description="d" name="a &amp; b -- Azure.ACR.Usage" success="False" result="Failure" />
            <test-case description="d" name="c -- Azure.ACR.Usage" success="True" result="Success" />
            </results></test-suite></test-results>"#;
        let report = read(xml).unwrap();
        assert_eq!(report.findings.len(), 1);
        assert_eq!(report.findings[0].resource.as_deref(), Some("a & b"));
    }

    #[test]
    fn kics_names_queries() {
        let (tool, found) = finding(json!({"kics_version": "v2", "queries": [{"query_id": "q", "query_name": "n",
            "files": [{"file_name": "a.json", "line": 5}]}]}));
        assert_eq!((tool.as_str(), found.id.as_str(), found.line), ("KICS", "q", Some(5)));
    }

    #[test]
    fn what_is_no_report_is_told() {
        assert!(matches!(read("{"), Err(ReportError::Json { line: 1, .. })));
        assert_eq!(read("{}"), Err(ReportError::Kind));
        assert_eq!(read("[1]"), Err(ReportError::Kind));
        assert_eq!(read("<html></html>"), Err(ReportError::Kind));
        assert!(matches!(read("<a></b>"), Err(ReportError::Xml { .. })));
    }
}
