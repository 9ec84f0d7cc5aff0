//! Passwords: which are good enough, and that each is verified as it was received.

use cardea::config::Config;
use cardea_entity::users;
use sea_orm::EntityTrait as _;
use serde_json::Value;

use crate::app::TestApp;
use crate::people::{Person, codes, credentials};

/// From the top of every list of leaked passwords; each has the length that is asked for.
const COMMON: [&str; 32] = [
    "12345678",
    "123456789",
    "1234567890",
    "password",
    "password1",
    "password123",
    "passw0rd",
    "Password1!",
    "P@ssw0rd",
    "qwertyuiop",
    "qwerty123",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "iloveyou",
    "iloveyou1",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "starwars",
    "whatever",
    "11111111",
    "00000000",
    "87654321",
    "abcd1234",
    "abc123456",
    "asdfghjkl",
    "letmein123",
    "welcome123",
    "admin123",
];

async fn sign_up_with(password: &str, app: &TestApp) -> Vec<Value> {
    let mut alice = Person::named("wilhelmina");
    password.clone_into(&mut alice.password);
    alice.sign_up(app).await
}

#[tokio::test]
async fn common_passwords_are_refused_with_a_reason() {
    let app = TestApp::start().await;
    for password in COMMON {
        let errors = sign_up_with(password, &app).await;
        assert_eq!(
            codes(&errors),
            [("PASSWORD_TOO_WEAK", "password")],
            "{password}"
        );
        let reason = errors[0]["message"].as_str().expect("a text");
        assert!(
            reason.len() > "The password is too easy to guess. ".len(),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn what_is_known_of_a_person_is_no_password() {
    let app = TestApp::start().await;
    let mut person = Person::named("wilhelmina.tenenbaum");
    person.display_name = Some("Countess Vronskaya".to_owned());
    for password in [
        "wilhelmina.tenenbaum@example.com",
        "wilhelmina.tenenbaum",
        "tenenbaum1",
        "Vronskaya1",
        "cardea123",
        "cardealogin",
    ] {
        password.clone_into(&mut person.password);
        let errors = person.sign_up(&app).await;
        assert_eq!(
            codes(&errors),
            [("PASSWORD_TOO_WEAK", "password")],
            "{password}"
        );
    }
}

#[tokio::test]
async fn lengths_are_counted_in_characters_and_told() {
    let app = TestApp::start().await;
    for (password, code, number) in [
        (String::new(), "PASSWORD_TOO_WEAK", "8"),
        ("kX9!vQ2".to_owned(), "PASSWORD_TOO_WEAK", "8"),
        ("Ünïcödé".to_owned(), "PASSWORD_TOO_WEAK", "8"),
        ("kX9!vQ2z".repeat(33), "TOO_LONG", "256"),
        ("🦊".repeat(257), "TOO_LONG", "256"),
    ] {
        let errors = sign_up_with(&password, &app).await;
        assert_eq!(codes(&errors), [(code, "password")], "{password}");
        let reason = errors[0]["message"].as_str().expect("a text");
        assert!(reason.contains(number), "{reason}");
    }
}

#[tokio::test]
async fn long_passwords_and_passwords_of_every_script_work() {
    let app = TestApp::start().await;
    for (number, password) in [
        "vier blaue Türen, neun rostige Äpfel und ein sehr langer Regen über der stillen Stadt",
        "пурпурный тостер сорок два",
        "正しい馬 電池 ホッチキス 七つ",
        "😀🦊🐙🚲🎻🪐🧵🗿🍋🧭",
        "tab\there and \"quotes\" \\ and a nul \u{0} in it",
        &"k7 Qw!".repeat(42),
    ]
    .into_iter()
    .enumerate()
    {
        let mut person = Person::named(&format!("person{number}"));
        password.clone_into(&mut person.password);
        assert_eq!(
            person.sign_up(&app).await,
            Vec::<Value>::new(),
            "{password}"
        );
        person.log_in(&app).await.assert_live(&app).await;
    }
}

#[tokio::test]
async fn a_password_is_verified_exactly_as_it_was_received() {
    let app = TestApp::with(|config| config.limits.account_burst = 100).await;
    let mut alice = Person::named("alice");
    alice.password = "  Zwölf Gelbe\u{0} toasters ".to_owned();
    assert_eq!(alice.sign_up(&app).await, Vec::<Value>::new());
    for wrong in [
        "Zwölf Gelbe\u{0} toasters",
        "  Zwölf Gelbe\u{0} toasters",
        "Zwölf Gelbe\u{0} toasters ",
        "  zwölf gelbe\u{0} toasters ",
        "  ZWÖLF GELBE\u{0} TOASTERS ",
        "  Zwölf Gelbe\u{0} toasters  ",
        "  Zwölf Gelbe toasters ",
        "  Zwölf Gelbe",
        "  Zwo\u{308}lf Gelbe\u{0} toasters ",
        "  Zwolf Gelbe\u{0} toasters ",
        "",
    ] {
        let answer = app.send(credentials(&alice.email, wrong)).await;
        let code = &answer.data()["login"]["code"];
        assert_eq!(code, "INVALID_CREDENTIALS", "{wrong:?}");
    }
    alice.log_in(&app).await;
}

#[tokio::test]
async fn every_byte_of_a_long_password_counts() {
    let app = TestApp::start().await;
    let mut alice = Person::named("alice");
    let long = "k7 Qw! zebra ".repeat(19);
    alice.password = format!("{long}right");
    assert_eq!(alice.sign_up(&app).await, Vec::<Value>::new());
    let trapped: String = alice.password.chars().take(72).collect();
    for wrong in [
        format!("{long}wrong"),
        long,
        trapped,
        format!("{}!", alice.password),
    ] {
        let answer = app.send(credentials(&alice.email, &wrong)).await;
        assert_eq!(answer.data()["login"]["code"], "INVALID_CREDENTIALS");
    }
    alice.log_in(&app).await;
}

fn costing(memory_kibibytes: u32, iterations: u32) -> impl FnOnce(&mut Config) {
    move |config| {
        config.passwords.memory_kibibytes = memory_kibibytes;
        config.passwords.iterations = iterations;
    }
}

async fn only_hash(app: &TestApp) -> String {
    let users = users::Entity::find().all(&app.database().await).await;
    let mut users = users.expect("the table is there");
    assert_eq!(users.len(), 1);
    users.remove(0).password_hash
}

#[tokio::test]
async fn a_hash_is_made_anew_at_login_when_the_cost_was_raised() {
    let app = TestApp::with(costing(8, 1)).await;
    let alice = Person::signed_up("alice", &app).await;
    let cheap = only_hash(&app).await;
    assert!(cheap.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{cheap}");

    let app = app.restarted(costing(16, 2)).await;
    let wrong = app.send(credentials(&alice.email, "something else")).await;
    assert_eq!(wrong.data()["login"]["code"], "INVALID_CREDENTIALS");
    assert_eq!(
        only_hash(&app).await,
        cheap,
        "only the right password renews"
    );
    alice.log_in(&app).await.assert_live(&app).await;
    let renewed = only_hash(&app).await;
    assert!(
        renewed.starts_with("$argon2id$v=19$m=16,t=2,p=1$"),
        "{renewed}"
    );

    alice.log_in(&app).await;
    assert_eq!(only_hash(&app).await, renewed, "once is enough");
    // Lowered it is nobody's loss: whatever becomes of the hash, the password stays the same.
    let app = app.restarted(costing(8, 1)).await;
    alice.log_in(&app).await.assert_live(&app).await;
    alice.log_in(&app).await.assert_live(&app).await;
}
