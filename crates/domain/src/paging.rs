//! Pages by key: a page starts after the last entry of the one before, so that the thousandth
//! costs what the first costs.

use crate::FieldError;

/// How many entries a page has: 1 to 200, 50 unless told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimit(u32);

impl PageLimit {
    /// The largest page.
    pub const MAX: u32 = 200;
    /// The page when nothing is asked.
    pub const DEFAULT: Self = Self(50);

    /// Checks the bounds.
    ///
    /// # Errors
    /// A [`FieldError`] at `limit` outside 1..=200.
    pub fn new(limit: u32) -> Result<Self, FieldError> {
        if (1..=Self::MAX).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(FieldError::new("limit", "must be 1 to 200"))
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// Which page is asked for: `K` is the position of an entry in the order of the list.
#[derive(Clone, Debug)]
pub struct PageRequest<K> {
    /// At most so many entries.
    pub limit: PageLimit,
    /// Start behind this position; from the start when `None`.
    pub after: Option<K>,
    /// Count all matching entries as well.
    pub count: bool,
}

impl<K> Default for PageRequest<K> {
    fn default() -> Self {
        Self { limit: PageLimit::DEFAULT, after: None, count: false }
    }
}

/// How many entries match in all. Counting stops at [`Total::CAP`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The number, or the cap.
    pub count: u64,
    /// Whether `count` is the whole truth, or there may be more.
    pub exact: bool,
}

impl Total {
    /// Where counting stops.
    pub const CAP: u64 = 10_000;

    /// From a count that was stopped at one more than the cap.
    #[must_use]
    pub fn capped(counted: u64) -> Self {
        Self { count: counted.min(Self::CAP), exact: counted <= Self::CAP }
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T, K> {
    /// The entries, in order.
    pub items: Vec<T>,
    /// The position of the last entry, when more follow.
    pub next: Option<K>,
    /// The total, when it was asked for.
    pub total: Option<Total>,
}

impl<T, K> Page<T, K> {
    /// Cuts a list that was fetched with one entry more than `limit` to show whether more follow.
    #[must_use]
    pub fn cut(mut items: Vec<T>, limit: PageLimit, position: impl Fn(&T) -> K) -> Self {
        let limit = limit.get() as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(position) } else { None };
        Self { items, next, total: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_to_two_hundred_entries() {
        for limit in [1, 50, 200] {
            assert_eq!(PageLimit::new(limit).unwrap().get(), limit);
        }
        for limit in [0, 201, u32::MAX] {
            assert_eq!(PageLimit::new(limit).unwrap_err().path, "limit");
        }
        assert_eq!(PageRequest::<()>::default().limit.get(), 50);
    }

    #[test]
    fn the_entry_beyond_the_limit_shows_that_more_follow() {
        let cut = |count: u32| Page::cut((0..count).collect(), PageLimit::new(2).unwrap(), |entry: &u32| *entry);
        for (count, items, next) in
            [(0, &[][..], None), (1, &[0], None), (2, &[0, 1], None), (3, &[0, 1], Some(1)), (9, &[0, 1], Some(1))]
        {
            let page = cut(count);
            assert_eq!((page.items.as_slice(), page.next, page.total), (items, next, None));
        }
    }

    #[test]
    fn counting_admits_that_it_stopped() {
        for (counted, count, exact) in
            [(0, 0, true), (9_999, 9_999, true), (10_000, 10_000, true), (10_001, 10_000, false)]
        {
            assert_eq!(Total::capped(counted), Total { count, exact });
        }
    }
}
