//! Whether names and passwords that somebody must choose are written into templates.

use crate::check::explain::phrases::show_value;
use crate::check::named::support::declared;
use crate::check::named::support::literals::Literals;
use crate::check::named::support::noted::{self, Said};
use crate::check::named::support::written::Written;
use crate::check::secrets::is_secret;
use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::Value;
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

/// `with: {names: {config: KEY}}`: no resource of the deployment, or of those in it, has a property of such a name with a
/// literal in its value, directly or through variables.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    noted::each(e, s, true, ("literal-property", args), |e, declared| {
        let names = args.iter().find(|(n, _)| n == "names").map_or(Lit::Null, |(_, o)| e.operand(o, s));
        let mut names: Vec<_> = names.items().iter().filter_map(Lit::text).collect();
        // A password is worse than a name: it is told first.
        names.sort_by_key(|n| !is_secret(n));
        let mut out = Vec::new();
        let mut written = Written::new(&declared.scope);
        let mut literals = Literals::new(&declared.scope);
        for (resource, type_) in declared::resources(&declared.template) {
            if type_.eq_ignore_ascii_case("Microsoft.Resources/deployments") {
                continue;
            }
            let found = written.deep(&resource.body, &names).into_iter().filter(|(_, value)| literals.are_in(value));
            for (name, value) in found.filter_map(|(name, value)| Some((names.get(name)?, value))) {
                let words = match value.as_str() {
                    // What is written there is known to whoever reads the file; nobody else learns it from here.
                    _ if is_secret(name) => format!("`{name}` is a password, and it is written into the template"),
                    Some(text) => {
                        format!("`{name}` is written into the template: {}", show_value(&Value::str(text.clone())))
                    }
                    None => format!("`{name}` is written into the template"),
                };
                out.push(Said { words, span: value.span, pointer: resource.pointer.clone() });
            }
        }
        out
    })
}
