//! Whether standard output is coloured.

use clap::ValueEnum;

/// `--color`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// Where a person looks at it
    #[default]
    Auto,
    /// Also in a file or pipe
    Always,
    /// Nowhere
    Never,
}

impl Color {
    /// Whether there are colours. The option wins; then `NO_COLOR`, `FORCE_COLOR` and `CLICOLOR_FORCE`, `CLICOLOR`, each as
    /// its convention (no-color.org, force-color.org, bixense.com/clicolors) has it; then what standard output is.
    pub fn is_on(self, variable: impl Fn(&str) -> Option<String>, terminal: bool) -> bool {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        match self {
            Color::Always => return true,
            Color::Never => return false,
            Color::Auto => {}
        }
        if set("NO_COLOR").is_some() {
            return false;
        }
        let forced = [set("FORCE_COLOR"), set("CLICOLOR_FORCE")];
        match forced.iter().flatten().map(|value| value != "0" && value != "false").reduce(|a, b| a || b) {
            Some(forced) if forced => true,
            _ if !terminal || set("CLICOLOR").as_deref() == Some("0") => false,
            // The value of `FORCE_COLOR` is a number of colours for some programs, and none is one of them.
            _ if set("FORCE_COLOR").is_some_and(|value| value == "0" || value == "false") => false,
            _ => set("TERM").as_deref() != Some("dumb"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_wins_over_the_environment_and_that_over_the_stream() {
        let is_on = |color: Color, variables: &str, terminal| {
            let all: Vec<_> = variables.split(' ').filter_map(|v| v.split_once('=')).collect();
            color.is_on(|name| all.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()), terminal)
        };
        for (variables, pipe, terminal) in [
            ("", false, true),
            ("NO_COLOR=1", false, false),
            ("NO_COLOR=", false, true),
            ("FORCE_COLOR=1", true, true),
            ("FORCE_COLOR=0", false, false),
            ("CLICOLOR_FORCE=1", true, true),
            ("CLICOLOR_FORCE=0", false, true),
            ("CLICOLOR=0", false, false),
            ("CLICOLOR=1", false, true),
            ("CLICOLOR=0 CLICOLOR_FORCE=1", true, true),
            ("NO_COLOR=1 FORCE_COLOR=1", false, false),
            ("TERM=dumb", false, false),
            ("TERM=dumb FORCE_COLOR=1", true, true),
        ] {
            assert_eq!(
                (is_on(Color::Auto, variables, false), is_on(Color::Auto, variables, true)),
                (pipe, terminal),
                "{variables}"
            );
            assert!(is_on(Color::Always, variables, false) && !is_on(Color::Never, variables, true), "{variables}");
        }
    }
}
