//! What is wrong with the applications, each by itself and side by side.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use secrecy::ExposeSecret;

use super::Application;
use crate::config::Config;
use crate::config::application_rules::{self as rules, MOST_SCOPES};
use crate::config::faults::Problems;

pub(in crate::config) fn check(config: &Config, problems: &mut Problems) {
    for (index, application) in config.applications.iter().enumerate() {
        application.check_texts(index, problems);
        application.check_scopes(index, problems);
        application.check_lifetimes(index, config, problems);
    }
    check_sharing(config, problems);
}

/// The dotted form of a key of the table at this place in the list.
fn dotted(index: usize, key: &str) -> String {
    format!("applications[{index}].{key}")
}

impl Application {
    fn check_texts(&self, index: usize, problems: &mut Problems) {
        let mut judge = |key: &str, problem: Option<String>| {
            if let Some(problem) = problem {
                problems.add(&[&dotted(index, key)], problem);
            }
        };
        judge("client_id", rules::client_id_problem(&self.client_id));
        judge("name", self.name.as_deref().and_then(rules::name_problem));
        let audience = self.audience.as_deref();
        judge("audience", audience.and_then(rules::audience_problem));
        for origin in &self.allowed_origins {
            judge("allowed_origins", rules::origin_problem(origin));
        }
        let secret = self.secret.as_ref().map(ExposeSecret::expose_secret);
        let problem = secret.and_then(rules::secret_problem);
        judge("secret", problem.map(str::to_owned));
        let uri = self.backchannel_logout_uri.as_deref();
        let problem = uri.and_then(rules::backchannel_logout_uri_problem);
        judge("backchannel_logout_uri", problem);
    }

    fn check_scopes(&self, index: usize, problems: &mut Problems) {
        let key = dotted(index, "scopes");
        if self.scopes.len() > MOST_SCOPES {
            let count = self.scopes.len();
            problems.add(
                &[&key],
                format!("are {count}: an application has at most {MOST_SCOPES} scopes"),
            );
        }
        for (position, scope) in self.scopes.iter().enumerate() {
            if let Some(problem) = rules::scope_problem(scope) {
                problems.add(&[&key], problem);
            } else if self.scopes[..position].contains(scope) {
                problems.add(&[&key], format!("{scope:?} stands there twice"));
            }
        }
    }

    fn check_lifetimes(&self, index: usize, config: &Config, problems: &mut Problems) {
        let access = self.access_lifetime_seconds(&config.tokens);
        let idle = self.idle_lifetime_seconds(&config.sessions);
        let whole = self.lifetime_seconds(&config.sessions);
        let own = |key| dotted(index, key);
        // Where neither is its own, the fault is that of `sessions`, which tells of it.
        let has_own_idle = self.idle_lifetime_seconds.is_some();
        if idle < access && (has_own_idle || self.access_lifetime_seconds.is_some()) {
            problems.add(
                &[&own("idle_lifetime_seconds"), &own("access_lifetime_seconds")],
                format!(
                    "a session would be over after {idle} s, before its first access token is, after {access} s: \
                     set idle_lifetime_seconds to at least access_lifetime_seconds"
                ),
            );
        }
        if whole < idle && (has_own_idle || self.lifetime_seconds.is_some()) {
            problems.add(
                &[&own("lifetime_seconds"), &own("idle_lifetime_seconds")],
                format!(
                    "a session would be over after {whole} s, whatever is said about {idle} idle ones: \
                     set lifetime_seconds to at least idle_lifetime_seconds"
                ),
            );
        }
    }
}

/// What only one application can have, the default one included.
fn check_sharing(config: &Config, problems: &mut Problems) {
    let mut taken = Taken::by_default(config);
    for (index, application) in config.applications.iter().enumerate() {
        // What was refused, or forgotten, has its own fault.
        if !application.client_id.is_empty() {
            taken.take_names(index, application, problems);
        }
        taken.take_origins(index, application, problems);
    }
}

/// What is taken, and by whom.
struct Taken {
    client_ids: HashMap<String, String>,
    audiences: HashMap<String, String>,
    origins: HashMap<String, String>,
}

impl Taken {
    fn by_default(config: &Config) -> Self {
        let default = "the default application, which the keys of [tokens] describe".to_owned();
        let shared = |origin: &String| (origin.clone(), "http.allowed_origins".to_owned());
        Self {
            client_ids: HashMap::from([(config.tokens.client_id.clone(), default.clone())]),
            audiences: HashMap::from([(config.tokens.audience.clone(), default)]),
            origins: config.http.allowed_origins.iter().map(shared).collect(),
        }
    }

    fn take_names(&mut self, index: usize, application: &Application, problems: &mut Problems) {
        let client_id = &application.client_id;
        let owner = format!("application {client_id:?}");
        let own = |key| dotted(index, key);
        if let Some(other) = take(&mut self.client_ids, client_id, &owner) {
            problems.add(
                &[&own("client_id"), "tokens.client_id"],
                format!("{client_id:?} is the client id of {other}, too"),
            );
            // By default the audience is the same, which is no news.
            if application.audience.is_none() {
                return;
            }
        }
        let audience = application.audience();
        if let Some(other) = take(&mut self.audiences, audience, &owner) {
            problems.add(
                &[&own("audience"), &own("client_id"), "tokens.audience"],
                format!("{audience:?} is the audience of {other}, too: a token of one would be good at the other"),
            );
        }
    }

    fn take_origins(&mut self, index: usize, application: &Application, problems: &mut Problems) {
        let owner = format!("those of application {:?}", application.client_id);
        for origin in &application.allowed_origins {
            if let Some(other) = take(&mut self.origins, origin, &owner) {
                problems.add(
                    &[&dotted(index, "allowed_origins"), "http.allowed_origins"],
                    format!("{origin:?} is among {other}, too: it must stand in one place only, since an application is recognised by its origins"),
                );
            }
        }
    }
}

/// Who has it already; if nobody, it is taken.
fn take(taken: &mut HashMap<String, String>, text: &str, owner: &str) -> Option<String> {
    match taken.entry(text.to_owned()) {
        Entry::Occupied(other) => Some(other.get().clone()),
        Entry::Vacant(free) => {
            free.insert(owner.to_owned());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(client_id: &str) -> Application {
        Application {
            client_id: client_id.to_owned(),
            ..Application::default()
        }
    }

    fn faults(applications: Vec<Application>) -> Vec<String> {
        let config = Config {
            applications,
            ..Config::default()
        };
        Problems::collect(|problems| check(&config, problems))
    }

    fn assert_told(applications: Vec<Application>, words: &[&str]) {
        let told = faults(applications);
        assert_eq!(told.len(), words.len(), "{told:#?}");
        for (fault, word) in told.iter().zip(words) {
            assert!(fault.contains(word), "{fault} should say {word}");
        }
    }

    #[test]
    fn what_is_good_is_taken() {
        let shop = Application {
            name: Some("Shop".to_owned()),
            audience: Some("https://shop.example.com".to_owned()),
            allowed_origins: vec!["https://shop.example.com".to_owned()],
            scopes: vec!["orders:read".to_owned(), "orders:write".to_owned()],
            access_lifetime_seconds: Some(600),
            idle_lifetime_seconds: Some(600),
            lifetime_seconds: Some(600),
            secret: Some("x".repeat(32).into()),
            backchannel_logout_uri: Some("https://shop.example.com/logout".to_owned()),
            ..named("shop")
        };
        assert_told(vec![shop, named("crm.example"), named("billing-2")], &[]);
        assert_told(Vec::new(), &[]);
    }

    #[test]
    fn each_text_is_judged() {
        let text = || Some(String::new());
        let bad = Application {
            client_id: "a b".to_owned(),
            name: text(),
            audience: text(),
            allowed_origins: vec!["https://A.example".to_owned(), "*".to_owned()],
            scopes: vec!["a b".to_owned(), "a".to_owned(), "a".to_owned()],
            secret: Some("short".into()),
            backchannel_logout_uri: text(),
            ..Application::default()
        };
        let words = [
            "1 to 64",
            "1 to 100",
            "1 to 255",
            "exact form",
            "is not an origin",
            "32 to 255",
            "not an absolute https URL",
            "such as \"orders:read\"",
            "twice",
        ];
        assert_told(vec![bad], &words);
    }

    #[test]
    fn scopes_are_bounded() {
        let with_scopes = |count: usize| Application {
            scopes: (0..count).map(|number| number.to_string()).collect(),
            ..named("shop")
        };
        assert_told(vec![with_scopes(100)], &[]);
        assert_told(vec![with_scopes(101)], &["are 101"]);
    }

    #[test]
    fn no_two_applications_are_alike_nor_like_the_default_one() {
        assert_told(
            vec![named("shop"), named("shop"), named("shop")],
            &["application \"shop\", too"; 2],
        );
        assert_told(
            vec![named("default")],
            &["the default application, which the keys of [tokens] describe, too"],
        );
        assert_told(
            vec![named("cardea")],
            &["\"cardea\" is the audience of the default application"],
        );
        let crm = Application {
            audience: Some("shop".to_owned()),
            ..named("crm")
        };
        assert_told(
            vec![named("shop"), crm],
            &["\"shop\" is the audience of application \"shop\", too"],
        );
        assert_told(vec![named(""), named("")], &["1 to 64"; 2]);
    }

    #[test]
    fn an_origin_belongs_to_one_application() {
        let at = |client_id, origins: &[&str]| Application {
            allowed_origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
            ..named(client_id)
        };
        let (one, two) = ("https://one.example", "https://two.example");
        assert_told(
            vec![at("shop", &[one]), at("crm", &[two, one])],
            &["is among those of application \"shop\", too"],
        );
        let mut config = Config {
            applications: vec![at("shop", &[one])],
            ..Config::default()
        };
        config.http.allowed_origins = vec![one.to_owned()];
        let told = Problems::collect(|problems| check(&config, problems));
        assert!(
            told[0].contains("is among http.allowed_origins, too"),
            "{told:?}"
        );
    }

    #[test]
    fn lifetimes_contain_each_other() {
        let lasting = |access, idle, whole| Application {
            access_lifetime_seconds: access,
            idle_lifetime_seconds: idle,
            lifetime_seconds: whole,
            ..named("shop")
        };
        for (application, words) in [
            (lasting(Some(60), Some(60), Some(60)), &[][..]),
            (lasting(Some(61), Some(60), Some(60)), &["after 61 s"]),
            (lasting(Some(60), Some(61), Some(60)), &["about 61 idle"]),
            // Less than the default of `tokens` or `sessions`.
            (lasting(None, Some(299), None), &["after 300 s"]),
            (lasting(None, None, Some(604_799)), &["about 604800 idle"]),
            (
                lasting(None, Some(2_592_001), None),
                &["about 2592001 idle"],
            ),
        ] {
            assert_told(vec![application], words);
        }
    }
}
