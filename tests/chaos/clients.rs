//! Who calls: people who sign in and out, people who only stay, those who try any token anywhere,
//! at the sub-systems, too, and an operator at the command line.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::call::{Deed, Logout, Outcome, Scope, Way};
use crate::chance::Chance;
use crate::cluster::APPLICATIONS;
use crate::deeds::{Actor, PATIENCE, anywhere};
use crate::desk::Desk;
use crate::observers::OBSERVERS;
use crate::people::Person;

/// How many of each act at once.
const PEOPLE: u64 = 20;
const QUIET: u64 = 3;
const PROBERS: u64 = 8;
const OBSERVING: u64 = 8;

/// So many sessions somebody has, about.
const SESSIONS: usize = 4;

/// One in so many does not wait for an answer, and asks somebody else.
const IMPATIENT: usize = 4;

/// All clients, at work until the history is over.
pub(crate) fn start(desk: &Desk, people: &[Arc<Person>], seed: u64) -> JoinSet<()> {
    let mut clients = JoinSet::new();
    let (quiet, busy): (Vec<_>, Vec<_>) =
        people.iter().cloned().partition(|person| person.is_quiet);
    for number in 0..PEOPLE {
        let (desk, busy) = (desk.clone(), busy.clone());
        clients.spawn(act(desk, busy, Chance::new(seed, number)));
    }
    for number in 0..QUIET {
        let (desk, quiet) = (desk.clone(), quiet.clone());
        clients.spawn(stay(desk, quiet, Chance::new(seed, 100 + number)));
    }
    for number in 0..PROBERS {
        let (desk, people) = (desk.clone(), people.to_vec());
        clients.spawn(probe(desk, people, Chance::new(seed, 200 + number)));
    }
    for number in 0..OBSERVING {
        let (desk, people) = (desk.clone(), people.to_vec());
        clients.spawn(observe(desk, people, Chance::new(seed, 350 + number)));
    }
    clients.spawn(operate(desk.clone(), busy, Chance::new(seed, 300)));
    clients
}

async fn act(desk: Desk, people: Vec<Arc<Person>>, mut chance: Chance) {
    while !desk.history.is_over() {
        let Some(person) = chance.pick(&people) else {
            return;
        };
        let actor = Actor {
            desk: &desk,
            person,
            node: anywhere(&mut chance),
        };
        step(&actor, &mut chance).await;
        tokio::time::sleep(chance.milliseconds(5, 60)).await;
    }
}

async fn step(actor: &Actor<'_>, chance: &mut Chance) {
    let person = actor.person;
    let taken = {
        let mut wallet = person.wallet();
        let is_poor = wallet.sessions.len() < SESSIONS && chance.one_in(2);
        if is_poor { None } else { wallet.take(chance) }
    };
    let Some(session) = taken else {
        let opened = actor.log_in(chance.below(APPLICATIONS.len())).await;
        person.wallet().sessions.extend(opened);
        return;
    };
    let patience = if chance.one_in(IMPATIENT) {
        chance.milliseconds(10, 400)
    } else {
        PATIENCE
    };
    match chance.below(32) {
        0..8 => {
            let outcome = actor.me(&session.token).await;
            if !matches!(outcome, Outcome::Ended(_)) {
                person.wallet().sessions.push(session);
            }
        }
        8..13 => actor.refresh(session, patience).await,
        13..21 => actor.log_out(&session, patience).await,
        21..26 => {
            let other = person.wallet().sessions.first().cloned();
            let by = other.unwrap_or_else(|| session.clone());
            actor.revoke(&session, &by, patience).await;
        }
        26..28 => actor.log_out_of_application(&session, patience).await,
        28 => actor.log_out_everywhere(&session, patience).await,
        29 => actor.log_out_elsewhere(session, patience).await,
        _ => actor.change_password(session, patience).await,
    }
}

/// Signs in, refreshes, and never signs out.
async fn stay(desk: Desk, people: Vec<Arc<Person>>, mut chance: Chance) {
    while !desk.history.is_over() {
        let Some(person) = chance.pick(&people) else {
            return;
        };
        let actor = Actor {
            desk: &desk,
            person,
            node: anywhere(&mut chance),
        };
        let session = {
            let mut wallet = person.wallet();
            let is_rich = wallet.sessions.len() >= SESSIONS;
            is_rich.then(|| wallet.take(&mut chance)).flatten()
        };
        match session {
            None => {
                let opened = actor.log_in(chance.below(APPLICATIONS.len())).await;
                person.wallet().sessions.extend(opened);
            }
            Some(session) if chance.one_in(4) => actor.refresh(session, PATIENCE).await,
            Some(session) => {
                actor.me(&session.token).await;
                person.wallet().sessions.push(session);
            }
        }
        tokio::time::sleep(chance.milliseconds(20, 150)).await;
    }
}

/// Tries tokens that somebody remembers, dead or alive.
async fn probe(desk: Desk, people: Vec<Arc<Person>>, mut chance: Chance) {
    while !desk.history.is_over() {
        let Some(person) = chance.pick(&people) else {
            return;
        };
        let node = anywhere(&mut chance);
        let token = person.wallet().token(&mut chance);
        if let Some(token) = token {
            let desk = &desk;
            Actor { desk, person, node }.me(&token).await;
        }
        tokio::time::sleep(chance.milliseconds(2, 25)).await;
    }
}

/// Shows tokens that somebody remembers to the sub-systems.
async fn observe(desk: Desk, people: Vec<Arc<Person>>, mut chance: Chance) {
    while !desk.history.is_over() {
        let Some(person) = chance.pick(&people) else {
            return;
        };
        let token = person.wallet().token(&mut chance);
        if let Some(token) = token {
            desk.verify(chance.below(OBSERVERS), &token).await;
        }
        tokio::time::sleep(chance.milliseconds(2, 25)).await;
    }
}

/// `cardea user logout`, on the machine of one of the nodes.
async fn operate(desk: Desk, people: Vec<Arc<Person>>, mut chance: Chance) {
    while !desk.history.is_over() {
        tokio::time::sleep(chance.milliseconds(1500, 4000)).await;
        let Some(person) = chance.pick(&people) else {
            return;
        };
        let node = anywhere(&mut chance);
        let scope = Scope::User(person.number);
        let mut command = desk.cluster.settings[node].program();
        command.args(["user", "logout", &person.email]);
        let call = desk.history.begin(
            node,
            Deed::Logout(Logout {
                way: Way::Operator,
                scope,
                caller: None,
                kept: None,
                password: None,
            }),
        );
        let outcome = tokio::task::spawn_blocking(move || run(&mut command)).await;
        let outcome = outcome.unwrap_or(Outcome::Silence);
        desk.history.end(call, &outcome);
        if matches!(outcome, Outcome::Done(_)) {
            let desk = &desk;
            Actor { desk, person, node }.look(scope).await;
        }
    }
}

/// It tells by its exit code whether the logout is in force.
fn run(command: &mut Command) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Outcome::done(),
        _ => Outcome::Unavailable,
    }
}

/// Long enough for any call that was begun to end.
pub(crate) const LAST_CALLS: Duration = Duration::from_secs(30);
