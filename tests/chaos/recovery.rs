//! When nothing is broken any more: do all servers answer again, and soon?

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::call::Outcome;
use crate::clients::LAST_CALLS;
use crate::cluster::NODES;
use crate::deeds::{Actor, PATIENCE};
use crate::desk::Desk;
use crate::observers::OBSERVERS;
use crate::people::{Person, Token};

/// Each server answers by then.
const LIMIT: Duration = Duration::from_secs(10);

const PAUSE: Duration = Duration::from_millis(50);

/// Waits for the clients' last calls, and then for each server; says how long that took, or which
/// one doesn't answer.
pub(crate) async fn await_all(
    desk: &Desk,
    mut clients: JoinSet<()>,
    people: &[Arc<Person>],
) -> Result<Duration, String> {
    let healed_at = desk.history.now();
    let somebody = people.iter().rfind(|person| !person.is_quiet);
    let somebody = somebody.ok_or("nobody is there")?;
    for node in 0..NODES {
        let desk_of_node = Actor {
            desk,
            person: somebody,
            node,
        };
        while !serves(&desk_of_node).await {
            if desk.history.now() > healed_at + LIMIT {
                return Err(format!("node {node} does not serve again within {LIMIT:?}"));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    let took = desk.history.now().saturating_sub(healed_at);
    let all = async {
        while let Some(ended) = clients.join_next().await {
            ended.map_err(|panic| panic.to_string())?;
        }
        Ok(took)
    };
    let ended = tokio::time::timeout(LAST_CALLS, all).await;
    ended.map_err(|_| "a call does not end".to_owned())?
}

/// Lets somebody in, knows them, and logs them out; the history sees to it that nobody knows them
/// after that.
async fn serves(actor: &Actor<'_>) -> bool {
    let Some(session) = actor.log_in(0).await else {
        return false;
    };
    for node in 0..NODES {
        let elsewhere = Actor { node, ..*actor };
        if !matches!(elsewhere.me(&session.token).await, Outcome::Done(_)) {
            return false;
        }
    }
    actor.log_out(&session, PATIENCE).await;
    let outcome = actor.me(&session.token).await;
    matches!(outcome, Outcome::Ended(_))
}

/// Shows every token that anybody remembers to every server, once more. All of them must be
/// answered, and the sub-systems must come to the same.
pub(crate) async fn look_at_all(desk: &Desk, people: &[Arc<Person>]) -> Result<usize, String> {
    let mut looked_at = 0;
    for person in people {
        let tokens: Vec<Token> = person.wallet().tokens(None).collect();
        for token in &tokens {
            let mut is_live = true;
            for node in 0..NODES {
                let outcome = Actor { desk, person, node }.me(token).await;
                is_live = matches!(outcome, Outcome::Done(_));
                if !matches!(outcome, Outcome::Done(_) | Outcome::Ended(_)) {
                    let number = token.number;
                    return Err(format!("node {node} says of {number:?}: {outcome:?}"));
                }
                looked_at += 1;
            }
            for number in 0..OBSERVERS {
                await_agreement(desk, number, token, is_live).await?;
            }
        }
    }
    Ok(looked_at)
}

/// A sub-system comes back by itself, and has lost nothing then.
async fn await_agreement(
    desk: &Desk,
    number: usize,
    token: &Token,
    is_live: bool,
) -> Result<(), String> {
    let begun = desk.history.now();
    loop {
        match desk.verify(number, token).await {
            None => return Ok(()),
            Some(Outcome::Done(_)) if is_live => return Ok(()),
            Some(Outcome::Ended(_)) if !is_live => return Ok(()),
            Some(outcome) if desk.history.now() > begun + LIMIT => {
                let token = token.number;
                return Err(format!(
                    "sub-system {number} says of {token:?}: {outcome:?}, and servers know better"
                ));
            }
            Some(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
