//! Declared resources and nested deployments.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::values::{key, string};
use super::{Reader, loops, text};
use crate::diagnostic::Diagnostic;
use crate::model::{
    Builtin, Chosen, Deployment, Expr, ExprKind, Loop, Property, Resource, TemplateRef, is_deployment, is_stack,
};
use crate::nesting;
use crate::read::Span;
use crate::read::json::{Kind, Member, Node, pointer};

impl<'a> Reader<'a> {
    /// The `resources` of a template or of a resource: an array, or an object by symbolic name. What is neither, and items
    /// that are no objects, are errors: Azure refuses the template, and nobody could judge what they mean.
    pub(super) fn resources(&mut self, node: Node<'a>, at: &str) -> Vec<Arc<Resource>> {
        match node.kind() {
            Kind::Array => {
                node.items().enumerate().filter_map(|(i, n)| self.resource(n, None, eco_format!("{at}/{i}"))).collect()
            }
            Kind::Object => node
                .members()
                .filter_map(|m| {
                    let here = eco_format!("{at}/{}", pointer::escape_token(&m.key()));
                    self.resource(m.value(), Some(&m), here)
                })
                .collect(),
            _ => {
                self.misshapen(node, "`resources`", "an array, or an object by symbolic name");
                Vec::new()
            }
        }
    }

    fn resource(&mut self, node: Node<'a>, member: Option<&Member<'_>>, at: EcoString) -> Option<Arc<Resource>> {
        if !matches!(node.kind(), Kind::Object) {
            self.misshapen(node, "a resource", "an object");
            return None;
        }
        self.deeper("resource", node, |this| this.resource_as_written(node, member, at))
    }

    fn resource_as_written(&mut self, node: Node<'a>, member: Option<&Member<'_>>, at: EcoString) -> Arc<Resource> {
        // The first version of the language knows none: there the word must not hide what may be deployed.
        let named = node.get("import").or_else(|| node.get("extension"));
        let extension = self.second && named.is_some_and(|n| !matches!(n.kind(), Kind::Null));
        let type_ = if extension { self.member_or_null(node, "type") } else { self.type_of_azure(node) };
        let is_nested = type_.as_str().is_some_and(|t| is_deployment(t));
        let deployment = match type_.as_str() {
            Some(_) if is_nested => self.deployment(node, &at),
            Some(t) if is_stack(t) => self.stack(node, &at),
            _ => None,
        };
        let deployment = deployment.map(Box::new);
        let named = node.member("name").or_else(|| node.member("type"));
        let place = named.map_or_else(|| start_of(node), Member::key_span);
        let body = self.body(node, is_nested && deployment.is_some());
        // What stands in another resource, or in a template within a template, may see the loops around it.
        let is_outermost = at.strip_prefix("/resources/").is_some_and(|rest| !rest.contains('/'));
        if is_outermost && node.get("copy").is_none() {
            loops::nameless(&body, self.diagnostics);
        }
        Arc::new(Resource {
            symbol: member.map(|m| (m.key().as_ref().into(), m.key_span())),
            existing: self.is_existing(node),
            extension,
            type_,
            api_version: node.get("apiVersion").map(|n| self.value(n)),
            name: self.member_or_null(node, "name"),
            condition: node.get("condition").map(|n| self.value(n)),
            copy: node.get("copy").filter(|n| matches!(n.kind(), Kind::Object)).map(|n| self.resource_copy(n)),
            scope: node.get("scope").map(|n| self.value(n)),
            subscription_id: node.get("subscriptionId").map(|n| self.value(n)),
            resource_group: node.get("resourceGroup").map(|n| self.value(n)),
            depends_on: node.get("dependsOn").map(|n| self.value(n)),
            body,
            children: node
                .get("resources")
                .filter(|r| !matches!(r.kind(), Kind::Null))
                .map(|r| self.resources(r, &eco_format!("{at}/resources")))
                .unwrap_or_default(),
            deployment,
            pointer: at,
            place,
            span: node.span(),
        })
    }

    /// Whether a resource is only referred to. The first version of the language knows no such thing (Bicep's compiler writes `existing` into templates
    /// with symbolic names alone, `TemplateWriter` in Azure/bicep): there the word must not hide what may be deployed.
    fn is_existing(&mut self, node: Node<'_>) -> bool {
        let Some(word) = node.member("existing").filter(|m| matches!(m.value().kind(), Kind::Bool(true))) else {
            return false;
        };
        if !self.second {
            let message = "`existing` means something in templates with symbolic names only (languageVersion 2.0): this resource is judged as one \
                           that is deployed";
            self.diagnostics.push(Diagnostic::warning("template-shape", word.key_span(), message));
        }
        self.second
    }

    /// The type of a resource of Azure: a namespace and types, with slashes between them
    /// (<https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax#resources>). What is written around them no type has; rules
    /// would be about none of it.
    fn type_of_azure(&mut self, node: Node<'_>) -> Expr {
        let mut type_ = self.member_or_null(node, "type");
        if let Some(written) = type_.as_str()
            && let Some(meant) = tidy_type(written)
        {
            let message = format!("Azure has no resource type '{written}'; '{meant}' is judged in its place");
            self.diagnostics.push(Diagnostic::warning("template-shape", type_.span, message));
            type_.kind = ExprKind::Str(meant);
        }
        type_
    }

    fn resource_copy(&mut self, node: Node<'_>) -> Loop {
        Loop {
            name: node.get("name").map(string).unwrap_or_default(),
            count: self.member_or_null(node, "count"),
            input: Expr::new(ExprKind::Null, node.span()),
            span: node.span(),
        }
    }

    /// Everything that is not taken out into a field of [`Resource`].
    fn body(&mut self, node: Node<'_>, is_deployment: bool) -> Expr {
        let mut out = Vec::with_capacity(node.len());
        for m in node.members() {
            let name = m.key();
            let lower = EcoString::from(&*name).to_ascii_lowercase();
            match lower.as_str() {
                "type" | "apiversion" | "name" | "condition" | "scope" | "dependson" | "comments" | "existing"
                | "import" | "extension" => {}
                // Notes of the author (or of Bicep's compiler), which Azure's engine leaves out.
                "metadata" => {}
                "resources" if matches!(m.value().kind(), Kind::Array | Kind::Object | Kind::Null) => {}
                "copy" if matches!(m.value().kind(), Kind::Object) => {}
                "properties" if is_deployment && matches!(m.value().kind(), Kind::Object) => {
                    let value = self.deployment_properties(m.value());
                    out.push(Property { key: key(&m), value });
                }
                _ => out.push(Property { key: key(&m), value: self.value(m.value()) }),
            }
        }
        Expr::new(ExprKind::Object(out), node.span())
    }

    /// The properties of a deployment without its template, which is a template of its own, and without its parameters.
    fn deployment_properties(&mut self, node: Node<'_>) -> Expr {
        let mut out = Vec::new();
        for m in node.members() {
            let name = m.key();
            if !name.eq_ignore_ascii_case("template") && !name.eq_ignore_ascii_case("parameters") {
                out.push(Property { key: key(&m), value: self.value(m.value()) });
            }
        }
        Expr::new(ExprKind::Object(out), node.span())
    }

    fn deployment(&mut self, node: Node<'a>, at: &str) -> Option<Deployment> {
        let properties = node.get("properties")?;
        if matches!(properties.kind(), Kind::String) {
            return self.computed_deployment(node, properties, at);
        }
        let scope = text(properties.get("expressionEvaluationOptions").and_then(|o| o.get("scope")));
        let inner = match scope.map(|s| s.to_ascii_lowercase()).as_deref() {
            Some("inner") => true,
            Some("outer") => false,
            _ => self.second,
        };
        let written = properties.get("template");
        let expression = written.filter(|t| matches!(t.kind(), Kind::String)).map(|t| self.value(t));
        let mut variables = Vec::new();
        expression.iter().for_each(|e| self.template_variables(e, 0, &mut variables));
        // What stands in a variable is read once where it stands, whatever the scope.
        let outer = !variables.is_empty() || !inner;
        let looked_at = match variables.is_empty() {
            true => written.as_slice(),
            false if self.taken <= MOST_TAKEN => &variables,
            false => &[],
        };
        let read = |this: &mut Self| this.template_ref(properties, expression, at);
        let (template, escaped) = self.in_scope(outer, looked_at, read);
        let template = template?;
        let linked = template.inline().is_empty();
        Some(Deployment {
            template,
            parameters: properties.get("parameters").map(|n| self.value(n)),
            plain: false,
            parameters_link: properties.get("parametersLink").map(|n| self.value(n)),
            // A linked template has its own parameters and variables by nature.
            inner: inner || linked || escaped,
            location: node.get("location").map(|n| self.value(n)),
        })
    }

    /// What a deployment stack deploys. To the engine its template is a property like any other: expressions in it are evaluated around
    /// it, unless they are escaped; then they are the template's own. One that has both is not read.
    fn stack(&mut self, node: Node<'a>, at: &str) -> Option<Deployment> {
        let properties = node.get("properties")?;
        let written = properties.get("template").filter(|t| !matches!(t.kind(), Kind::Null));
        let found = match written {
            Some(template) if matches!(template.kind(), Kind::Object) => Expressions::of(&[template]),
            Some(_) => return None,
            None => Expressions { escaped: false, plain: false },
        };
        if found.escaped && found.plain {
            return None;
        }
        let read = |this: &mut Self| this.template_ref(properties, None, at);
        let (template, _) = self.in_scope(true, written.as_slice(), read);
        Some(Deployment {
            template: template?,
            parameters: properties.get("parameters").map(|n| self.value(n)),
            plain: false,
            parameters_link: properties.get("parametersLink").map(|n| self.value(n)),
            inner: !found.plain,
            location: node.get("location").map(|n| self.value(n)),
        })
    }

    /// Reads a nested template, which is one of these, and says whether all of its expressions are escaped (`[[…]`). Where it, or one
    /// around it, is evaluated where it is written (`outer`), they reach the nested deployment with one bracket less: as expressions of
    /// its own.
    /// (Azure's landing zones peer their networks so: Enterprise-Scale, `subscriptionTemplates/vnetPeering.json`.)
    fn in_scope<T>(&mut self, outer: bool, templates: &[Node<'a>], read: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let outside = (self.escaped, self.evaluated_above);
        let escaped = (outer || outside.1) && all_escaped(templates);
        self.escaped |= escaped;
        self.evaluated_above |= outer;
        let read = read(self);
        (self.escaped, self.evaluated_above) = outside;
        (read, escaped)
    }

    /// A deployment whose properties are an expression. Its template is read where the expression only puts together objects, one of
    /// which has a template that is written out.
    fn computed_deployment(&mut self, node: Node<'a>, properties: Node<'a>, at: &str) -> Option<Deployment> {
        let value = self.value(properties);
        let location = node.get("location").map(|n| self.value(n));
        let computed = || TemplateRef::Computed(value.clone());
        // Azure takes one of the two.
        let (template, inner) = match (self.piece(&value, "template", 0), self.piece(&value, "templateLink", 0)) {
            (Some(None), Some(None)) => return None,
            (Some(Some(Piece::Node(template))), _) => {
                let scope = match self.piece(&value, "expressionEvaluationOptions", 0) {
                    Some(Some(Piece::Node(options))) => text(options.get("scope")),
                    Some(Some(Piece::Written(options))) => match self.piece(&options, "scope", 0) {
                        Some(Some(Piece::Written(scope))) => scope.as_str().map(|s| s.to_string()),
                        _ => None,
                    },
                    _ => None,
                };
                let inner = scope.map_or(self.second, |s| s.eq_ignore_ascii_case("inner"));
                let (template, escaped) = self.in_scope(!inner, &[template], |this| this.taken(template, at));
                (template?, inner || escaped)
            }
            _ => (computed(), true),
        };
        let parameters_link = match self.piece(&value, "parametersLink", 0).flatten() {
            Some(Piece::Node(link)) => Some(self.value(link)),
            Some(Piece::Written(link)) => Some(link),
            None => None,
        };
        // What is behind the expression is found when it is evaluated.
        let whole = match value.kind {
            ExprKind::Expression(inner) => *inner,
            _ => value,
        };
        let span = whole.span;
        let key = Expr::new(ExprKind::Str("parameters".into()), span);
        let parameters = Expr::new(ExprKind::Access { base: Box::new(whole), key: Box::new(key), safe: true }, span);
        let parameters = Some(Expr::new(ExprKind::Expression(Box::new(parameters)), span));
        Some(Deployment { template, parameters, plain: false, parameters_link, inner, location })
    }

    /// The member of the object that an expression stands for, if that only puts together objects; `Some(None)` if there is none, and
    /// `None` if that takes evaluating.
    fn piece(&self, e: &Expr, key: &str, depth: usize) -> Option<Option<Piece<'a>>> {
        if !nesting::BEHIND.allows(depth) {
            return None;
        }
        let call = match &e.kind {
            ExprKind::Expression(inner) => return self.piece(inner, key, depth + 1),
            ExprKind::Call(call) if call.namespace.is_none() => call,
            _ => return None,
        };
        match (Builtin::of(call)?, call.args.as_slice()) {
            (Builtin::Variables, [name]) => {
                let object = self.variables?.get(name.as_str()?).filter(|v| matches!(v.kind(), Kind::Object))?;
                let Some(member) = object.get(key) else { return Some(None) };
                let member = self.template_variable(member).unwrap_or(member);
                matches!(member.kind(), Kind::Object).then_some(Some(Piece::Node(member)))
            }
            (Builtin::CreateObject, pairs) => {
                let mut found = None;
                for pair in pairs.chunks(2) {
                    let [name, value] = pair else { return None };
                    if name.as_str()?.eq_ignore_ascii_case(key) {
                        found = Some(self.written_piece(value)?);
                    }
                }
                Some(found)
            }
            (Builtin::ShallowMerge, [Expr { kind: ExprKind::Call(list), .. }])
                if Builtin::of(list) == Some(Builtin::CreateArray) =>
            {
                self.last_piece(&list.args, key, depth)
            }
            (Builtin::Union, parts) => self.last_piece(parts, key, depth),
            _ => None,
        }
    }

    fn written_piece(&self, value: &Expr) -> Option<Piece<'a>> {
        match &value.kind {
            ExprKind::Call(call) if Builtin::of(call) == Some(Builtin::Variables) => {
                let node = self.variables?.get(call.args.first()?.as_str()?)?;
                matches!(node.kind(), Kind::Object).then_some(Piece::Node(node))
            }
            _ => Some(Piece::Written(value.clone())),
        }
    }

    /// The piece of the last of several objects that has it. Where two have it, they may be joined.
    fn last_piece(&self, parts: &[Expr], key: &str, depth: usize) -> Option<Option<Piece<'a>>> {
        let mut found = None;
        for part in parts.iter().rev() {
            match self.piece(part, key, depth + 1)? {
                Some(_) if found.is_some() => return None,
                Some(piece) => found = Some(piece),
                None => {}
            }
        }
        Some(found)
    }

    /// The variable that `"[variables('x')]"` names: how the Bicep compiler writes a template it loaded from a file.
    fn template_variable(&self, node: Node<'a>) -> Option<Node<'a>> {
        let text = node.raw_str()?;
        let name = text.strip_prefix("[variables('")?.strip_suffix("')]")?;
        self.variables?.get(name).filter(|v| matches!(v.kind(), Kind::Object))
    }

    /// The variables of which an expression is one, or of which its conditions choose one: templates of their own.
    fn template_variables(&self, e: &Expr, depth: usize, out: &mut Vec<Node<'a>>) {
        let call = match &e.kind {
            ExprKind::Expression(inner) => return self.template_variables(inner, depth, out),
            ExprKind::Call(call) => call,
            _ => return,
        };
        match (Builtin::of(call), call.args.as_slice()) {
            // A variable may be named again and again.
            (Some(Builtin::Variables), [name]) => {
                let variable = self.object_variable(name);
                out.extend(variable.filter(|v| out.iter().all(|known| known.span() != v.span())));
            }
            (Some(Builtin::If), [_, yes, no]) if nesting::BEHIND.allows(depth) => {
                self.template_variables(yes, depth + 1, out);
                self.template_variables(no, depth + 1, out);
            }
            _ => {}
        }
    }

    fn object_variable(&self, name: &Expr) -> Option<Node<'a>> {
        self.variables?.get(name.as_str()?).filter(|v| matches!(v.kind(), Kind::Object))
    }

    /// The template that an expression is: a variable, or one that a condition chooses.
    fn computed(&mut self, e: &Expr, at: &str, depth: usize) -> Option<TemplateRef> {
        let call = match &e.kind {
            ExprKind::Expression(inner) => return self.computed(inner, at, depth),
            ExprKind::Call(call) => call,
            _ => return Some(TemplateRef::Computed(e.clone())),
        };
        match (Builtin::of(call), call.args.as_slice()) {
            (Some(Builtin::Variables), [name]) => match self.object_variable(name) {
                Some(node) => self.taken(node, at),
                None => Some(TemplateRef::Computed(e.clone())),
            },
            (Some(Builtin::If), [condition, yes, no]) if nesting::BEHIND.allows(depth) => {
                let (yes, no) = (self.computed(yes, at, depth + 1)?, self.computed(no, at, depth + 1)?);
                Some(TemplateRef::Chosen(Box::new(Chosen { condition: condition.clone(), yes, no, whole: e.clone() })))
            }
            _ => Some(TemplateRef::Computed(e.clone())),
        }
    }

    /// `expression` is what `template` is where it is an expression.
    fn template_ref(&mut self, properties: Node<'a>, expression: Option<Expr>, at: &str) -> Option<TemplateRef> {
        if let Some(expression) = expression {
            return match self.computed(&expression, at, 0) {
                Some(TemplateRef::Chosen(chosen)) if chosen.is_computed() => Some(TemplateRef::Computed(expression)),
                Some(TemplateRef::Computed(_)) => Some(TemplateRef::Computed(expression)),
                other => other,
            };
        }
        if let Some(node) = properties.get("template").filter(|n| !matches!(n.kind(), Kind::Null)) {
            if !matches!(node.kind(), Kind::Object) {
                self.misshapen(node, "`template`", "an object");
                return Some(TemplateRef::Missing(node.span()));
            }
            return self.inline(node, at);
        }
        let link = properties.get("templateLink")?;
        if matches!(link.kind(), Kind::String) {
            return Some(TemplateRef::Computed(self.value(link)));
        }
        if let Some(path) = link.get("relativePath") {
            return Some(TemplateRef::Relative(self.value(path)));
        }
        link.get("uri").or_else(|| link.get("id")).map(|n| TemplateRef::Linked(self.value(n)))
    }

    /// A template that stands in a variable.
    fn taken(&mut self, node: Node<'a>, at: &str) -> Option<TemplateRef> {
        let span = node.span();
        let before = self.taken;
        self.taken = before.saturating_add(((span.end - span.start) as usize).max(LEAST_TAKEN));
        if before > MOST_TAKEN {
            return Some(TemplateRef::Missing(span));
        }
        if self.taken > MOST_TAKEN {
            let message = format!(
                "the templates in variables are more than {} MiB, as often as deployments have them; this one is not read, and none after it",
                MOST_TAKEN >> 20
            );
            self.diagnostics.push(Diagnostic::error("evaluation-limit", span, message));
            return Some(TemplateRef::Missing(span));
        }
        self.inline(node, at)
    }

    /// A template that is written in place, in the deployment at `at`.
    fn inline(&mut self, node: Node<'a>, at: &str) -> Option<TemplateRef> {
        if !nesting::TEMPLATE.allows(at.matches("/properties/template").count()) {
            let message =
                format!("this template is nested more than {} levels deep and is not read", nesting::TEMPLATE.levels());
            self.diagnostics.push(Diagnostic::error("nesting-limit", node.span(), message));
            return Some(TemplateRef::Missing(node.span()));
        }
        let here = format!("{at}/properties/template");
        self.template(node, &here).map(|t| TemplateRef::Inline(Arc::new(t)))
    }
}

/// A part of an object that an expression puts together.
enum Piece<'a> {
    /// It stands in the file as an object.
    Node(Node<'a>),
    /// It stands in the expression.
    Written(Expr),
}

/// As many bytes of templates in variables are read: a template of four megabytes, which is as large as Azure takes them, that two
/// deployments have. What is read takes ten times as much memory.
const MOST_TAKEN: usize = 8 << 20;

/// What a template counts at least, however short it is.
const LEAST_TAKEN: usize = 4 << 10;

/// Whether the expressions of templates are all escaped, and there are some.
fn all_escaped(templates: &[Node<'_>]) -> bool {
    let found = Expressions::of(templates);
    found.escaped && !found.plain
}

/// Which expressions there are in the texts of templates.
struct Expressions {
    /// Such as are escaped: `[[…]`.
    escaped: bool,
    /// Such as are not.
    plain: bool,
}

impl Expressions {
    fn of(templates: &[Node<'_>]) -> Self {
        let mut found = Expressions { escaped: false, plain: false };
        let mut open = templates.to_vec();
        while let (Some(n), false) = (open.pop(), found.escaped && found.plain) {
            match n.kind() {
                Kind::String => {
                    let text = n.raw_str().unwrap_or_default();
                    // What does not end with a bracket is no expression.
                    match (text.starts_with('['), text.starts_with("[["), text.ends_with(']')) {
                        (_, true, true) => found.escaped = true,
                        (true, false, true) => found.plain = true,
                        _ => {}
                    }
                }
                Kind::Array => open.extend(n.items()),
                Kind::Object => open.extend(n.members().map(|m| m.value())),
                _ => {}
            }
        }
        found
    }
}

/// A type without blanks around its parts, and without slashes that part nothing; `None` if that is as it is written, or nothing.
fn tidy_type(written: &str) -> Option<EcoString> {
    let is_odd =
        |part: &str| part.is_empty() || part.starts_with(char::is_whitespace) || part.ends_with(char::is_whitespace);
    if !written.split('/').any(is_odd) {
        return None;
    }
    let parts: Vec<&str> = written.split('/').map(str::trim).filter(|part| !part.is_empty()).collect();
    // What only looks like an expression behind a blank is none, and no type.
    Some(parts.join("/").into()).filter(|meant: &EcoString| !meant.is_empty() && !meant.starts_with('['))
}

/// The first character of a node, where there is nothing better to point at.
fn start_of(node: Node<'_>) -> Span {
    let span = node.span();
    Span { end: (span.start + 1).min(span.end), ..span }
}

#[cfg(test)]
mod tests {
    use crate::model::arm::load;
    use crate::read::Sources;
    use crate::read::json::Document;

    #[test]
    fn templates_in_variables_that_double_at_each_level_are_read_within_bounds() {
        let mut text = r#"{"resources": []}"#.to_owned();
        for _ in 0..30 {
            let deployment = r#"{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "d",
                "properties": {"mode": "Incremental", "template": "[variables('t')]"}}"#;
            text = format!(r#"{{"variables": {{"t": {text}}}, "resources": [{deployment}, {deployment}]}}"#);
        }
        let mut diagnostics = Vec::new();
        load(&Document::parse(&Sources::new().add("main.json", text)), &mut diagnostics);
        assert!(matches!(diagnostics.as_slice(), [one] if one.code == "evaluation-limit"));
    }
}
