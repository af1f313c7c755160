//! How deep input may nest: one table of bounds, and the one question that every walk by recursion asks before it goes a level
//! further. Whoever is refused says so where something is lost by it; a text of a stranger never takes the stack.

/// The bytes of stack below which no walk goes further, whatever its bound: what runs between two questions needs less.
const RESERVE: usize = 128 << 10;

/// The most levels of one kind of nesting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound(usize);

impl Bound {
    /// Whether a walk that stands so many levels down may go one further: the bound allows it, and the stack has room.
    pub fn allows(self, depth: usize) -> bool {
        depth < self.0 && has_room()
    }

    /// The number of levels, for messages and for walks that count down.
    pub const fn levels(self) -> usize {
        self.0
    }
}

/// Whether the stack has room for another level, of walks whose bound is a setting.
pub fn has_room() -> bool {
    stacker::remaining_stack().is_none_or(|left| left > RESERVE)
}

/// Syntax of a Bicep file: no path to a leaf of its tree is longer. Nothing among 2,800 real files is deeper than 18, and at 100
/// the parser stays within the 2 MiB of a thread even when it is not optimised.
pub const BICEP_SYNTAX: Bound = Bound(100);
/// Calls and accesses in one template expression. The engine refuses expressions far below it (24,576 characters).
pub const EXPRESSION: Bound = Bound(250);
/// Values in a JSON file that is read into a template. Azure itself allows no such depth.
pub const JSON_VALUE: Bound = Bound(150);
/// JSON values that are taken as they stand: exported resources, and files for rules about files.
pub const JSON_AS_WRITTEN: Bound = Bound(256);
/// What the function `json` reads.
pub const JSON_TEXT: Bound = Bound(64);
/// Templates in the text of one template.
pub const TEMPLATE: Bound = Bound(64);
/// Templates in the values of a deployment that is written in Bicep.
pub const TEMPLATE_IN_VALUE: Bound = Bound(16);
/// Deployments within deployments: a template that deploys itself ends here. Azure names no bound for modules.
pub const DEPLOYMENT: Bound = Bound(128);
/// Expressions of Bicep definitions that stand in one another.
pub const DEFINITION_TEXT: Bound = Bound(400);
/// Bicep variables, functions and types that name one another; each level is a dozen calls of the lowering.
pub const DEFINITION: Bound = Bound(250);
/// Types in one another.
pub const TYPE: Bound = Bound(64);
/// Definitions that only name another one, on the way to what they stand for.
pub const ALIAS: Bound = Bound(16);
/// Expressions that are looked behind, on the way to the literal that they stand for.
pub const BEHIND: Bound = Bound(48);
/// Expressions in one another while they are evaluated, through variables, functions and deployments.
pub const EVALUATION: Bound = Bound(220);
/// Arrays and objects in one another in a value that is made.
pub const VALUE: Bound = Bound(300);
/// Residuals in one another, when what is known is put into them.
pub const RESIDUAL: Bound = Bound(200);
/// Parts of an undecided text.
pub const TEXT: Bound = Bound(60);
/// Parts of an undecided name or id.
pub const IDENTITY: Bound = Bound(32);
/// Values and types in which secrets are looked for; no reader makes deeper ones.
pub const SECRET: Bound = Bound(512);
/// Resources that are written out to be compared.
pub const WRITTEN_OUT: Bound = Bound(400);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_ends_at_its_bound() {
        assert!(TYPE.allows(63));
        assert!(!TYPE.allows(64));
    }

    #[test]
    fn a_walk_ends_where_the_stack_does() {
        fn down(depth: usize) -> usize {
            let taken = std::hint::black_box([depth; 64]);
            if Bound(usize::MAX).allows(depth) { down(depth + 1) } else { taken[0] }
        }
        let reached = std::thread::Builder::new().stack_size(2 << 20).spawn(|| down(0)).unwrap().join().unwrap();
        assert!(reached > 100, "{reached}");
    }
}
