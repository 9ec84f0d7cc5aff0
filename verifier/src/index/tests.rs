//! What the vectors can't say: rows in another order, and rows that leave.

use super::*;

fn claims() -> Claims {
    let text = str::to_owned;
    Claims {
        iss: text("https://login.example.com"),
        aud: text("https://shop.example.com"),
        sub: text("ada"),
        sid: text("a session"),
        jti: text("a token"),
        iat: 0,
        exp: 300,
        nbf: None,
        auth_time: 0,
        amr: Vec::new(),
        client_id: text("shop"),
        scope: None,
        rev: 5,
    }
}

fn row(position: i64, effect: Effect, subject: Subject, expires_at: i64) -> Row {
    Row {
        position,
        effect,
        cut_off: !matches!(subject, Subject::Session(_)),
        subject,
        reason: Reason::Suspended,
        expires_at,
    }
}

#[test]
fn rows_say_the_same_in_whatever_order_they_come_and_however_often() {
    let ada = || Subject::User("ada".into());
    let rows = [
        row(7, Effect::Dead, ada(), 900),
        row(9, Effect::Dead, ada(), 400),
        row(
            11,
            Effect::Stale,
            Subject::Grant("ada".into(), "shop".into()),
            900,
        ),
        row(3, Effect::Dead, Subject::Session("another".into()), 900),
    ];
    let marks = Marks::of(&claims(), "a key");
    for start in 0..rows.len() {
        let mut index = Index::default();
        let again = rows.iter().cycle().skip(start).take(2 * rows.len());
        again.for_each(|row| index.learn(row.clone()));
        assert_eq!(index.len(), 3);
        let judged = [5, 7, 8, 9, 10, 11].map(|rev| index.judge(rev, 300, &marks));
        let dead = Verdict::Dead(Reason::Suspended);
        let (stale, live) = (Verdict::Stale, Verdict::Live);
        assert_eq!(judged, [dead, dead, dead, stale, stale, live]);
        // The later expiry won.
        index.forget_expired(901 - 1);
        assert_eq!(index.judge(5, 300, &marks), dead);
        index.forget_expired(901);
        assert!(index.is_empty());
        // By a clock that was ahead, as it seems.
        let judged = [(5, 300), (10, 900), (10, 901), (11, 300)];
        let judged = judged.map(|(rev, exp)| index.judge(rev, exp, &marks));
        assert_eq!(judged, [Verdict::Expired, Verdict::Expired, live, live]);
    }
}

#[test]
fn what_was_swept_only_rises() {
    let marks = Marks::of(&claims(), "a key");
    let swept = |position, exp| Swept { position, exp };
    let mut index = Index::default();
    assert_eq!(index.judge(i64::MIN, i64::MIN, &marks), Verdict::Live);
    for note in [swept(9, 300), swept(7, 350), swept(9, 20), swept(0, 0)] {
        index.note_swept(note);
    }
    for (rev, exp, verdict) in [
        (8, 350, Verdict::Expired),
        (9, 350, Verdict::Live),
        (8, 351, Verdict::Live),
        (i64::MIN, i64::MIN, Verdict::Expired),
        (i64::MAX, i64::MIN, Verdict::Live),
    ] {
        assert_eq!(index.judge(rev, exp, &marks), verdict, "{rev} {exp}");
    }
}
