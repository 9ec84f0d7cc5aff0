//! The rules, on histories written by hand: one second a call, unless it says otherwise.

use super::*;
use crate::call::Way;

const USER: UserNumber = UserNumber(0);
const SHOP: ApplicationNumber = ApplicationNumber(1);

/// A history under way.
#[derive(Default)]
struct Story {
    checker: Checker,
    opened: usize,
}

const fn at(seconds: u64) -> Time {
    Duration::from_secs(seconds)
}

fn ended() -> Outcome {
    Outcome::Ended("LOGGED_OUT".to_owned())
}

fn of(scope: Scope) -> Logout {
    Logout {
        way: Way::Logout,
        scope,
        caller: None,
        kept: None,
        password: None,
    }
}

impl Story {
    fn call(
        &mut self,
        begun: u64,
        ended: u64,
        deed: Deed,
        outcome: &Outcome,
    ) -> Option<(SessionNumber, TokenNumber)> {
        let call = self.checker.begin(at(begun), 0, deed);
        self.checker.end(call, at(ended), outcome)
    }

    /// From then until a second later; the first is session 0, called "0".
    fn login(&mut self, begun: u64) -> (SessionNumber, TokenNumber) {
        self.login_with(begun, 0)
    }

    fn login_with(&mut self, begun: u64, password: usize) -> (SessionNumber, TokenNumber) {
        let deed = Deed::Login {
            user: USER,
            application: SHOP,
            password,
        };
        let outcome = issued(&self.opened.to_string());
        self.opened += 1;
        let opened = self.call(begun, begun + 1, deed, &outcome);
        opened.expect("a login brings tokens")
    }

    fn refresh(&mut self, begun: u64, session: SessionNumber, outcome: &Outcome) {
        self.call(begun, begun + 1, Deed::Refresh(session), outcome);
    }

    fn me(&mut self, begun: u64, token: TokenNumber, outcome: &Outcome) {
        self.call(begun, begun + 1, Deed::Me(token), outcome);
    }

    fn logout(&mut self, begun: u64, logout: Logout, outcome: &Outcome) {
        self.call(begun, begun + 1, Deed::Logout(logout), outcome);
    }

    fn breaches(&self) -> Vec<Breach> {
        let violations = self.checker.violations.iter();
        violations
            .map(|violation| violation.breach.clone())
            .collect()
    }

    fn is_good(&self) -> bool {
        self.checker.violations.is_empty()
    }
}

fn issued(name: &str) -> Outcome {
    Outcome::Done(Done {
        issued: Some(name.to_owned()),
        ended: Vec::new(),
    })
}

#[test]
fn who_asks_after_the_acknowledgement_must_be_refused_and_who_asked_before_it_need_not() {
    let mut story = Story::default();
    let (session, token) = story.login(0);
    // It begins before the logout has ended, and ends long after.
    let during = story.checker.begin(at(3), 1, Deed::Me(token));
    story.logout(2, of(Scope::Session(session)), &Outcome::done());
    story.checker.end(during, at(9), &Outcome::done());
    assert!(story.is_good());
    story.me(4, token, &ended());
    assert!(story.is_good());
    story.me(4, token, &Outcome::done());
    assert_eq!(story.breaches(), [Breach::Accepted(token)]);
}

#[test]
fn a_logout_without_an_answer_binds_nobody_until_it_is_asked_for_again() {
    for outcome in [Outcome::Silence, Outcome::Unavailable, Outcome::Fault] {
        let mut story = Story::default();
        let (session, token) = story.login(0);
        story.logout(2, of(Scope::Session(session)), &outcome);
        story.me(4, token, &Outcome::done());
        story.me(4, token, &ended());
        assert!(story.is_good());
        story.logout(6, of(Scope::Session(session)), &Outcome::done());
        story.me(8, token, &Outcome::done());
        assert_eq!(story.breaches(), [Breach::Accepted(token)]);
    }
}

#[test]
fn a_session_that_ended_gets_no_tokens_and_those_that_it_got_meanwhile_are_dead() {
    let mut story = Story::default();
    let (session, _) = story.login(0);
    let overlapping = story.checker.begin(at(2), 0, Deed::Refresh(session));
    story.logout(2, of(Scope::Session(session)), &Outcome::done());
    let refreshed = story.checker.end(overlapping, at(5), &issued(""));
    let (_, token) = refreshed.expect("a refresh brings a token");
    assert!(story.is_good());
    story.me(6, token, &Outcome::done());
    story.refresh(6, session, &issued(""));
    assert_eq!(story.breaches(), [Breach::Accepted(token), Breach::Revived]);
}

#[test]
fn a_cut_off_concerns_what_was_out_when_it_began() {
    for scope in [Scope::User(USER), Scope::Grant(USER, SHOP)] {
        let mut story = Story::default();
        let (_, before) = story.login(0);
        // Ends when the logout is under way: it may be dead or alive.
        let (_, during) = story.login(2);
        story.logout(2, of(scope), &Outcome::done());
        let (_, after) = story.login(4);
        for outcome in [Outcome::done(), ended()] {
            story.me(6, during, &outcome);
        }
        story.me(6, after, &Outcome::done());
        story.me(6, before, &ended());
        assert!(story.is_good());
        story.me(6, before, &Outcome::done());
        story.me(6, after, &ended());
        let refused = Breach::Refused("LOGGED_OUT".to_owned());
        assert_eq!(story.breaches(), [Breach::Accepted(before), refused]);
    }
}

#[test]
fn another_application_or_user_is_not_concerned() {
    let others = [
        Scope::Grant(USER, ApplicationNumber(0)),
        Scope::User(UserNumber(1)),
    ];
    for scope in others {
        let mut story = Story::default();
        let (_, token) = story.login(0);
        story.logout(2, of(scope), &Outcome::done());
        story.me(4, token, &Outcome::done());
        assert!(story.is_good());
        story.me(4, token, &ended());
        assert!(!story.is_good());
    }
}

#[test]
fn a_session_that_is_kept_lives_and_its_older_tokens_do_not() {
    let mut story = Story::default();
    let (kept, old) = story.login(0);
    let (_, other) = story.login(0);
    let logout = Logout {
        kept: Some(kept),
        ..of(Scope::User(USER))
    };
    let renewed = story.call(2, 3, Deed::Logout(logout), &issued(""));
    let (_, new) = renewed.expect("it was kept");
    story.me(4, new, &Outcome::done());
    story.me(4, old, &ended());
    story.refresh(4, kept, &issued(""));
    assert!(story.is_good());
    story.me(4, old, &Outcome::done());
    story.me(4, other, &Outcome::done());
    story.me(4, new, &ended());
    assert_eq!(story.breaches().len(), 3);
    story.refresh(4, kept, &ended());
    assert_eq!(story.breaches().len(), 4);
}

#[test]
fn a_session_that_an_answer_names_has_ended() {
    let mut story = Story::default();
    // Under way when the logout begins, and ended by it all the same: it says so.
    let (_, token) = story.login(2);
    let outcome = Outcome::Done(Done {
        issued: None,
        ended: vec!["0".to_owned(), "of a login without an answer".to_owned()],
    });
    story.logout(2, of(Scope::User(USER)), &outcome);
    story.me(4, token, &Outcome::done());
    assert_eq!(story.breaches(), [Breach::Accepted(token)]);
}

#[test]
fn who_was_refused_may_have_been_logged_out_by_nobody_whose_call_was_not_done() {
    for outcome in [
        Outcome::Unsent,
        Outcome::Refused("FORBIDDEN".to_owned()),
        ended(),
    ] {
        let mut story = Story::default();
        let (session, token) = story.login(0);
        story.logout(2, of(Scope::Session(session)), &outcome);
        story.me(4, token, &Outcome::done());
        assert!(story.is_good());
        story.me(4, token, &ended());
        assert!(!story.is_good());
    }
}

#[test]
fn a_call_without_an_answer_may_happen_for_a_while_and_not_for_ever() {
    let mut story = Story::default();
    story.logout(0, of(Scope::User(USER)), &Outcome::Silence);
    let (_, soon) = story.login(20);
    let (_, late) = story.login(100);
    story.me(110, soon, &ended());
    assert!(story.is_good());
    story.me(110, late, &ended());
    assert!(!story.is_good());
}

#[test]
fn a_refresh_without_an_answer_may_look_like_theft_later() {
    let mut story = Story::default();
    let (session, token) = story.login(0);
    story.refresh(2, session, &Outcome::Silence);
    story.me(4, token, &ended());
    story.refresh(4, session, &Outcome::Ended("REUSED".to_owned()));
    assert!(story.is_good());
}

#[test]
fn a_caller_must_be_let_in_to_end_others() {
    let mut story = Story::default();
    let (session, token) = story.login(0);
    story.logout(2, of(Scope::Session(session)), &Outcome::done());
    let logout = Logout {
        caller: Some(token),
        ..of(Scope::User(USER))
    };
    story.logout(4, logout, &ended());
    assert!(story.is_good());
    story.logout(4, logout, &Outcome::done());
    assert_eq!(story.breaches(), [Breach::Accepted(token)]);
}

#[test]
fn an_old_password_opens_nothing_once_a_new_one_is_set() {
    let mut story = Story::default();
    let (kept, _) = story.login(0);
    let change = Logout {
        kept: Some(kept),
        password: Some(1),
        ..of(Scope::User(USER))
    };
    let during = story.login_with(2, 0);
    assert_eq!(during.0, SessionNumber(1));
    story.call(2, 3, Deed::Logout(change), &issued(""));
    story.login_with(4, 1);
    assert!(story.is_good());
    story.login_with(4, 0);
    assert_eq!(story.breaches(), [Breach::OldPassword]);
}

const BOUND: Duration = Duration::from_secs(2);

impl Story {
    fn verify(&mut self, begun: u64, token: TokenNumber, outcome: &Outcome) {
        let deed = Deed::Verify {
            token,
            bound: BOUND,
        };
        self.call(begun, begun + 1, deed, outcome);
    }
}

#[test]
fn a_sub_system_may_be_late_by_its_bound_and_no_later() {
    for (late, breaches) in [(0, 0), (2, 0), (3, 1)] {
        let mut story = Story::default();
        let (session, token) = story.login(1);
        // Acknowledged at 4.
        story.logout(3, of(Scope::Session(session)), &Outcome::done());
        story.verify(4 + late, token, &Outcome::done());
        assert_eq!(
            story.breaches(),
            vec![Breach::Accepted(token); breaches],
            "{late} s"
        );
        assert_eq!(story.checker.latest, Duration::from_secs(late));
    }
}

#[test]
fn a_sub_system_that_hears_nothing_lets_nobody_in() {
    let mut story = Story::default();
    let (_, token) = story.login(1);
    story.checker.silence(at(4), true);
    // From one kind of silence to another.
    story.checker.silence(at(5), true);
    story.verify(6, token, &Outcome::done());
    assert_eq!(story.breaches(), []);
    story.verify(7, token, &Outcome::Unavailable);
    story.verify(7, token, &Outcome::done());
    assert_eq!(story.breaches(), [Breach::Believed(token)]);
    story.checker.silence(at(9), false);
    story.verify(9, token, &Outcome::done());
    assert_eq!(story.breaches(), [Breach::Believed(token)]);
}

#[test]
fn a_sub_system_refuses_nobody_whom_nobody_logged_out() {
    let mut story = Story::default();
    let (_, token) = story.login(1);
    story.verify(3, token, &Outcome::Refused("MALFORMED".to_owned()));
    story.verify(4, token, &ended());
    let refused = |why: &str| Breach::Refused(why.to_owned());
    assert_eq!(
        story.breaches(),
        [refused("MALFORMED"), refused("LOGGED_OUT")]
    );
}
