use super::{dot, mermaid};

#[test]
fn nothing_that_strangers_write_is_obeyed() {
    let hostile = "end\"] --> x; %%{init}%% <img src=x> `a` #quot; \\N";
    let text = mermaid::text(hostile);
    for c in ['"', ']', '[', '<', '>', '%', '{', '`', '\\'] {
        assert!(!text.contains(c), "{c} in {text}");
    }
    assert!(text.contains("#quot;#93;") && text.contains("#35;quot#59;"), "{text}");
    assert_eq!(mermaid::text("1. a - b *c* _d_ e-f.g"), "1. a #45; b #42;c#42; #95;d_ e-f.g");
    assert_eq!(dot::text("a\"b\\N&lt;<b>"), "a\\\"b\\\\N&amp;lt;&lt;b&gt;");
}
