//! Whether functions and decorators get arguments of the right types.
//!
//! A function of the language has one or several ways to be called. If none fits, the compiler blames the argument at which the best of them
//! fails, and the call as a whole if they all fail at the same one.

use super::bodies::{self, put};
use super::fits::{Fits, Role};
use super::kinds::Ty;
use super::scope::{Kind, Meaning};
use super::shapes::{Fixed, Takes};
use super::walk::{self, Node, bare};
use super::{Context, descriptions};
use crate::model::bicep::type_reference::is_reference;
use crate::read::bicep::ast::{ArrayItem, Decorator, Expr, ExprKind, Func, Param, StatementKind, Type, TypeKind};

/// What a parameter of a function takes.
#[derive(Clone, Copy)]
enum Wants {
    Anything,
    Text,
    Int,
    Array,
    Object,
    /// An array of arrays.
    Arrays,
    /// An array of texts, numbers and truths.
    Scalars,
    /// An array of numbers.
    Ints,
    TextOrInt,
    /// A text, a number, or `true` or `false`.
    Scalar,
    TextOrObject,
    TextOrArray,
    /// What can be empty.
    Filled,
    /// The name of an encoding.
    Encoding,
    /// A lambda with so many parameters, of which it can leave out the last ones, and what it returns.
    Lambda(usize, usize, Gives),
}

/// What a lambda has to return.
#[derive(Clone, Copy)]
enum Gives {
    Anything,
    Bool,
    Text,
}

use Wants::*;

/// One way to call a function: what it needs, what can be left out, and whether the last can be repeated.
struct Way {
    name: &'static str,
    needs: &'static [Wants],
    more: &'static [Wants],
    repeats: bool,
}

const fn way(name: &'static str, needs: &'static [Wants], more: &'static [Wants]) -> Way {
    Way { name, needs, more, repeats: false }
}

const fn many(name: &'static str, needs: &'static [Wants]) -> Way {
    Way { name, needs, more: &[], repeats: true }
}

/// For each item of an array, and perhaps its position.
const EACH: Wants = Lambda(1, 2, Gives::Anything);
/// The same for one item alone.
const ONE: Wants = Lambda(1, 1, Gives::Anything);
/// The name that an item goes by.
const NAMED: Wants = Lambda(1, 1, Gives::Text);

/// The functions of the language that say which types they take, in the order of their names.
const WAYS: &[Way] = &[
    way("base64", &[Text], &[]),
    way("base64ToJson", &[Text], &[]),
    way("base64ToString", &[Text], &[]),
    way("buildUri", &[Object], &[]),
    way("cidrHost", &[Text, Int], &[]),
    way("cidrSubnet", &[Text, Int, Int], &[]),
    many("concat", &[Array]),
    many("concat", &[Scalar]),
    way("contains", &[Object, Text], &[]),
    way("contains", &[Array, Anything], &[]),
    way("contains", &[Text, Text], &[]),
    way("dataUriToString", &[Text], &[]),
    way("dateTimeAdd", &[Text, Text], &[Text]),
    way("dateTimeFromEpoch", &[Int], &[]),
    way("dateTimeToEpoch", &[Text], &[]),
    way("distinct", &[Array], &[]),
    way("empty", &[Filled], &[]),
    way("endsWith", &[Text, Text], &[]),
    way("filter", &[Array, Lambda(1, 2, Gives::Bool)], &[]),
    way("first", &[Array], &[]),
    way("first", &[Text], &[]),
    way("flatten", &[Arrays], &[]),
    many("format", &[Text, Anything]),
    way("groupBy", &[Array, NAMED], &[ONE]),
    many("guid", &[Text]),
    way("indexOf", &[Text, Text], &[]),
    way("indexOf", &[Array, Anything], &[]),
    way("int", &[TextOrInt], &[]),
    many("intersection", &[Object, Object]),
    many("intersection", &[Array, Array]),
    way("items", &[Object], &[]),
    way("join", &[Scalars, Text], &[]),
    way("json", &[Text], &[]),
    way("last", &[Array], &[]),
    way("last", &[Text], &[]),
    way("lastIndexOf", &[Text, Text], &[]),
    way("lastIndexOf", &[Array, Anything], &[]),
    way("length", &[TextOrObject], &[]),
    way("length", &[Array], &[]),
    way("like", &[Text, Text], &[]),
    way("loadTextContent", &[Text], &[Encoding]),
    way("map", &[Array, EACH], &[]),
    way("mapValues", &[Object, ONE], &[]),
    many("max", &[Int]),
    way("max", &[Ints], &[]),
    many("min", &[Int]),
    way("min", &[Ints], &[]),
    way("objectKeys", &[Object], &[]),
    way("padLeft", &[TextOrInt, Int], &[Text]),
    way("parseCidr", &[Text], &[]),
    way("parseUri", &[Text], &[]),
    way("range", &[Int, Int], &[]),
    way("reduce", &[Array, Anything, Lambda(2, 3, Gives::Anything)], &[]),
    way("replace", &[Text, Text, Text], &[]),
    way("skip", &[Array, Int], &[]),
    way("skip", &[Text, Int], &[]),
    way("sort", &[Array, Lambda(2, 2, Gives::Bool)], &[]),
    way("split", &[Text, TextOrArray], &[]),
    way("startsWith", &[Text, Text], &[]),
    way("substring", &[Text, Int], &[Int]),
    way("take", &[Array, Int], &[]),
    way("take", &[Text, Int], &[]),
    way("toLower", &[Text], &[]),
    way("toObject", &[Array, NAMED], &[ONE]),
    way("toUpper", &[Text], &[]),
    way("trim", &[Text], &[]),
    many("union", &[Object, Object]),
    many("union", &[Array, Array]),
    many("uniqueString", &[Text]),
    way("uri", &[Text, Text], &[]),
    way("uriComponent", &[Text], &[]),
    way("uriComponentToString", &[Text], &[]),
];

const ENCODINGS: [&str; 5] = ["us-ascii", "iso-8859-1", "utf-8", "utf-16", "utf-16BE"];

pub fn check(c: &Context<'_>) {
    let values = Fits::new(c);
    for s in &c.file().statements {
        if let StatementKind::Param(p) = &s.kind {
            allowed(c, p, &s.decorators);
        }
        walk::statement(s, &mut |node| {
            match node {
                Node::Expr(e) => call(c, &values, e),
                Node::Type(t) => parameterised(c, t),
                Node::Decorator(d) => {
                    if let Some((_, name, args)) = d.call() {
                        decorator(c, &name.text, args);
                        // The decorator itself is no function.
                        args.iter().for_each(|a| {
                            walk::expr(a, &mut |node| {
                                if let Node::Expr(e) = node {
                                    call(c, &values, e);
                                }
                                true
                            });
                        });
                    }
                    return false;
                }
                Node::Property(_) => {}
            }
            true
        });
    }
}

fn call<'f>(c: &Context<'f>, values: &Fits<'_, 'f>, e: &'f Expr) {
    match &e.kind {
        ExprKind::Call { name, args } => match c.scope.top.get(name.text.as_str()) {
            None => builtin(c, values, e, &name.text, args),
            Some(own) => {
                if let Some(Kind::Func(f)) = c.scope.declarations.get(*own).map(|d| d.kind) {
                    declared(c, values, f, args);
                }
            }
        },
        ExprKind::MethodCall { base, name, args } => {
            if matches!(&base.kind, ExprKind::Var(n) if c.scope.meaning(n) == Meaning::Namespace) {
                builtin(c, values, e, &name.text, args);
            }
        }
        _ => {}
    }
}

/// The parts that `buildUri` puts together.
const URI: Fixed = Fixed::Members(&[
    ("scheme", Fixed::Text, true),
    ("host", Fixed::Text, true),
    ("port", Fixed::Int, false),
    ("path", Fixed::Text, false),
    ("query", Fixed::Text, false),
]);

fn builtin<'f>(c: &Context<'f>, values: &Fits<'_, 'f>, e: &'f Expr, name: &str, args: &'f [Expr]) {
    let from = WAYS.partition_point(|w| w.name < name);
    let ways = WAYS.get(from..).unwrap_or_default().iter().take_while(|w| w.name == name);
    let mut failures: Vec<(usize, Wants)> = Vec::new();
    for way in ways {
        let most = if way.repeats { usize::MAX } else { way.needs.len() + way.more.len() };
        if args.len() < way.needs.len() - usize::from(way.repeats && name == "format") || args.len() > most {
            continue;
        }
        let all = way.needs.iter().chain(way.more).copied();
        let wanted = all.chain(way.needs.last().copied().into_iter().cycle().take(args.len()));
        let mut wrong = args.iter().zip(wanted).enumerate().filter(|(_, (a, wants))| !fits(c, a, *wants));
        match wrong.next() {
            None => {
                if let ("buildUri", [parts]) = (name, args) {
                    values.check(parts, Takes::Fixed(URI), put(Role::Argument("components", name), parts.span));
                }
                return;
            }
            Some((at, (_, wants))) => failures.push((at, wants)),
        }
    }
    let Some((at, wants)) = failures.iter().max_by_key(|f| f.0) else { return };
    if failures.len() > 1 && failures.iter().all(|f| f.0 == *at) {
        let message = format!("No way to call `{name}` takes what it is given here. Look at argument {}.", at + 1);
        c.say("BCP048", e.span, message);
    } else if let Some(argument) = args.get(*at) {
        say(c, argument, name, said(*wants));
    }
}

fn say(c: &Context<'_>, argument: &Expr, name: &str, wanted: &str) {
    c.say("BCP070", argument.span, format!("`{name}` takes {wanted} here, and gets something else."));
}

/// What an argument is.
fn given<'f>(c: &Context<'f>, e: &'f Expr) -> Ty<'f> {
    match c.shape(c.ty(bare(e))) {
        // Whether it may be null is another question.
        nullable @ Ty::Nullable(_) => nullable.there(),
        other => other,
    }
}

fn is_array(ty: &Ty<'_>) -> bool {
    matches!(ty, Ty::Array(_) | Ty::List(_))
}

fn is_object(ty: &Ty<'_>) -> bool {
    matches!(
        ty,
        Ty::Object(_)
            | Ty::Takes(..)
            | Ty::Facts(_)
            | Ty::Resource(_)
            | Ty::Module(_)
            | Ty::Outputs(_)
            | Ty::Written(_)
    )
}

fn fits<'f>(c: &Context<'f>, e: &'f Expr, wants: Wants) -> bool {
    let ty = given(c, e);
    if let Lambda(least, most, gives) = wants {
        return match &bare(e).kind {
            ExprKind::Lambda { params, body } => {
                let count = (least..=most).contains(&params.len());
                count && gives_right(c, body, gives)
            }
            _ => matches!(ty, Ty::Unknown | Ty::Lambda),
        };
    }
    if matches!(ty, Ty::Unknown) {
        return true;
    }
    match wants {
        Anything | Lambda(..) => true,
        Text => ty.is_text(),
        Int => matches!(ty, Ty::Int),
        Array => is_array(&ty),
        Object => is_object(&ty),
        Arrays => is_array(&ty) && !matches!(ty, Ty::Array(item) if is_scalar(&c.shape((*item).clone()))),
        Scalars => is_array(&ty),
        Ints => match ty {
            Ty::Array(item) => matches!(c.shape((*item).clone()), Ty::Int | Ty::Unknown),
            other => is_array(&other),
        },
        TextOrInt => ty.is_text() || matches!(ty, Ty::Int),
        Scalar => is_scalar(&ty),
        TextOrObject => ty.is_text() || is_object(&ty),
        TextOrArray => ty.is_text() || is_array(&ty),
        Filled => ty.is_text() || is_array(&ty) || is_object(&ty) || matches!(ty, Ty::Null),
        Encoding => match ty.texts() {
            Some(texts) => texts.iter().all(|t| ENCODINGS.contains(t)),
            None => ty.is_text(),
        },
    }
}

fn is_scalar(ty: &Ty<'_>) -> bool {
    ty.is_text() || matches!(ty, Ty::Int | Ty::Bool)
}

fn gives_right<'f>(c: &Context<'f>, body: &'f Expr, gives: Gives) -> bool {
    let ty = given(c, body);
    match gives {
        Gives::Anything => true,
        Gives::Bool => matches!(ty, Ty::Unknown | Ty::Bool),
        Gives::Text => ty.is_text() || matches!(ty, Ty::Unknown),
    }
}

fn said(wants: Wants) -> &'static str {
    match wants {
        Anything => "anything",
        Text => "a text",
        Int => "a whole number",
        Array => "an array",
        Object => "an object",
        Arrays => "an array of arrays",
        Scalars => "an array of texts",
        Ints => "an array of whole numbers",
        TextOrInt => "a text or a whole number",
        Scalar => "a text, a whole number, or `true` or `false`",
        TextOrObject => "a text or an object",
        TextOrArray => "a text or an array",
        Filled => "an array, an object or a text",
        Encoding => "`us-ascii`, `iso-8859-1`, `utf-8`, `utf-16` or `utf-16BE`",
        Lambda(_, _, Gives::Bool) => "a lambda that returns `true` or `false`",
        Lambda(_, _, Gives::Text) => "a lambda with one parameter that returns a text",
        Lambda(..) => "a lambda with as many parameters as it hands over",
    }
}

/// A function of the file.
fn declared<'f>(c: &Context<'f>, values: &Fits<'_, 'f>, f: &'f Func, args: &'f [Expr]) {
    if f.params.len() != args.len() {
        return;
    }
    let own = c.others.own().and_then(|own| Some((own, own.function(bodies::OWN, &f.name.text)?.1)));
    for (i, (p, a)) in f.params.iter().zip(args).enumerate() {
        let wanted = c.shape(Ty::Written(&p.ty));
        let nullable = matches!(wanted, Ty::Nullable(_) | Ty::Null);
        let (wanted, is) = (wanted.there(), given(c, a));
        let fits = match (&wanted, &is) {
            (Ty::Unknown, _) | (_, Ty::Unknown) => true,
            (_, Ty::Null) if nullable => true,
            (Ty::Text(Some(one)), other) => other.texts().is_none_or(|texts| texts.iter().all(|t| t == one)),
            (Ty::Text(None) | Ty::Texts(_), other) => other.is_text(),
            (Ty::Int, other) => matches!(other, Ty::Int),
            (Ty::Bool, other) => matches!(other, Ty::Bool),
            (Ty::Array(_), other) => is_array(other),
            (Ty::Written(_), other) => is_object(other),
            _ => true,
        };
        if !fits {
            let message = format!("`{}` of `{}` takes a value of another type.", p.name.text, f.name.text);
            c.say("BCP070", a.span, message);
        } else if let Some((own, (_, t))) = own.and_then(|(own, f)| Some((own, f.parameters.get(i)?))) {
            values.check(a, Takes::Declared(own, t), put(Role::Argument(&p.name.text, &f.name.text), a.span));
        }
    }
}

fn decorator<'f>(c: &Context<'f>, name: &str, args: &'f [Expr]) {
    let wants = match name {
        "minValue" | "maxValue" | "minLength" | "maxLength" | "batchSize" => Int,
        "metadata" => Object,
        "discriminator" | "description" => Text,
        _ => return,
    };
    let [argument] = args else { return };
    if !fits(c, argument, wants) {
        say(c, argument, name, said(wants));
    } else if let ("metadata", ExprKind::Object(o)) = (name, &bare(argument).kind)
        && let Some(value) = o.get("description").filter(|value| !fits(c, value, Text))
    {
        c.say("BCP036", value.span, "`description` takes a text; this is something else.");
    }
}

/// What `@allowed()` lists above a parameter: values of its type.
fn allowed<'f>(c: &Context<'f>, p: &'f Param, decorators: &'f [Decorator]) {
    let wants = match p.ty.as_ref().map(|t| c.shape(Ty::Written(t)).there()) {
        Some(ty) if ty.is_text() => Text,
        Some(Ty::Int) => Int,
        _ => return,
    };
    let list = descriptions::named(decorators, "allowed").and_then(|args| args.first());
    let Some(ExprKind::Array(items)) = list.map(|e| &bare(e).kind) else { return };
    for item in items {
        if let ArrayItem::Value(e) = item
            && !fits(c, e, wants)
        {
            c.say("BCP034", e.span, format!("The values that `{}` can have are {}s.", p.name.text, noun(wants)));
        }
    }
}

fn noun(wants: Wants) -> &'static str {
    if matches!(wants, Int) { "whole number" } else { "text" }
}

/// `resourceInput<…>`, which takes the name of a type.
fn parameterised<'f>(c: &Context<'f>, t: &'f Type) {
    let TypeKind::Apply { name, args, .. } = &t.kind else { return };
    if !matches!(name.text.as_str(), "resourceInput" | "resourceOutput") {
        return;
    }
    let [argument] = args.as_slice() else {
        let message = format!("`{}` takes 1 argument; {} are given.", name.text, args.len());
        return c.say("BCP071", t.span, message);
    };
    if let TypeKind::Str(text) = &argument.kind
        && !is_reference(&text.value, false)
    {
        let message = format!("`{}` is no resource type with an API version.", text.value);
        return c.say("BCP029", argument.span, message);
    }
    let wrong = match &argument.kind {
        TypeKind::Int(_) | TypeKind::Bool(_) | TypeKind::Object(_) | TypeKind::Array(_) | TypeKind::Tuple(_) => true,
        TypeKind::Named(_) => !matches!(c.shape(Ty::Written(argument)), Ty::Unknown | Ty::Text(_)),
        _ => false,
    };
    if wrong {
        let message = format!("`{}` takes a text with type and API version.", name.text);
        c.say("BCP070", argument.span, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Builtin;

    #[test]
    fn functions_are_in_order_and_there_are_such() {
        assert!(WAYS.windows(2).all(|w| w[0].name <= w[1].name));
        for way in WAYS {
            assert!(Builtin::named(way.name).is_some_and(|b| b.facts().name == way.name), "{}", way.name);
        }
    }
}
