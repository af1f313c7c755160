//! Names of Bicep in an editor: where each is declared and used, and what another one changes.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;
#[path = "common/editor.rs"]
mod editor;

use std::collections::BTreeMap;
use std::path::PathBuf;

use common::Folder;
use editor::{Editor, uri};
use serde_json::{Value, json};

/// An editor with files, in whose texts `|` marks places: they are numbered in the order of the files.
struct There {
    _folder: Folder,
    base: PathBuf,
    texts: BTreeMap<String, String>,
    marks: Vec<(String, Value)>,
    editor: Editor,
}

impl There {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Folder::with(&[]);
        let (mut texts, mut marks) = (BTreeMap::new(), Vec::new());
        for (name, marked) in files {
            let text = marked.replace('|', "");
            for (i, (at, _)) in marked.match_indices('|').enumerate() {
                let before = &text[..at - i];
                let (line, start) = (before.matches('\n').count(), before.rfind('\n').map_or(0, |n| n + 1));
                marks.push(((*name).to_owned(), json!({ "line": line, "character": before[start..].len() })));
            }
            folder.write(name, &text);
            texts.insert((*name).to_owned(), text);
        }
        let base = folder.path("").canonicalize().unwrap();
        let mut editor = Editor::start(&[&base], &json!({}));
        editor.settle();
        There { _folder: folder, base, texts, marks, editor }
    }

    fn ask(&mut self, method: &str, mark: usize, more: &Value) -> Result<Value, (i64, String)> {
        let (name, position) = self.marks[mark].clone();
        let mut params = json!({ "textDocument": { "uri": uri(&self.base.join(name)) }, "position": position });
        more.as_object().unwrap().iter().for_each(|(key, value)| params[key] = value.clone());
        self.editor.ask(method, params)
    }

    /// The files after a place got another name, as far as they are others.
    fn renamed(&mut self, mark: usize, new: &str) -> Result<BTreeMap<String, String>, String> {
        let answer = self.ask("textDocument/rename", mark, &json!({ "newName": new })).map_err(|(_, said)| said)?;
        let mut out = BTreeMap::new();
        for (name, text) in &self.texts {
            let edits = answer["changes"][uri(&self.base.join(name))].as_array().cloned().unwrap_or_default();
            let mut after = text.clone();
            for edit in edits.iter().rev() {
                let byte = |at: &Value| {
                    let lines = text.split_inclusive('\n').take(at["line"].as_u64().unwrap() as usize);
                    lines.map(str::len).sum::<usize>() + at["character"].as_u64().unwrap() as usize
                };
                let range = byte(&edit["range"]["start"])..byte(&edit["range"]["end"]);
                after.replace_range(range, edit["newText"].as_str().unwrap());
            }
            if after != *text {
                out.insert(name.clone(), after);
            }
        }
        Ok(out)
    }

    /// Places as `file:line`, lines from 1.
    fn places(answer: &Value) -> Vec<String> {
        let place = |l: &Value| {
            let name = l["uri"].as_str().unwrap().rsplit('/').next().unwrap();
            format!("{name}:{}", l["range"]["start"]["line"].as_u64().unwrap() + 1)
        };
        answer.as_array().unwrap().iter().map(place).collect()
    }

    fn references(&mut self, mark: usize) -> Vec<String> {
        let context = json!({ "context": { "includeDeclaration": true } });
        let mut all = There::places(&self.ask("textDocument/references", mark, &context).unwrap());
        all.sort();
        all
    }

    fn definition(&mut self, mark: usize) -> Vec<String> {
        There::places(&self.ask("textDocument/definition", mark, &json!({})).unwrap())
    }
}

const SHARED: &str =
    "@export()\nfunc |f(a string) string => a\n@export()\nvar shared = 'x'\n@export()\ntype cfg = string\n";

#[test]
fn an_alias_is_another_name_than_the_one_it_stands_for() {
    let using = "import { |f as |g, shared } from '|shared.bicep'\nimport * as |all from 'shared.bicep'\noutput a string = |g('x')\n\
                 output b all.cfg = all.|f(shared)\n";
    let mut there = There::with(&[("shared.bicep", SHARED), ("use.bicep", using)]);
    let plain = using.replace('|', "");
    let alias = plain.replace("f as g", "f as gg").replace("g('x')", "gg('x')");
    for mark in [2, 5] {
        assert_eq!(there.renamed(mark, "gg").unwrap(), [("use.bicep".to_owned(), alias.clone())].into());
        assert_eq!(there.references(mark), ["use.bicep:1", "use.bicep:3"]);
    }
    // The name that is exported, from where it is declared, imported and used behind a dot.
    let there_too = plain.replace("f as g", "ff as g").replace("all.f", "all.ff");
    let exported = SHARED.replace('|', "").replace("func f", "func ff");
    for mark in [0, 1, 6] {
        let wanted = [("use.bicep", &there_too), ("shared.bicep", &exported)];
        let wanted = wanted.into_iter().map(|(name, text)| (name.to_owned(), text.clone())).collect();
        assert_eq!(there.renamed(mark, "ff").unwrap(), wanted, "{mark}");
    }
    let lib = plain.replace("as all", "as lib").replace("all.", "lib.");
    assert_eq!(there.renamed(4, "lib").unwrap(), [("use.bicep".to_owned(), lib)].into());
    for mark in [1, 2, 5, 6] {
        assert_eq!(there.definition(mark), ["shared.bicep:2"], "{mark}");
    }
    assert_eq!(there.definition(3), ["shared.bicep:1"]);
}

const TEMPLATE: &str = "param |loc string\nparam other string\noutput o string = '${loc}${other}'\n";

#[test]
fn a_parameter_has_its_new_name_in_all_parameter_files_that_give_it() {
    let base = "using none\nparam |loc = 'weu'\nparam tags = { a: loc }\n";
    let main = "using 'main.bicep'\nextends 'base.bicepparam'\nvar |own = base.|loc\nparam other = '${|own}${|loc}'\n";
    let mut there = There::with(&[("main.bicep", TEMPLATE), ("base.bicepparam", base), ("main.bicepparam", main)]);
    let renamed = |name: &str, text: &str| (name.to_owned(), text.replace('|', "").replace("loc", "region"));
    let wanted = [renamed("main.bicep", TEMPLATE), renamed("base.bicepparam", base), renamed("main.bicepparam", main)];
    let wanted: BTreeMap<String, String> = wanted.into();
    // In the template, in the file that is extended, behind `base`, and where it is inherited.
    for mark in [0, 1, 3, 5] {
        assert_eq!(there.renamed(mark, "region").as_ref(), Ok(&wanted), "{mark}");
    }
    for mark in [2, 4] {
        let own = main.replace('|', "").replace("own", "mine");
        assert_eq!(there.renamed(mark, "mine").unwrap(), [("main.bicepparam".to_owned(), own)].into(), "{mark}");
    }
    assert_eq!(there.definition(1), ["main.bicep:1"]);
    assert_eq!(there.definition(3), ["base.bicepparam:2"]);
    assert_eq!(there.definition(5), ["base.bicepparam:2"]);
}

#[test]
fn a_parameter_whose_values_come_from_elsewhere_keeps_its_name() {
    let call = "var common = { loc: 'weu' }\nvar rest = { other: 'x' }\nmodule a 'main.bicep' = {\n  params: { ...common, other: 'x' }\n}\n";
    let mut there = There::with(&[("main.bicep", TEMPLATE), ("call.bicep", call)]);
    let said = there.renamed(0, "region").unwrap_err();
    assert!(said.contains("call.bicep:4 hands over parameters that are not written out there"), "{said}");
    // What is spread does not hold it.
    let call = call.replace("...common, other: 'x'", "...rest, loc: 'x'");
    let mut there = There::with(&[("main.bicep", TEMPLATE), ("call.bicep", &call)]);
    assert_eq!(there.renamed(0, "region").unwrap()["call.bicep"], call.replace("rest, loc", "rest, region"));
    // Another template takes it from the same file.
    let base = "using none\nparam loc = 'weu'\n";
    let of = |template: &str| format!("using '{template}'\nextends 'base.bicepparam'\nparam other = 'x'\n");
    let (main, second) = (of("main.bicep"), of("second.bicep"));
    let mut there = There::with(&[
        ("main.bicep", TEMPLATE),
        ("second.bicep", &TEMPLATE.replace('|', "")),
        ("base.bicepparam", base),
        ("main.bicepparam", &main),
        ("second.bicepparam", &second),
    ]);
    let said = there.renamed(0, "region").unwrap_err();
    assert!(said.contains("base.bicepparam gives it to") && said.contains("second.bicep as well"), "{said}");
}

#[test]
fn what_loops_lambdas_and_functions_bind_has_its_places() {
    let text = "param names array\nvar all = map(names, |x => map(names, |y => '${|x}${y}'))\nvar sorted = sort(names, (|a, b) => a < b)\n\
                var each = [for (|item, |i) in names: { n: item, i: i, all: all, sorted: sorted }]\n\
                func twice(|by int, of string) string => '${by}${of}'\noutput o array = [for |n in each: twice(|n.i, n.n)]\n";
    let mut there = There::with(&[("main.bicep", text)]);
    let plain = text.replace('|', "");
    let mut becomes = |mark: usize, new: &str, text: String| {
        assert_eq!(there.renamed(mark, new).unwrap(), [("main.bicep".to_owned(), text)].into(), "{mark}");
    };
    for mark in [0, 2] {
        becomes(mark, "outer", plain.replace("x =>", "outer =>").replace("${x}", "${outer}"));
    }
    // The name of something that is not used within.
    becomes(1, "sorted", plain.replace("y =>", "sorted =>").replace("${y}", "${sorted}"));
    becomes(3, "left", plain.replace("(a, b) => a <", "(left, b) => left <"));
    becomes(4, "one", plain.replace("(item,", "(one,").replace("n: item", "n: one"));
    becomes(5, "at", plain.replace("item, i)", "item, at)").replace("i: i", "i: at"));
    becomes(6, "count", plain.replace("by int", "count int").replace("${by}", "${count}"));
    for mark in [7, 8] {
        becomes(mark, "m", plain.replace("for n in", "for m in").replace("(n.i, n.n)", "(m.i, m.n)"));
    }
    for (mark, new, why) in [
        (0, "y", "would stand for what a loop, a lambda, a function or a resource binds there"),
        (0, "names", "main.bicep:2 uses `names` for something else"),
        (3, "b", "declared in"),
        (5, "item", "declared in"),
        (6, "of", "declared in"),
    ] {
        let said = there.renamed(mark, new).unwrap_err();
        assert!(said.contains(why), "{new}: {said}");
    }
    assert_eq!(there.references(5), ["main.bicep:4", "main.bicep:4"]);
    assert_eq!(there.definition(8), ["main.bicep:6"]);
    // Where it is bound it has no value, and what stands around it is something else.
    assert_eq!(there.ask("textDocument/hover", 0, &json!({})).unwrap(), Value::Null);
}

#[test]
fn outputs_are_found_where_modules_are_used() {
    let store = "param name string\noutput |id string = name\noutput other string = '${name}x'\n";
    let main = "param names array\nmodule one 'store.bicep' = { params: { name: 'a' } }\n\
                module many 'store.bicep' = [for n in names: { params: { name: n } }]\noutput a string = one.outputs.|id\n\
                output b string = one!.outputs.?id ?? ''\noutput c string = (many[0]).outputs['id']\n\
                output |d array = [for (n, i) in names: many[i].outputs.id]\nvar ids = { id: names }\noutput e array = ids.id\n";
    let mut there = There::with(&[("store.bicep", store), ("main.bicep", main)]);
    let after = main.replace('|', "").replace("outputs.id", "outputs.key").replace("outputs.?id", "outputs.?key");
    let after = after.replace("outputs['id']", "outputs['key']");
    let wanted = [("main.bicep", after), ("store.bicep", store.replace('|', "").replace("output id", "output key"))];
    let wanted: BTreeMap<String, String> = wanted.map(|(name, text)| (name.to_owned(), text)).into();
    for mark in [0, 1] {
        assert_eq!(there.renamed(mark, "key").as_ref(), Ok(&wanted), "{mark}");
        let places = ["main.bicep:4", "main.bicep:5", "main.bicep:6", "main.bicep:7", "store.bicep:2"];
        assert_eq!(there.references(mark), places);
    }
    assert_eq!(there.definition(1), ["store.bicep:2"]);
    let said = there.renamed(0, "other").unwrap_err();
    assert!(said.contains("`other` is declared in"), "{said}");
    let last = main.replace('|', "").replace("output d", "output last");
    assert_eq!(there.renamed(2, "last").unwrap(), [("main.bicep".to_owned(), last)].into());
    // Who takes all of them may use this one.
    let whole = format!("{main}var all = one.outputs\n");
    let mut there = There::with(&[("store.bicep", store), ("main.bicep", &whole)]);
    let said = there.renamed(0, "key").unwrap_err();
    assert!(said.contains("main.bicep:10 takes all outputs as one"), "{said}");
    // Another name for the module, and who takes the module itself.
    let alias = format!("{main}var also = one\noutput f string = also.outputs.id\n");
    let mut there = There::with(&[("store.bicep", store), ("main.bicep", &alias)]);
    assert!(there.renamed(0, "key").unwrap()["main.bicep"].contains("also.outputs.key"));
    let taken = format!("{main}output f array = map([one], m => m.outputs.id)\n");
    let mut there = There::with(&[("store.bicep", store), ("main.bicep", &taken)]);
    let said = there.renamed(0, "key").unwrap_err();
    assert!(said.contains("main.bicep:10 takes all outputs as one"), "{said}");
}

#[test]
fn what_a_loop_goes_through_is_not_what_somebody_takes_of_it() {
    let text = "param names array = ['a', 'b']\nvar all = map(names, x => '${|x}!')\n\
                resource st 'Microsoft.Storage/storageAccounts@2023-05-01' = [for n in names: {\n  name: 'st${|n}'\n  location: 'l'\n\
                  tags: { own: |n }\n}]\noutput first string = st[0].name\n";
    let mut there = There::with(&[("main.bicep", text)]);
    let mut hover = |mark: usize| {
        let answer = there.ask("textDocument/hover", mark, &json!({})).unwrap();
        answer["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(hover(0), "");
    let name = hover(1);
    assert!(!name.contains("`\"a\"`") || name.contains("`\"b\"`"), "{name}");
    let tag = hover(2);
    assert!(tag.contains("`\"a\"`") && tag.contains("`\"b\"`"), "{tag}");
}
