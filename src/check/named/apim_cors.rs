//! Whether policies of API Management allow everything across origins.

use quick_xml::events::Event;

use crate::check::named::support::policy;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope};
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

/// Looks at the policy document in `properties.value`: no `cors` element may allow `*`.
/// `with: {exists: true}`: there is such an element.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let (text, steps, value) = match policy::document(e, s) {
        Ok(Some(document)) => document,
        Ok(None) => return Truth::from(args.is_empty()),
        Err(unknown) => return unknown,
    };
    let (exists, open) = cors(text);
    if !args.is_empty() {
        return exists.into();
    }
    if open.is_empty() {
        return Truth::True;
    }
    let words = format!("the policy cors has * in {}", open.join(", "));
    e.say(s.node, &steps, Found::Value(value), words, false);
    Truth::False
}

/// The elements of `cors` that list what is allowed.
const LISTS: [(&str, &str); 4] = [
    ("allowed-origins", "origin"),
    ("allowed-methods", "method"),
    ("allowed-headers", "header"),
    ("expose-headers", "header"),
];

/// Whether a document has a `cors` element, and the lists in which one has `*`.
fn cors(text: &str) -> (bool, Vec<&'static str>) {
    let text = policy::without_expressions(text);
    let mut reader = policy::reader(&text);
    let (mut path, mut exists, mut open) = (Vec::<String>::new(), false, Vec::new());
    // A text comes in pieces where comments or characters such as `&#42;` are in it.
    let mut said = String::new();
    loop {
        let event = reader.read_event();
        if matches!(event, Ok(Event::Start(_) | Event::Empty(_) | Event::End(_) | Event::Eof) | Err(_)) {
            if said.trim() == "*" {
                open.extend(list(&path));
            }
            said.clear();
        }
        match event {
            Ok(Event::Start(t)) => {
                path.push(t.name().as_ref().to_ascii_lowercase());
                exists |= path.last().is_some_and(|n| n == "cors");
            }
            Ok(Event::Empty(t)) => exists |= t.name().as_ref().eq_ignore_ascii_case("cors"),
            Ok(Event::End(_)) => {
                path.pop();
            }
            Ok(Event::Text(t)) => said.push_str(&t),
            Ok(Event::CData(t)) => said.push_str(&t),
            // What is no character is some other text.
            Ok(Event::GeneralRef(r)) => said.push(r.resolve_char_ref().ok().flatten().unwrap_or('&')),
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    open.dedup();
    (exists, open)
}

/// The list of `cors` that an element is an item of; items stand in their list or directly in `cors`.
fn list(path: &[String]) -> Option<&'static str> {
    let path: Vec<&str> = path.iter().rev().take(3).map(String::as_str).collect();
    LISTS.iter().find_map(|(list, item)| match path.as_slice() {
        [last, parent, "cors"] if last == item && parent == list => Some(*list),
        [last, "cors", ..] if last == item => Some(*list),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::cors;

    #[test]
    fn wildcards_of_cors() {
        let policy = |inner: &str| format!("<policies><inbound>{inner}</inbound></policies>");
        let all = "<cors><allowed-origins>\n<origin> * </origin><origin>*</origin></allowed-origins>\
                   <expose-headers><header>*</header></expose-headers></cors>";
        assert_eq!(cors(&policy(all)), (true, vec!["allowed-origins", "expose-headers"]));
        for star in ["&#42;", "&#x2A;", "<![CDATA[*]]>", "<!-- all -->*", "\n&#42;\n"] {
            let text = format!("<cors><allowed-origins><origin>{star}</origin></allowed-origins></cors>");
            assert_eq!(cors(&policy(&text)), (true, vec!["allowed-origins"]), "{star}");
        }
        let two = "<cors><allowed-origins><origin>*&#42;</origin><origin>&amp;*</origin></allowed-origins></cors>";
        assert_eq!(cors(&policy(two)), (true, vec![]));
        let named = "<cors><allowed-origins><origin>https://*.example.com</origin></allowed-origins></cors>";
        assert_eq!(cors(&policy(named)), (true, vec![]));
        assert_eq!(cors(&policy("<ip-filter><origin>*</origin></ip-filter>")), (false, vec![]));
        assert_eq!(cors("no <XML"), (false, vec![]));
    }

    #[test]
    fn wildcards_behind_code() {
        let all = [
            r#"<set-variable name="a" value="@(context.Request.Url.Path.Replace(")", ""))" />"#,
            r#"<set-body>@{ return "<!-- "; }</set-body>"#,
            r#"<set-body>@{ return "<![CDATA["; }</set-body>"#,
            r#"<set-body>@("<?xml ")</set-body>"#,
            r#"<set-header name="X"><value>Bearer @(context.Variables["a<b"])</value></set-header>"#,
        ];
        for before in all {
            let text = format!(
                "<policies><inbound>{before}<cors><allowed-origins><origin>*</origin></allowed-origins></cors></inbound></policies>"
            );
            assert_eq!(cors(&text), (true, vec!["allowed-origins"]), "{before}");
        }
    }
}
