//! What is different, as it is found: pairs of what was and what is, of single parts and of things that have names of their own.

use super::{Change, Kind, What, Words};

/// The same thing in two versions; `None` in the one that does not have it.
pub type Pair<'p, T> = (Option<&'p T>, Option<&'p T>);

/// What is different, as it is found.
pub struct Changes<'w> {
    pub words: &'w dyn Words,
    pub found: Vec<Change>,
}

impl<'w> Changes<'w> {
    pub fn new(words: &'w dyn Words) -> Self {
        let found = Vec::new();
        Self { words, found }
    }

    /// Notes a part that is not the same in both.
    pub fn part<T, V: PartialEq>(
        &mut self,
        what: What,
        pair: Pair<'_, T>,
        get: impl Fn(&T) -> V,
        say: impl Fn(&V) -> Option<String>,
    ) {
        let label = self.words.label(what).to_owned();
        self.labelled(label, (pair.0.map(&get), pair.1.map(&get)), say);
    }

    pub fn labelled<V: PartialEq>(
        &mut self,
        label: String,
        (was, is): (Option<V>, Option<V>),
        say: impl Fn(&V) -> Option<String>,
    ) {
        if was == is {
            return;
        }
        let (was, is) = (
            was.and_then(|value| say(&value)),
            is.and_then(|value| say(&value)),
        );
        if was.is_some() || is.is_some() {
            self.found.push(Change { label, was, is });
        }
    }

    pub fn phrases(&self) -> Vec<String> {
        self.found
            .iter()
            .map(|change| self.words.change(change))
            .collect()
    }

    /// The same about something of its own. A change without a label is one of the thing itself.
    fn within(&self, named: &str) -> Vec<String> {
        let phrase = |change: &Change| {
            let phrase = self.words.change(change);
            if change.label.is_empty() {
                return format!("{named}{phrase}");
            }
            self.words.within(named, &phrase)
        };
        self.found.iter().map(phrase).collect()
    }

    /// What there is to say of something that is in one version only.
    fn parts(&self) -> Vec<String> {
        let told = self.found.iter().filter_map(|Change { label, was, is }| {
            let words = is.as_ref().or(was.as_ref())?;
            Some(self.words.part(label, words))
        });
        told.collect()
    }
}

/// What is different in things of their own, and of what they are made: phrases, and for what is in one version only its parts.
pub fn listed<T>(
    words: &dyn Words,
    (kind, order): (Kind, What),
    (old, new): (&[T], &[T]),
    name: impl Fn(&T) -> (String, String),
    compare: impl Fn(Pair<'_, T>) -> (Vec<Change>, Vec<String>),
) -> Vec<String> {
    let find = |list: &[T], wanted: &T| {
        let wanted = name(wanted).0;
        list.iter().position(|thing| name(thing).0 == wanted)
    };
    let mut phrases = Vec::new();
    for (index, thing) in new.iter().enumerate() {
        let named = words.named(kind, &name(thing).1);
        let was = find(old, thing).map(|index| &old[index]);
        let (found, inner) = compare((was, Some(thing)));
        let changes = Changes { words, found };
        if was.is_some() {
            phrases.extend(changes.within(&named));
            let inner = inner.iter().map(|phrase| words.within(&named, phrase));
            phrases.extend(inner);
        } else {
            let before = index.checked_sub(1).filter(|_| kind == Kind::Rule);
            let before = before.map(|index| name(&new[index]).1);
            let parts = [changes.parts(), inner].concat();
            phrases.push(words.added(&named, before.as_deref(), &parts));
        }
    }
    for thing in old.iter().filter(|thing| find(new, thing).is_none()) {
        let (found, inner) = compare((Some(thing), None));
        let parts = [Changes { words, found }.parts(), inner].concat();
        phrases.push(words.removed(&words.named(kind, &name(thing).1), &parts));
    }
    let kept = |list: &[T], other: &[T]| -> (Vec<String>, Vec<String>) {
        let kept = list.iter().filter(|thing| find(other, thing).is_some());
        kept.map(&name).unzip()
    };
    let (was, is) = (kept(old, new), kept(new, old));
    if was.0 != is.0 {
        phrases.push(words.change(&Change {
            label: words.label(order).to_owned(),
            was: Some(words.titles(&was.1)),
            is: Some(words.titles(&is.1)),
        }));
    }
    phrases
}
