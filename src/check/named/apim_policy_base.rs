//! Whether every section of an API Management policy inherits from the scope above it.

use quick_xml::events::Event;

use crate::check::named::support::policy;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope};
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

const SECTIONS: [&str; 4] = ["inbound", "backend", "outbound", "on-error"];

/// Looks at the policy document in `properties.value`: each section must be there and hold `<base />`.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let (text, steps, value) = match policy::document(e, s) {
        Ok(Some(document)) => document,
        Ok(None) => return Truth::True,
        Err(unknown) => return unknown,
    };
    let wanting = without_base(text);
    if wanting.is_empty() {
        return Truth::True;
    }
    let words = format!("the policy has no <base /> in {}", wanting.join(", "));
    e.say(s.node, &steps, Found::Value(value), words, false);
    Truth::False
}

/// The sections of a policy document that are missing or lack `<base />`.
fn without_base(text: &str) -> Vec<&'static str> {
    let text = policy::without_expressions(text);
    let mut reader = policy::reader(&text);
    let mut path: Vec<String> = Vec::new();
    let (mut seen, mut based, mut policies) = ([false; 4], [false; 4], false);
    loop {
        let (name, open) = match reader.read_event() {
            Ok(Event::Start(t)) => (t.name().as_ref().to_ascii_lowercase(), true),
            Ok(Event::Empty(t)) => (t.name().as_ref().to_ascii_lowercase(), false),
            Ok(Event::End(_)) => {
                path.pop();
                continue;
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => continue,
        };
        policies |= name == "policies";
        let section = |n: &str| SECTIONS.iter().position(|s| *s == n);
        match (path.last().map(String::as_str), section(&name)) {
            (Some("policies"), Some(i)) => seen[i] = true,
            (Some(parent), _) if name == "base" => {
                if let Some(i) = section(parent) {
                    based[i] = true;
                }
            }
            _ => {}
        }
        if open {
            path.push(name);
        }
    }
    // A document without policies (a fragment, a link) is none of this rule's business.
    if !policies {
        return Vec::new();
    }
    (0..4).filter(|&i| !seen[i] || !based[i]).map(|i| SECTIONS[i]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_without_base() {
        let all = "<policies><inbound><base/><ip-filter/></inbound><backend><base /></backend><outbound><base></base></outbound><on-error><base/></on-error></policies>";
        assert!(without_base(all).is_empty());
        let some =
            "<policies>\r\n<inbound>\r\n</inbound><backend><base/></backend><outbound><base/></outbound></policies>";
        assert_eq!(without_base(some), ["inbound", "on-error"]);
        assert!(without_base("no XML at all <").is_empty());
    }

    #[test]
    fn expressions_do_not_break_the_document() {
        let text = r#"<policies><inbound><base /><choose><when condition="@(context.X["a"] < 1 && true)"><base /></when></choose></inbound><backend><base/></backend><outbound><base/></outbound><on-error><base/></on-error></policies>"#;
        assert!(without_base(text).is_empty());
    }

    #[test]
    fn what_is_code_is_no_element() {
        let all = [
            r#"<set-body>@(context.Request.Body.As<JObject>(true)["order"].ToString())</set-body>"#,
            r#"<set-body>@{ var l = new List<string>(); return a <b ? "x" : "y"; }</set-body>"#,
            r#"<set-body template="liquid">{% if a < b %} x {% endif %}</set-body>"#,
            r#"<set-variable name="a" value = "@(context.Request.Url.Path.Replace(")", ""))" />"#,
            r#"<set-variable name="a" value=" @(1 < 2)" />"#,
        ];
        for inner in all {
            let text = format!(
                "<policies><inbound>{inner}<base /></inbound><backend><base/></backend><outbound><base/></outbound><on-error><base/></on-error></policies>"
            );
            assert!(without_base(&text).is_empty(), "{inner}");
        }
    }
}
