//! The rules that a run's results belong to: what an alert's page says besides the message.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use serde_sarif::sarif as s;

use super::limits;
use crate::diagnostic::Level;
use crate::report::cut;
use crate::rules::{Pillar, Rule, Severity};

/// The rules of some findings by id, each once, and where each stands in the list.
pub fn rules<'a>(used: impl Iterator<Item = &'a Rule>) -> (Vec<s::ReportingDescriptor>, HashMap<&'a str, i64>) {
    let mut unique: BTreeMap<&str, &Rule> = BTreeMap::new();
    for rule in used {
        unique.entry(&rule.id).or_insert(rule);
    }
    let index = unique.keys().enumerate().map(|(i, id)| (*id, i as i64)).collect();
    (unique.into_values().map(descriptor).collect(), index)
}

fn descriptor(rule: &Rule) -> s::ReportingDescriptor {
    let text = |text: &str| s::MultiformatMessageString::builder().text(text).build();
    let cut = |text: &str| cut::visible(text, limits::DESCRIPTION).into_owned();
    let synopsis = if rule.synopsis.is_empty() { &rule.title } else { &rule.synopsis };
    let mut properties = BTreeMap::from([
        // The evaluation is exact where it decides at all; what it cannot know is `unknown` and not reported.
        ("precision".to_owned(), json!("high")),
        ("problem.severity".to_owned(), json!(problem(rule.level))),
    ]);
    if let Some(score) = security_severity(rule) {
        properties.insert("security-severity".into(), json!(score));
    }
    s::ReportingDescriptor::builder()
        .id(rule.id.as_str())
        .name(name(rule))
        .short_description(text(&cut(&sentence(&rule.title))))
        .full_description(text(&cut(&sentence(synopsis))))
        .help(help(rule))
        .opt_help_uri((!rule.help_uri.is_empty()).then(|| rule.help_uri.to_string()))
        .default_configuration(s::ReportingConfiguration::builder().level(rule.level.as_str()).build())
        .properties(s::PropertyBag::builder().tags(tags(rule)).additional_properties(properties).build())
        .build()
}

/// `Azure.APIM.HTTPBackend` as `AzureAPIMHTTPBackend`: SARIF wants a name that is readable and not the id.
fn name(rule: &Rule) -> String {
    rule.id.chars().filter(|c| c.is_alphanumeric()).take(limits::NAME).collect()
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

fn help(rule: &Rule) -> s::MultiformatMessageString {
    let mut text = format!("{}\n\n{}\n", rule.title, rule.synopsis);
    let facts = [rule.reference.as_str(), rule.severity.as_str(), rule.pillar.as_str(), &rule.category];
    let facts: Vec<_> = facts.into_iter().filter(|f| !f.is_empty()).collect();
    text.push_str(&format!("\n{}\n", facts.join(" · ")));
    if !rule.help_uri.is_empty() {
        text.push_str(&format!("\nMore: {}\n", rule.help_uri));
    }
    let mut page = rule.help.as_str();
    if page.len() > limits::HELP {
        let end = (0..=limits::HELP).rev().find(|&i| page.is_char_boundary(i));
        page = &page[..end.unwrap_or(0)];
    }
    let markdown = if page.trim().is_empty() { text.clone() } else { page.to_owned() };
    s::MultiformatMessageString::builder().text(text).markdown(markdown).build()
}

/// GitHub's scale for alerts of rules with the tag `security`: above 9.0 critical, from 7.0 high, from 4.0 medium.
fn security_severity(rule: &Rule) -> Option<&'static str> {
    (rule.pillar == Pillar::Security).then_some(match rule.severity {
        Severity::Critical => "9.3",
        Severity::Important => "8.0",
        Severity::Awareness => "5.5",
    })
}

fn problem(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "recommendation",
    }
}

/// What people filter alerts by: the pillar (`security` is the one GitHub knows), the weaknesses (in the spelling that GitHub
/// shows as such), the service, the severity, the reference, the recommendation of the Well-Architected Framework, and as many
/// labels as there is room for.
fn tags(rule: &Rule) -> Vec<String> {
    let slug = |text: &str| {
        let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        words.join("-").to_lowercase()
    };
    let mut tags = vec![slug(rule.pillar.as_str())];
    tags.extend(rule.cwe.iter().map(|cwe| format!("external/cwe/{}", cwe.to_lowercase())));
    tags.extend(["azure".into(), slug(&rule.resource), slug(rule.severity.as_str())]);
    tags.push(rule.reference.to_string());
    tags.push(rule.category.to_string());
    for (label, values) in &rule.labels {
        let label = label.rsplit_once('/').map_or(label.as_str(), |(scheme, _)| scheme);
        tags.extend(values.iter().map(|value| format!("{label}/{value}")));
    }
    let mut seen = std::collections::HashSet::new();
    tags.retain(|tag| {
        // Only a rule of the pillar may carry the tag that makes an alert a security alert.
        let allowed = tag != "security" || rule.pillar == Pillar::Security;
        !tag.is_empty() && allowed && seen.insert(tag.clone())
    });
    tags.truncate(limits::TAGS);
    tags
}
