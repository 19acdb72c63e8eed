//! How a long list is written without being in memory: its items are made one by one, when they are asked for.

use std::fmt;

use serde::{Serialize, Serializer};

/// A list of `T`, each made anew from something smaller. Written, it is what a `Vec` is.
pub struct List<T> {
    len: usize,
    at: Box<dyn Fn(usize) -> Option<T> + Send + Sync>,
}

impl<T> List<T> {
    /// One item for each of these.
    pub(crate) fn of<S: Send + Sync + 'static>(
        from: Vec<S>,
        make: impl Fn(&S) -> T + Send + Sync + 'static,
    ) -> Self {
        Self {
            len: from.len(),
            at: Box::new(move |place| from.get(place).map(&make)),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The items, made as they are asked for.
    pub fn iter(&self) -> impl Iterator<Item = T> {
        (0..self.len).filter_map(|place| (self.at)(place))
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq as _;
        let mut items = serializer.serialize_seq(Some(self.len))?;
        for item in self.iter() {
            items.serialize_element(&item)?;
        }
        items.end()
    }
}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "List({})", self.len)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn it_is_written_like_a_vector_and_makes_one_item_at_a_time() {
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        let list = List::of(vec![1, 2, 3], move |number| {
            counted.fetch_add(1, Ordering::Relaxed);
            number * 10
        });
        assert_eq!(list.iter().next(), Some(10));
        assert_eq!(made.load(Ordering::Relaxed), 1);
        assert_eq!(serde_json::to_string(&list).unwrap(), "[10,20,30]");
    }
}
