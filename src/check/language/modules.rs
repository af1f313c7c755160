//! Modules: names they do not need, files that are not there or have errors.

use super::others::Found;
use super::scope::Kind;
use super::{Context, Edit};
use crate::read::Span;
use crate::read::bicep::ast::{Key, Name, ObjectItem};

pub fn check(c: &Context<'_>) {
    for (i, d) in c.scope.declarations.iter().enumerate() {
        let path = match d.kind {
            Kind::Module(m) => &m.path,
            Kind::Imported(import) | Kind::Wildcard(import) => &import.path,
            _ => continue,
        };
        match c.others.find(path) {
            Found::NotRestored => {
                let message = format!(
                    "The module `{}` is not in the module cache. Run `armlint restore`, or `bicep restore`.",
                    c.slice(path.span).trim_matches('\'')
                );
                c.say("BCP190", path.span, message);
                // Only what looks into it needs it.
                let looks = |name: &&&Name| {
                    c.source()
                        .text()
                        .get(name.span.end as usize..)
                        .is_some_and(|rest| rest.starts_with(['.', '[', '!']))
                };
                for name in c.scope.uses.get(i).into_iter().flatten().filter(looks) {
                    let message = format!("`{}` cannot be looked into: its module is not restored.", name.text);
                    c.say("BCP062", name.span, message);
                }
            }
            Found::File(_) if c.others.has_errors(path) => {
                let message = "The file that is used here has errors. Correct those first.";
                c.say("BCP104", path.span, message);
            }
            _ => {}
        }
        if let Kind::Module(m) = d.kind
            && let Some(object) = &m.body.object
        {
            let named = object.items.iter().position(
                |item| matches!(item, ObjectItem::Property(p) if matches!(&p.key, Key::Name(n) if n.text == "name")),
            );
            if let Some(ObjectItem::Property(p)) = named.and_then(|at| object.items.get(at)) {
                let message = format!(
                    "The module `{}` is given a name. It needs none: without it, each deployment gets a name of its own.",
                    m.name.text
                );
                match line_of(c, p.span) {
                    Some(span) => {
                        let description = "remove the name".to_owned();
                        c.mend(
                            "no-module-name",
                            p.span,
                            message,
                            Edit { span, text: String::new(), description, safe: false },
                        );
                    }
                    None => c.say("no-module-name", p.span, message),
                }
            }
        }
    }
}

/// The lines that a part of the text has to itself.
pub fn line_of(c: &Context<'_>, span: Span) -> Option<Span> {
    let text = c.source().text();
    let before = text.get(..span.start as usize)?;
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    let after = text.get(span.end as usize..)?;
    let end = after.find('\n')? + 1;
    let alone = before.get(start..)?.trim().is_empty() && after.get(..end)?.trim().is_empty();
    alone.then(|| Span { start: start as u32, end: span.end + end as u32, ..span })
}
