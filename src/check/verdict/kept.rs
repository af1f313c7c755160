//! Values that are worked out while a world is looked at, and live as long as it does.

use std::cell::{Cell, OnceCell};

use crate::expand::Value;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_stays() {
        let kept = Kept::default();
        let values: Vec<&Value> = (0..1_000).map(|i| kept.keep(Value::int(i))).collect();
        assert!(values.iter().zip(0..).all(|(value, i)| value.as_int() == Some(i)));
    }
}
