//! What a file says of other files, taken down while its syntax is at hand: whoever links files needs no more of it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::read::Span;
use crate::read::bicep::ast::{self, StatementKind};
use crate::read::bicep::{self, is_registry};
use crate::read::json::{Document, Kind as Json, Node};
use crate::source::{absolute, is_json};

/// What a file says of other files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentions {
    /// How a parameter file names its template.
    pub template: Named,
    /// The templates that a template uses (absolute paths): modules, and deployments linked by path, wherever in it they stand.
    pub uses: Vec<PathBuf>,
    /// The parameter files that a template links (absolute paths): what stands as a plain path in `parametersLink.uri`.
    pub values: Vec<PathBuf>,
    /// The text with which a template says that the Bicep compiler wrote it.
    pub compiled: Option<Span>,
}

/// How a parameter file names its template: by `metadata.template`, or by `using`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Named {
    /// It does not.
    #[default]
    Nowhere,
    /// By this text.
    By(String, Span),
    /// It has none of its own: `using none`.
    WithoutOne,
    /// What stands after `using` is no plain string.
    Unclear(Span),
}

impl Named {
    /// Where it does.
    pub fn span(&self) -> Option<Span> {
        match self {
            Named::By(_, span) | Named::Unclear(span) => Some(*span),
            Named::Nowhere | Named::WithoutOne => None,
        }
    }
}

impl Mentions {
    /// Of a JSON file at a path.
    pub fn of_json(document: &Document, path: &Path) -> Self {
        let Some(root) = document.root() else { return Mentions::default() };
        let link = root.get("metadata").and_then(|m| m.get("template")).filter(|link| link.kind() == Json::String);
        let template = link.and_then(|link| Some(Named::By(link.str()?.into_owned(), link.span())));
        let mut mentions =
            Mentions { template: template.unwrap_or_default(), compiled: compiled(root), ..Self::default() };
        for properties in nested(root) {
            mentions.uses.extend(relative_path(properties).map(|link| beside(path, &link)));
            mentions.values.extend(values_path(properties).map(|link| beside(path, &link)));
        }
        mentions
    }

    /// Of a Bicep or Bicep parameter file at a path.
    pub fn of_bicep(file: &bicep::File, path: &Path) -> Self {
        let using =
            file.statements.iter().find_map(|s| if let StatementKind::Using(u) = &s.kind { Some(u) } else { None });
        let module = |s: &ast::Statement| match &s.kind {
            StatementKind::Module(m) => plain_text(&m.path).filter(|p| !is_registry(p)).map(|p| beside(path, p)),
            _ => None,
        };
        let named = |using: &ast::Using| match &using.path {
            None => Named::WithoutOne,
            Some(at) => plain_text(at).map_or(Named::Unclear(at.span), |text| Named::By(text.to_owned(), at.span)),
        };
        Mentions {
            template: using.map(named).unwrap_or_default(),
            uses: file.statements.iter().filter_map(module).collect(),
            values: Vec::new(),
            compiled: None,
        }
    }

    /// Every place.
    pub fn spans(&mut self) -> impl Iterator<Item = &mut Span> {
        let named = match &mut self.template {
            Named::By(_, span) | Named::Unclear(span) => Some(span),
            Named::Nowhere | Named::WithoutOne => None,
        };
        named.into_iter().chain(&mut self.compiled)
    }
}

fn beside(path: &Path, link: &str) -> PathBuf {
    absolute(&path.parent().unwrap_or(Path::new("")).join(link.replace('\\', "/")))
}

fn plain_text(path: &ast::Expr) -> Option<&str> {
    match &path.kind {
        ast::ExprKind::Str(text) => Some(&text.value),
        _ => None,
    }
}

/// What stands as plain text in `templateLink.relativePath`.
fn relative_path(properties: Node<'_>) -> Option<String> {
    let link = properties.get("templateLink")?.get("relativePath")?.str()?;
    (!link.starts_with('[')).then(|| link.into_owned())
}

/// The path in `parametersLink.uri`, which begins where the template lies:
/// `[uri(deployment().properties.templateLink.uri, 'values/prod.json')]`.
fn values_path(properties: Node<'_>) -> Option<String> {
    let uri = properties.get("parametersLink")?.get("uri")?.str()?;
    // Every second piece between quotes is a text.
    let texts = uri.strip_prefix('[')?.split('\'').skip(1).step_by(2);
    let paths = texts.map(|text| text.trim_start_matches('/')).filter(|text| is_json(Path::new(text)));
    paths.last().filter(|path| !path.contains("://")).map(str::to_owned)
}

/// The properties of the resources of a template, wherever in it they stand. Nesting is as deep as the text has it, so nothing recurses.
fn nested(root: Node<'_>) -> Vec<Node<'_>> {
    let mut out = Vec::new();
    let mut todo: Vec<Node<'_>> = root.get("resources").into_iter().collect();
    while let Some(resources) = todo.pop() {
        let each: Vec<Node<'_>> = match resources.kind() {
            Json::Object => resources.members().map(|m| m.value()).collect(),
            _ => resources.items().collect(),
        };
        for resource in each {
            todo.extend(resource.get("resources"));
            let Some(properties) = resource.get("properties") else { continue };
            todo.extend(properties.get("template").and_then(|t| t.get("resources")));
            out.push(properties);
        }
    }
    out
}

fn compiled(root: Node<'_>) -> Option<Span> {
    let generator = root.get("metadata")?.get("_generator")?;
    generator.get("name")?.str()?.eq_ignore_ascii_case("bicep").then(|| generator.span())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Sources;

    fn json(text: &str) -> Mentions {
        Mentions::of_json(&Document::parse(&Sources::new().add("/a/x.json", text)), Path::new("/a/x.json"))
    }

    fn using(text: &str) -> Named {
        let file = bicep::parse_params(&Sources::new().add("/a/x.bicepparam", text));
        Mentions::of_bicep(&file, Path::new("/a/x.bicepparam")).template
    }

    #[test]
    fn compiled_bicep_is_told_by_its_generator() {
        assert!(json(r#"{"metadata": {"_generator": {"name": "Bicep"}}}"#).compiled.is_some());
        assert_eq!(json(r#"{"metadata": {"_generator": {"name": "psarm"}}}"#), Mentions::default());
    }

    #[test]
    fn parameter_files_name_their_template() {
        assert!(
            matches!(json(r#"{"metadata": {"template": "a.json"}}"#).template, Named::By(text, _) if text == "a.json")
        );
        assert_eq!(json(r#"{"metadata": {"template": 1}}"#).template, Named::Nowhere);
        assert!(matches!(using("using './a.bicep'"), Named::By(text, span) if text == "./a.bicep" && span.start == 6));
        assert_eq!(using("using none"), Named::WithoutOne);
        assert_eq!(using("param a = 1"), Named::Nowhere);
        assert!(matches!(using("using '${a}.bicep'"), Named::Unclear(_)));
    }

    #[test]
    fn templates_name_the_parameter_files_that_they_link() {
        let values = |uri: &str| {
            let of = format!(r#"{{"resources": [{{"properties": {{"parametersLink": {{"uri": "{uri}"}}}}}}]}}"#);
            json(&of).values
        };
        assert_eq!(values("[uri(deployment().properties.templateLink.uri, 'v/p.json')]"), [Path::new("/a/v/p.json")]);
        assert_eq!(values("[concat(parameters('a'), '/p.json', parameters('t'))]"), [Path::new("/a/p.json")]);
        assert!(values("https://x/p.json").is_empty() && values("[parameters('p')]").is_empty());
    }

    #[test]
    fn templates_use_what_they_link_by_path() {
        let nested = r#"{"resources": [{"properties": {"template": {"resources": {"a":
            {"resources": [{"properties": {"templateLink": {"relativePath": "..\\b\\c.json"}}}]}}}}},
            {"properties": {"templateLink": {"relativePath": "[variables('v')]"}}}]}"#;
        assert_eq!(json(nested).uses, [Path::new("/b/c.json")]);
        let text = "module a './m/a.bicep' = { name: 'a' }\nmodule b 'br:x/y:1' = { name: 'b' }";
        let file = bicep::parse(&Sources::new().add("/a/x.bicep", text));
        assert_eq!(Mentions::of_bicep(&file, Path::new("/a/x.bicep")).uses, [Path::new("/a/m/a.bicep")]);
    }
}
