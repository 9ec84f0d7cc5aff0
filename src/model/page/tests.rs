//! Which windows can be asked for, and what pages they make.

use proptest::prelude::*;

use super::*;
use crate::model::id::SessionId;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Number(u32);

impl Key for Number {
    const KIND: &'static str = "number";
}

impl Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Number {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

fn asked(first: Option<i32>, last: Option<i32>) -> Arguments {
    Arguments {
        first,
        last,
        ..Arguments::default()
    }
}

fn window(arguments: &Arguments) -> Result<Window<Number>, Refusal> {
    Window::of(arguments)
}

#[test]
fn who_asks_for_nothing_gets_the_first_twenty() {
    assert_eq!(
        window(&Arguments::default()),
        Ok(Window {
            size: 20,
            direction: Direction::Forward,
            beyond: None
        })
    );
    let after = Arguments {
        after: Some(cursor_of(Number(7))),
        ..Arguments::default()
    };
    assert_eq!(
        window(&after),
        Ok(Window {
            size: 20,
            direction: Direction::Forward,
            beyond: Some(Number(7))
        })
    );
    let before = Arguments {
        before: Some(cursor_of(Number(7))),
        ..Arguments::default()
    };
    assert_eq!(
        window(&before),
        Ok(Window {
            size: 20,
            direction: Direction::Backward,
            beyond: Some(Number(7))
        })
    );
}

#[test]
fn a_page_has_from_none_to_a_hundred_and_nothing_is_cut() {
    for size in [0, 1, 100] {
        for arguments in [asked(Some(size), None), asked(None, Some(size))] {
            let window = window(&arguments).expect("a window");
            assert_eq!(i32::from(window.size), size);
        }
    }
    for size in [-1, -20, i32::MIN, 101, 256, 300, 1_000_000, i32::MAX] {
        for arguments in [asked(Some(size), None), asked(None, Some(size))] {
            let refused = window(&arguments);
            assert!(matches!(refused, Err(Refusal::BadInput(_))), "{size}");
        }
    }
}

#[test]
fn both_directions_at_once_are_refused() {
    let cursor = Some(cursor_of(Number(1)));
    let with = |first, after, last, before| Arguments {
        first,
        after,
        last,
        before,
    };
    for arguments in [
        with(Some(1), None, Some(1), None),
        with(Some(1), None, None, cursor.clone()),
        with(None, cursor.clone(), Some(1), None),
        with(None, cursor.clone(), None, cursor.clone()),
        with(Some(1), cursor.clone(), Some(1), cursor.clone()),
    ] {
        let refused = window(&arguments);
        assert!(
            matches!(refused, Err(Refusal::BadInput(text)) if text.contains("direction")),
            "{arguments:?}: {refused:?}"
        );
    }
}

#[test]
fn what_is_no_cursor_of_this_list_is_refused() {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    for cursor in [
        String::new(),
        "7".to_owned(),
        "number:7".to_owned(),
        "~~~~".to_owned(),
        encode("number:"),
        encode("number:7 "),
        encode("number:07"),
        encode("number:+7"),
        encode("number:-7"),
        encode("numbers:7"),
        encode("number7"),
        encode("7"),
        encode("NUMBER:7"),
        encode("number:99999999999999999999"),
        URL_SAFE_NO_PAD.encode([0xff, 0xfe]),
        format!("{}=", cursor_of(Number(7))),
        format!(" {}", cursor_of(Number(7))),
        cursor_of(SessionId::new()),
        "A".repeat(100_000),
    ] {
        let refused = key_of::<Number>(&cursor);
        assert!(matches!(refused, Err(Refusal::BadInput(_))), "{cursor}");
    }
}

/// What a store does: the list from 0 to `length`, walked from the cursor on.
fn page(length: u32, window: Window<Number>) -> Page<Number> {
    let list = (0..length).map(Number);
    let limit = usize::from(window.size) + 1;
    let beyond = window.beyond.map(|key| key.0);
    let (walked, has_passed) = match window.direction {
        Direction::Forward => {
            let is_beyond = |key: &Number| beyond.is_none_or(|beyond| key.0 > beyond);
            let walked = list.clone().filter(is_beyond).take(limit).collect();
            (walked, list.clone().any(|key| !is_beyond(&key)))
        }
        Direction::Backward => {
            let is_beyond = |key: &Number| beyond.is_none_or(|beyond| key.0 < beyond);
            let walked = list.clone().rev().filter(is_beyond).take(limit).collect();
            (walked, list.clone().any(|key| !is_beyond(&key)))
        }
    };
    let passed = if has_passed {
        Passed::Some
    } else {
        Passed::None
    };
    Page::of(window, walked, passed)
}

proptest! {
    #[test]
    fn a_walk_either_way_meets_each_item_once_in_the_same_order(
        length in 0_u32..60,
        size in 1_i32..=25,
    ) {
        let whole: Vec<_> = (0..length).map(Number).collect();
        let (mut forth, mut after) = (Vec::<Number>::new(), None);
        loop {
            let arguments = Arguments { first: Some(size), after, ..Arguments::default() };
            let page = page(length, Window::of(&arguments).expect("a window"));
            prop_assert_eq!(page.has_previous, !forth.is_empty());
            forth.extend(&page.items);
            prop_assert_eq!(page.has_next, forth.len() < whole.len());
            if !page.has_next { break; }
            after = page.items.last().copied().map(cursor_of);
        }
        prop_assert_eq!(&forth, &whole);
        let (mut back, mut before) = (Vec::<Number>::new(), None);
        loop {
            let arguments = Arguments { last: Some(size), before, ..Arguments::default() };
            let page = page(length, Window::of(&arguments).expect("a window"));
            prop_assert_eq!(page.has_next, !back.is_empty());
            back.splice(0..0, page.items.iter().copied());
            prop_assert_eq!(page.has_previous, back.len() < whole.len());
            if !page.has_previous { break; }
            before = page.items.first().copied().map(cursor_of);
        }
        prop_assert_eq!(&back, &whole);
    }
}
