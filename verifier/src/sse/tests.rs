//! Streams as they come: in pieces, with any line end, too long, and no text at all.

use super::*;

fn event(name: &str, data: &str) -> Told {
    Told::Event {
        name: name.to_owned(),
        data: data.to_owned(),
    }
}

#[test]
fn a_stream_says_the_same_however_it_is_cut_and_whatever_ends_its_lines() {
    let expected = [
        event("revocations", "{\"a\":1}"),
        Told::Retry(Duration::from_secs(1)),
        event("", "two\nlines"),
        event("closing", ""),
    ];
    for end in ["\n", "\r\n", "\r"] {
        let lines = [
            "\u{feff}: a comment",
            "event: revocations",
            "id: ledger/7",
            "data: {\"a\":1}",
            "",
            "retry: 1000",
            "data:two",
            "data: lines",
            "unknown: field",
            "",
            "",
            "event: closing",
            "",
            "event: half",
        ];
        let stream = lines.join(end);
        for size in 1..=stream.len() {
            let mut decoder = Decoder::default();
            let told: Vec<_> = stream
                .as_bytes()
                .chunks(size)
                .flat_map(|chunk| decoder.read(chunk).unwrap())
                .collect();
            assert_eq!(told, expected, "{end:?} in pieces of {size}");
        }
    }
}

#[test]
fn what_is_too_long_is_refused_in_a_line_and_in_an_event() {
    let mut decoder = Decoder::default();
    let chunk = vec![b'x'; MAXIMUM_LENGTH / 4];
    let refused = (0..5).map(|_| decoder.read(&chunk)).filter(Result::is_err);
    assert_eq!(refused.count(), 1);

    let mut decoder = Decoder::default();
    let line = [b"data: ".as_slice(), &chunk[..], b"\n"].concat();
    let refused = (0..5).map(|_| decoder.read(&line)).filter(Result::is_err);
    assert_eq!(refused.count(), 2);
}

#[test]
fn what_is_no_text_is_refused() {
    assert_eq!(Decoder::default().read(b"data: \xff\n"), Err(Unreadable));
}
