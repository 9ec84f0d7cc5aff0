//! Connections: lists that are told in pages (Relay's GraphQL Cursor Connections).

use async_graphql::connection::{self, Edge};
use async_graphql::{ObjectType, OutputType};

use crate::model::page::{DEFAULT_SIZE, Key, MAXIMUM_SIZE, Page, cursor_of};

/// A page of `N`s. The fields of `T` stand beside its own.
pub(super) type Connection<N, T> = connection::Connection<String, N, T>;

/// What a page costs beside what is asked of each item: it is read from the database. So an
/// operation reads about as many pages as it may have root fields, which run at once as well.
const PAGE_COST: usize = 300;

/// No bound is anywhere near; so that sums of such costs don't overflow.
const MAXIMUM_COST: usize = u32::MAX as usize;

/// A page as the schema tells it. Each node's cursor holds its key.
pub(super) fn connection<K: Key, N: OutputType, T: ObjectType>(
    page: Page<N>,
    key: impl Fn(&N) -> K,
    beside: T,
) -> Connection<N, T> {
    let mut connection =
        Connection::with_additional_fields(page.has_previous, page.has_next, beside);
    let edges = page.items.into_iter();
    connection
        .edges
        .extend(edges.map(|node| Edge::new(cursor_of(key(&node)), node)));
    connection
}

/// The complexity of a field that tells a page: pages within pages multiply. A size that will be
/// refused counts as the largest, so that it is refused for what it is.
pub(super) fn page_cost(first: Option<i32>, last: Option<i32>, each: usize) -> usize {
    let asked = first.or(last).unwrap_or_else(|| i32::from(DEFAULT_SIZE));
    let size = u8::try_from(asked).map_or(MAXIMUM_SIZE, |size| size.min(MAXIMUM_SIZE));
    let items = usize::from(size).saturating_mul(each);
    items.saturating_add(PAGE_COST).min(MAXIMUM_COST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_within_pages_multiply() {
        assert_eq!(page_cost(None, None, 3), PAGE_COST + 60);
        assert_eq!(page_cost(Some(7), None, 3), PAGE_COST + 21);
        assert_eq!(page_cost(None, Some(7), 3), PAGE_COST + 21);
        assert_eq!(page_cost(Some(0), None, 3), PAGE_COST);
        let nest = (0..30).fold(1, |each, _| page_cost(Some(100), None, each) + 2);
        assert!(nest >= MAXIMUM_COST, "{nest}");
    }

    #[test]
    fn a_size_that_will_be_refused_is_not_refused_for_its_cost() {
        for asked in [-1, i32::MIN, 101, 1_000_000, i32::MAX] {
            assert_eq!(page_cost(Some(asked), None, 3), PAGE_COST + 300, "{asked}");
        }
    }
}
