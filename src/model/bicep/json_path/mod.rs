//! JSONPath, as the compiler's library (Newtonsoft's `SelectTokens`) takes it in `loadJsonContent` and `loadYamlContent`.
//!
//! A path is read once, with all its filters, and then followed through values.

mod expression;
mod filter;
mod step;
mod written;

use std::cell::Cell;

use serde_json::Value as Json;

use crate::model::{Expr, ExprKind};
use step::Steps;

/// A value that a path leads through.
pub(super) trait Tree: Sized {
    /// The items of an array.
    fn items(&self) -> Option<&[Self]>;
    /// The members of an object, in order; none of anything else.
    fn members(&self) -> Vec<(&str, &Self)>;
    /// A value without parts.
    fn scalar(&self) -> Option<Scalar<'_>>;

    /// The values in an array or object.
    fn below(&self) -> Vec<&Self> {
        match self.items() {
            Some(items) => items.iter().collect(),
            None => self.members().into_iter().map(|(_, v)| v).collect(),
        }
    }

    /// A member by its exact name.
    fn named(&self, name: &str) -> Option<&Self> {
        self.members().into_iter().rev().find(|(k, _)| *k == name).map(|(_, v)| v)
    }
}

/// What filters compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scalar<'v> {
    Null,
    Bool(bool),
    Number(f64),
    Text(&'v str),
}

impl Tree for Expr {
    fn items(&self) -> Option<&[Self]> {
        if let ExprKind::Array(items) = &self.kind { Some(items) } else { None }
    }

    fn members(&self) -> Vec<(&str, &Self)> {
        let members = self.as_object().unwrap_or_default();
        members.iter().filter_map(|p| Some((p.key.as_str()?.as_str(), &p.value))).collect()
    }

    fn scalar(&self) -> Option<Scalar<'_>> {
        Some(match &self.kind {
            ExprKind::Null => Scalar::Null,
            ExprKind::Bool(b) => Scalar::Bool(*b),
            ExprKind::Int(i) => Scalar::Number(*i as f64),
            ExprKind::Float(f) => Scalar::Number(*f),
            ExprKind::Str(s) => Scalar::Text(s),
            _ => return None,
        })
    }
}

impl Tree for Json {
    fn items(&self) -> Option<&[Self]> {
        self.as_array().map(Vec::as_slice)
    }

    fn members(&self) -> Vec<(&str, &Self)> {
        self.as_object().into_iter().flatten().map(|(k, v)| (k.as_str(), v)).collect()
    }

    fn scalar(&self) -> Option<Scalar<'_>> {
        Some(match self {
            Json::Null => Scalar::Null,
            Json::Bool(b) => Scalar::Bool(*b),
            Json::Number(n) => Scalar::Number(n.as_f64()?),
            Json::String(s) => Scalar::Text(s),
            _ => return None,
        })
    }
}

/// The most values that one path may lead through: `$..*..*..*` goes through some of them again and again.
const MOST_VISITS: usize = 1_000_000;

/// How many values a path has led through.
#[derive(Default)]
struct Visits(Cell<usize>);

impl Visits {
    /// Counts some more; false if they are too many.
    fn take(&self, more: usize) -> bool {
        self.0.set(self.0.get().saturating_add(more));
        self.0.get() <= MOST_VISITS
    }
}

/// All values at a path, in document order, and how many it led through.
///
/// # Errors
/// What is not understood of the path, or that it leads through too many values.
pub(super) fn select<'v, T: Tree>(value: &'v T, path: &str) -> Result<(Vec<&'v T>, usize), String> {
    let visits = Visits::default();
    let found = Steps::of(path, &visits)?.from(value, value, &visits);
    if !visits.take(0) {
        return Err(format!("'{path}' leads through more than {MOST_VISITS} values"));
    }
    Ok((found, visits.0.get()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(path: &str) -> String {
        let value =
            json!({"a": [{"n": "x", "v": 1}, {"n": "y", "v": 2, "on": true}, {"n": "z.[", "v": 3}], "b c": {"v": 4}});
        match select(&value, path) {
            Ok((found, _)) => serde_json::to_string(&found).unwrap(),
            Err(why) => why,
        }
    }

    #[test]
    fn paths_lead_where_the_compiler_looks() {
        assert_eq!(at("$.a[0].n"), r#"["x"]"#);
        assert_eq!(at("a[1].v"), "[2]");
        assert_eq!(at(".a[*].v"), "[1,2,3]");
        assert_eq!(at("$['b c'].v"), "[4]");
        assert_eq!(at("$..v"), "[1,2,3,4]");
        assert_eq!(at("$.a[-1:].v"), "[3]");
        assert_eq!(at("$.a[0,2].v"), "[1,3]");
        assert_eq!(at("$.a[::-1].v"), "[3,2,1]");
        assert_eq!(at("$.A"), "[]");
    }

    #[test]
    fn a_path_that_leads_through_too_much_is_refused() {
        let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(select(&deep, "$..*").map(|(found, _)| found.len()), Ok(100));
        let why = select(&deep, "$..*..*..*..*..*..*").unwrap_err();
        assert!(why.contains("leads through more than"), "{why}");
        let wide = json!((0..2_000).map(|i| json!({"v": i})).collect::<Vec<_>>());
        assert!(select(&wide, "$[?(@.v == 5)]").is_ok());
    }

    #[test]
    fn filters_choose_items() {
        assert_eq!(at("$.a[?(@.n == 'y')].v"), "[2]");
        assert_eq!(at("$.a[?(@.n == 'z.[')].v"), "[3]");
        assert_eq!(at("$.a[?(@.on)].n"), r#"["y"]"#);
        assert_eq!(at("$.a[?(@.v >= 2 && @.n != 'y')].v"), "[3]");
        assert_eq!(at("$.a[?(@.v < 2 || @.on == true)].v"), "[1,2]");
        assert_eq!(at("$.a[?(@.n <> 'y')].v"), "[1,3]");
        assert_eq!(at("$.a[?(@.n<>'y' && @.v <> 3)].v"), "[1]");
        assert_eq!(at("$.a[?(@ <> 1)].v"), "[1,2,3]");
        // Without precedence, as the library has it.
        assert_eq!(at("$.a[?(@.v == 9 && @.v == 9 || @.v == 1)].v"), "[]");
        assert_eq!(at("$.a[?(@.v == 1 || @.v == 2 && @.on)].v"), "[1,2]");
        assert_eq!(at("$.a[?(@.v < $.a[1].v)].v"), "[1]");
        assert_eq!(at("$[?(@[?(@.on)])]..v"), "[1,2,3]");
        assert_eq!(at("$.a[0"), "a bracket is not closed in '$.a[0'");
    }

    #[test]
    fn long_filters_are_read_once() {
        let value = json!((0..2_000).map(|i| json!({"v": i})).collect::<Vec<_>>());
        let many = vec!["@.v == 1999"; 2_000].join(" || ");
        assert!(select(&value, &format!("$[?({many})]")).is_err());
        let deep = format!("$[?({}@.v{})]", "@[?(".repeat(5_000), ")]".repeat(5_000));
        assert!(select(&value, &deep).unwrap_err().ends_with("is not understood"));
    }

    #[test]
    fn filters_match_regular_expressions() {
        assert_eq!(at("$.a[?(@.n =~ /X/i)].v"), "[1]");
        assert_eq!(at("$.a[?(@.n =~ /X/)].v"), "[]");
        assert_eq!(at(r"$.a[?(@.n =~ /^[x-y]$|\//)].v"), "[1,2]");
        assert_eq!(at(r"$.a[?(@.n=~/\.\[/ || @.n =~ '/^(x&&|x)$/')].v"), "[1,3]");
        assert_eq!(at("$.a[?(@.v =~ /1/)].v"), "[]");
        assert!(at("$.a[?(@.n =~ /x)].v").starts_with("a bracket is not closed"));
        assert_eq!(at(r"$.a[?(@.n =~ /^[\w-]+$/i)].v"), "[1,2]");
        for refused in ["/(?=x)/", "/(x)\\1/", "/[a-z-[x]]/", "x", "@.n", "1", "/(?:[a-z]{1000}){1000}/", "/a/ =~ /b/"]
        {
            let path = format!("$.a[?(@.n =~ {refused})].v");
            assert!(at(&path).ends_with("is not understood"), "{path}: {}", at(&path));
        }
    }

    #[test]
    fn regular_expressions_cost_what_they_take() {
        let long = json!([{"n": "a".repeat(600_000)}, {"n": "a".repeat(600_000)}]);
        let why = select(&long, "$[?(@.n =~ /(a|aa)+b/)]").unwrap_err();
        assert!(why.contains("leads through more than"), "{why}");
        let many: Vec<String> = (0..200).map(|i| format!("@.n =~ /{i}/")).collect();
        assert!(select(&json!([]), &format!("$[?({})]", many.join(" || "))).is_err());
    }
}
