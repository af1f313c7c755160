//! What was found out about templates, whoever deploys them: a module that many entry points deploy is looked at once.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustc_hash::FxHashMap;

use crate::model::Template;

/// So many templates are remembered at most.
const MOST: usize = 4_096;

/// So many are remembered before those that are gone are looked for.
const FEW: usize = 64;

#[derive(Debug)]
struct Looked<T> {
    /// By the address of each template.
    all: FxHashMap<usize, (Weak<Template>, Arc<T>)>,
    /// How many were there when those that were gone had been forgotten.
    kept: usize,
}

impl<T> Looked<T> {
    /// Forgets those that are gone once they may be as many as the others: an editor leaves some behind at every key.
    fn tidy(&mut self) {
        if self.all.len() >= (2 * self.kept).clamp(FEW, MOST) {
            self.all.retain(|_, (template, _)| template.strong_count() > 0);
            self.kept = self.all.len();
        }
    }
}

/// The templates of a run, and what was found out about each.
#[derive(Debug)]
pub struct Remembered<T>(Mutex<Looked<T>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Remembered(Mutex::new(Looked { all: FxHashMap::default(), kept: 0 }))
    }
}

impl<T> Remembered<T> {
    /// What was found out about a template; `look` looks at it if nobody did.
    pub fn of(&self, template: &Arc<Template>, look: impl FnOnce() -> T) -> Arc<T> {
        // Whoever is remembered keeps its address as long as it is: no other template can have it.
        let key = Arc::as_ptr(template) as usize;
        if let Some((_, own)) = self.lock().all.get(&key) {
            return own.clone();
        }
        let own = Arc::new(look());
        let mut looked = self.lock();
        looked.tidy();
        // Full of those that are in use: this one is looked at again.
        if looked.all.len() < MOST {
            looked.all.insert(key, (Arc::downgrade(template), own.clone()));
        }
        own
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Looked<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ScopeKind;
    use crate::read::{FileId, Span};

    #[test]
    fn a_template_is_looked_at_once() {
        let template = || {
            let nowhere = Span::new(FileId::new(0), 0, 0);
            Arc::new(Template::empty(FileId::new(0), nowhere, ScopeKind::ResourceGroup))
        };
        let (remembered, one) = (Remembered::default(), template());
        let mut looked = 0;
        for _ in 0..3 {
            remembered.of(&one, || looked += 1);
        }
        // An equal one is another one.
        remembered.of(&template(), || looked += 1);
        assert_eq!(looked, 2);
        // Those that are gone do not add up.
        (0..2 * MOST).for_each(|_| drop(remembered.of(&template(), || ())));
        assert!(remembered.lock().all.len() <= FEW);
        let many: Vec<_> = (0..2 * MOST).map(|_| template()).collect();
        many.iter().for_each(|one| drop(remembered.of(one, || ())));
        assert_eq!(remembered.lock().all.len(), MOST);
    }
}
