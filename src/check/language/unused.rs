//! Declarations that nothing in the file uses.

use super::descriptions::named;
use super::scope::{Declaration, Kind};
use super::{Context, Edit};
use crate::read::Span;
use crate::read::bicep::ast::{Import, Imported, Name, StatementKind};

pub fn check(c: &Context<'_>) {
    for d in &c.scope.declarations {
        let exported = || named(d.decorators, "export").is_some();
        let found = match d.kind {
            _ if d.used || d.parent.is_some() => None,
            Kind::Param(_) => Some(("no-unused-params", "parameter")),
            Kind::Var(_) if !exported() => Some(("no-unused-vars", "variable")),
            Kind::Type(_) if !exported() => Some(("no-unused-types", "type")),
            Kind::Resource(r) if r.existing.is_some() => {
                let holds = r.body.object.as_ref().is_some_and(|o| o.resources().next().is_some());
                (!holds).then_some(("no-unused-existing-resources", "existing resource"))
            }
            // What cannot be imported is another mistake.
            Kind::Imported(import) | Kind::Wildcard(import) if c.others.has_errors(&import.path) => None,
            Kind::Imported(import) if !is_exported(c, import, d.name) => None,
            Kind::Imported(_) | Kind::Wildcard(_) => Some(("no-unused-imports", "import")),
            _ => None,
        };
        let Some((code, what)) = found else { continue };
        let name = &d.name.text;
        let message = format!("The {what} `{name}` is declared and not used. Remove it, or use it.");
        match whole(c, d) {
            Some(span) => {
                let description = format!("remove the {what} `{name}`");
                c.mend(
                    code,
                    d.name.span,
                    message,
                    Edit { span, text: String::new(), description, safe: code != "no-unused-params" },
                );
            }
            None => c.say(code, d.name.span, message),
        }
    }
}

/// Whether the other file exports what is imported under this name, as far as that is known.
fn is_exported(c: &Context<'_>, import: &Import, local: &Name) -> bool {
    let Imported::Items(items) = &import.what else { return true };
    // They stand in order.
    let item = items.get(items.partition_point(|i| i.local().span.start < local.span.start));
    item.zip(c.others.exports(&import.path)).is_none_or(|(item, exported)| exported.contains(&item.name.text))
}

/// The lines of a declaration, with the end of the last; nothing if an import brings more than this one.
fn whole(c: &Context<'_>, d: &Declaration<'_>) -> Option<Span> {
    let statement = c.file().statements.get(d.statement)?;
    if let StatementKind::Import(import) = &statement.kind
        && let Imported::Items(items) = &import.what
        && items.len() > 1
    {
        return None;
    }
    let text = c.source().text();
    let after = text.get(statement.span.end as usize..)?;
    let rest = after.find('\n').map_or(after.len(), |i| i + 1);
    // Something else on the line stays.
    let blank = after.get(..rest)?.trim().is_empty();
    Some(Span { end: statement.span.end + if blank { rest as u32 } else { 0 }, ..statement.span })
}
