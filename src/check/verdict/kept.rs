//! Values that are worked out while a world is looked at, and live as long as it does.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::expand::known::{self, Text};
use crate::expand::{Data, Residual, Value};

/// There is room for 2 to the power of this many values: more than there can be.
const BLOCKS: usize = 48;

/// A list that only grows: what is in it stays where it is. Each block is twice as long as the one before, so that to keep one more
/// costs the same however many there are.
pub struct Kept {
    blocks: [OnceCell<Box<[OnceCell<Value>]>>; BLOCKS],
    count: Cell<usize>,
}

impl Default for Kept {
    fn default() -> Self {
        Kept { blocks: [const { OnceCell::new() }; BLOCKS], count: Cell::default() }
    }
}

impl Kept {
    /// Keeps a value.
    pub fn keep(&self, value: Value) -> &Value {
        let number = self.count.get() + 1;
        self.count.set(number);
        let block = number.ilog2() as usize;
        let values = self.blocks[block].get_or_init(|| (0..1_usize << block).map(|_| OnceCell::new()).collect());
        values[number - (1 << block)].get_or_init(|| value)
    }
}

/// Names that are not known as a whole, as texts: rules ask several things of each.
#[derive(Default)]
pub struct NameTexts {
    /// By the address of the expression, which is held so that no other one comes to stand there.
    texts: RefCell<FxHashMap<*const Residual, (Rc<Residual>, Text)>>,
}

impl NameTexts {
    /// What is known of a name.
    pub fn text(&self, name: &Rc<Residual>) -> Text {
        if let Some((_, text)) = self.texts.borrow().get(&Rc::as_ptr(name)) {
            return text.clone();
        }
        let text = known::certain_text(&Value::new(Data::Residual(name.clone())));
        self.texts.borrow_mut().insert(Rc::as_ptr(name), (name.clone(), text.clone()));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_text_whenever_it_is_asked() {
        let names = NameTexts::default();
        let name = |start: &str| {
            let open = Value::residual(Residual::call("uniqueString", Vec::new()));
            Rc::new(Residual::call("concat", vec![Value::str(start), open]))
        };
        // What one was made for, another one may stand where it stood.
        for start in ["a", "bc", "a"] {
            let name = name(start);
            let text = known::certain_text(&Value::new(Data::Residual(name.clone())));
            assert_eq!((names.text(&name), names.text(&name)), (text.clone(), text));
        }
    }

    #[test]
    fn what_is_kept_stays() {
        let kept = Kept::default();
        let values: Vec<&Value> = (0..1_000).map(|i| kept.keep(Value::int(i))).collect();
        assert!(values.iter().zip(0..).all(|(value, i)| value.as_int() == Some(i)));
    }
}
