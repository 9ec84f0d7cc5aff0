//! What an application may be, by itself and beside the others.

use std::time::Duration;

use super::{Applications, Source};
use crate::config::application_rules::{
    self as rules, ACCESS_LIFETIME_SECONDS, MOST_SCOPES, SESSION_LIFETIME_SECONDS,
};
use crate::model::application::{Application, Lifetimes};

/// Why an application was not made or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationFault {
    #[error("the client id {0}")]
    ClientId(String),
    #[error("the name {0}")]
    Name(String),
    #[error("the audience {0}")]
    Audience(String),
    #[error("the origin {0}")]
    Origin(String),
    #[error("the scope {0}")]
    Scope(String),
    #[error("{0}")]
    Lifetime(String),
    #[error("the back-channel logout URI {0}")]
    BackchannelLogoutUri(String),
    #[error("there is no application `{0}`; `cardea application list` shows them")]
    NotFound(String),
    #[error(
        "`{0}` is described by the configuration, and not made yet: a server makes it when it starts"
    )]
    NotMadeYet(String),
    #[error(
        "`{0}` is declared in the configuration: change it there, in its table [[applications]], and restart the servers"
    )]
    Declared(String),
    #[error(
        "`{0}` is the default application, which the keys of [tokens] describe: change it there, and restart the servers. Only its scopes can be changed here"
    )]
    Default(String),
}

impl ApplicationFault {
    pub(super) const fn is_of_default(&self) -> bool {
        matches!(self, Self::Default(_))
    }
}

impl Applications {
    /// Whether it is the command line that describes this application.
    pub(super) fn judge_source(&self, client_id: &str) -> Result<(), ApplicationFault> {
        match self.source(client_id) {
            Source::CommandLine => Ok(()),
            Source::Declared => Err(ApplicationFault::Declared(client_id.to_owned())),
            Source::Default => Err(ApplicationFault::Default(client_id.to_owned())),
        }
    }

    /// All that is wrong with an application as it is to be, beside the others that there are.
    pub(super) fn judge(&self, wanted: &Application, all: &[Application]) -> Vec<ApplicationFault> {
        let mut faults = judge_texts(wanted);
        faults.extend(judge_lifetimes(wanted, self.registry.lifetimes(wanted)));
        // What the next server makes is as good as made.
        let not_made_yet = self.not_made_yet(all);
        let others = all.iter().filter(|other| other.id != wanted.id);
        for other in others.chain(&not_made_yet) {
            faults.extend(judge_beside(wanted, other));
        }
        faults.extend(judge_shared(wanted, &self.settings.http.allowed_origins));
        faults
    }
}

/// The origins of an application that are nobody's.
pub(super) fn judge_shared(wanted: &Application, shared: &[String]) -> Vec<ApplicationFault> {
    let origins = wanted.allowed_origins.iter();
    let taken = origins.filter(|origin| shared.contains(origin));
    let told = taken.map(|origin| {
        ApplicationFault::Origin(format!(
            "{origin:?} is among http.allowed_origins, whose pages speak for any application"
        ))
    });
    told.collect()
}

fn judge_texts(wanted: &Application) -> Vec<ApplicationFault> {
    let mut faults = Vec::new();
    let mut add = |fault: fn(String) -> ApplicationFault, problem: Option<String>| {
        faults.extend(problem.map(fault));
    };
    add(
        ApplicationFault::ClientId,
        rules::client_id_problem(&wanted.client_id),
    );
    add(ApplicationFault::Name, rules::name_problem(&wanted.name));
    add(
        ApplicationFault::Audience,
        rules::audience_problem(&wanted.audience),
    );
    for origin in &wanted.allowed_origins {
        add(ApplicationFault::Origin, rules::origin_problem(origin));
    }
    for scope in wanted.scopes.iter() {
        add(ApplicationFault::Scope, rules::scope_problem(scope));
    }
    let uri = wanted.backchannel_logout_uri.as_deref();
    add(
        ApplicationFault::BackchannelLogoutUri,
        uri.and_then(rules::backchannel_logout_uri_problem),
    );
    let count = wanted.scopes.iter().count();
    let too_many = count > MOST_SCOPES;
    add(
        ApplicationFault::Scope,
        too_many.then(|| format!("is one of {count}: an application has at most {MOST_SCOPES}")),
    );
    faults
}

fn judge_lifetimes(wanted: &Application, lifetimes: Lifetimes) -> Vec<ApplicationFault> {
    let own = wanted.lifetimes;
    let sessions = SESSION_LIFETIME_SECONDS;
    let ranges = [
        ("an access token", own.access, ACCESS_LIFETIME_SECONDS),
        ("a session that nobody refreshes", own.idle, sessions),
        ("a session", own.session, sessions),
    ];
    let mut faults = Vec::new();
    for (what, lifetime, (least, most)) in ranges {
        let Some(seconds) = lifetime.as_ref().map(Duration::as_secs) else {
            continue;
        };
        if !(least..=most).contains(&seconds) {
            let told = format!("{what} lives {least} to {most} seconds, not {seconds}");
            faults.push(ApplicationFault::Lifetime(told));
        }
    }
    let Lifetimes {
        access,
        idle,
        session,
    } = lifetimes;
    for (longer, shorter, told) in [
        (
            idle,
            access,
            "a session that nobody refreshes has to live as long as its first access token",
        ),
        (
            session,
            idle,
            "a session has to live as long as one that nobody refreshes",
        ),
    ] {
        if longer < shorter {
            let (longer, shorter) = (longer.as_secs(), shorter.as_secs());
            let told = format!("{told}: {shorter} seconds at least, not {longer}");
            faults.push(ApplicationFault::Lifetime(told));
        }
    }
    faults
}

pub(super) fn judge_beside(wanted: &Application, other: &Application) -> Vec<ApplicationFault> {
    let name = &other.client_id;
    if wanted.client_id == other.client_id {
        let told = format!("{name:?} is taken: `cardea application update` changes what there is");
        return vec![ApplicationFault::ClientId(told)];
    }
    let mut faults = Vec::new();
    if wanted.audience == other.audience {
        let audience = &wanted.audience;
        faults.push(ApplicationFault::Audience(format!(
            "{audience:?} is that of `{name}`: a token of one would be good at the other"
        )));
    }
    let origins = wanted.allowed_origins.iter();
    let taken = origins.filter(|origin| other.allowed_origins.contains(origin));
    faults.extend(taken.map(|origin| {
        ApplicationFault::Origin(format!(
            "{origin:?} is one of `{name}`: an application is recognised by its origins"
        ))
    }));
    faults
}
