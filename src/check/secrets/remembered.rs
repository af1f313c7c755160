//! What templates were found to say of secrets by themselves: a module that many entry points deploy is looked at once.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustc_hash::FxHashMap;

use super::redact::Secrets;
use super::way::Ways;
use crate::model::Template;

/// So many templates are remembered before those that are gone are forgotten.
const MOST: usize = 4_096;

/// What a template says of secrets, whatever it deploys and whoever deploys it.
#[derive(Debug, Default)]
pub struct Own {
    /// The texts in it that decide some.
    pub found: Secrets,
    /// What of each of its parameters decides some.
    pub asked: Vec<Ways>,
    /// Its declarations that were followed, and where into them.
    pub followed: Vec<((u8, usize), Ways)>,
}

/// By the address of each template.
type Looked = FxHashMap<usize, (Weak<Template>, Arc<Own>)>;

/// The templates of a run.
#[derive(Debug, Default)]
pub struct Remembered(Mutex<Looked>);

impl Remembered {
    /// What a template says; `look` looks at it if nobody did.
    pub fn of(&self, template: &Arc<Template>, look: impl FnOnce() -> Own) -> Arc<Own> {
        // Whoever is remembered keeps its address as long as it is: no other template can have it.
        let key = Arc::as_ptr(template) as usize;
        if let Some((_, own)) = self.lock().get(&key) {
            return own.clone();
        }
        let own = Arc::new(look());
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, (template, _)| template.strong_count() > 0);
        }
        // Full of those that are in use: this one is looked at again.
        if all.len() < MOST {
            all.insert(key, (Arc::downgrade(template), own.clone()));
        }
        own
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Looked> {
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
            let nowhere = Span::new(FileId(0), 0, 0);
            Arc::new(Template::empty(FileId(0), nowhere, ScopeKind::ResourceGroup))
        };
        let (remembered, one) = (Remembered::default(), template());
        let mut looked = 0;
        for _ in 0..3 {
            remembered.of(&one, || {
                looked += 1;
                Own::default()
            });
        }
        // An equal one is another one.
        remembered.of(&template(), || {
            looked += 1;
            Own::default()
        });
        assert_eq!(looked, 2);
        (0..2 * MOST).for_each(|_| drop(remembered.of(&template(), Own::default)));
        assert!(remembered.lock().len() <= MOST);
    }
}
