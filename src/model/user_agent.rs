//! User agents: what a client says it is, made fit to be kept.

/// More than this no browser says.
pub const MAXIMUM_BYTES: usize = 512;

/// What is kept of a `User-Agent` header (RFC 9110, section 10.1.5): the visible ASCII of it. What
/// moves a terminal's cursor, breaks a line of a log or turns the direction of writing is left out;
/// `None` if that leaves nothing.
#[must_use]
pub fn kept(header: &[u8]) -> Option<String> {
    let visible = header
        .iter()
        .copied()
        .filter(|byte| matches!(byte, b' '..=b'~'))
        .take(MAXIMUM_BYTES);
    let text: String = visible.map(char::from).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_forge_a_line_or_a_screen_is_left_out() {
        for (header, expected) in [
            (&b"curl/8.17.0"[..], Some("curl/8.17.0")),
            (b"  curl/8.17.0\t", Some("curl/8.17.0")),
            (
                b"x\r\n2026-11-22 INFO logged in",
                Some("x2026-11-22 INFO logged in"),
            ),
            (b"a\x1b[2Jb\x07\x08c\x00\x7f", Some("a[2Jbc")),
            (
                "a\u{9b}31mb\u{202e}c\u{2028}d\u{feff}".as_bytes(),
                Some("a31mbcd"),
            ),
            ("Mein Gerät".as_bytes(), Some("Mein Gert")),
            (b"\xff\xfe", None),
            (b"", None),
            (b" \t\r\n", None),
        ] {
            assert_eq!(kept(header).as_deref(), expected, "{header:?}");
        }
    }

    #[test]
    fn no_more_than_a_bound_is_kept() {
        let kept = kept(&[b'a'; 10_000]).expect("a text");
        assert_eq!(kept.len(), MAXIMUM_BYTES);
    }
}
