//! How soon a logout is in force at the sub-systems: from its acknowledgement until the last of them
//! refuses, one logout at a time and as many as can be made.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cardea_verifier::{Refusal, Verifier, WhenStale};
use tokio::task::JoinSet;

use crate::call::Outcome;
use crate::cluster::{FOLLOWED, NODES};
use crate::deeds::Actor;
use crate::desk::Desk;
use crate::observers::follow;
use crate::people::{Person, Session, Token};

/// For how long a sub-system believes what it heard.
const BOUND: Duration = Duration::from_secs(5);

/// What takes longer than this on a machine that is merely busy is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often somebody is looked at who lets a token in.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// How many sign in at once, and out.
const SIGNING_IN: usize = 8;
const SIGNING_OUT: usize = 32;

/// One in so many logouts of a storm is looked at by all sub-systems: to look at each would be most of
/// what the machine does.
const WATCHED: usize = 3;

/// So many sub-systems, and whom they follow.
pub(crate) struct Followers {
    desk: Desk,
    people: Vec<Arc<Person>>,
    verifiers: Arc<[Verifier]>,
}

/// What was measured, in order.
pub(crate) struct Lateness {
    pub late: Vec<Duration>,
    /// How many logouts were acknowledged each second.
    pub rate: f64,
}

/// Somebody's session that is about to end.
type Doomed = (Arc<Person>, Session);

impl Followers {
    /// So many sub-systems, which have heard everything.
    pub(crate) async fn gather(
        desk: &Desk,
        people: &[Arc<Person>],
        followers: usize,
    ) -> Result<Self, String> {
        let follower = |_| follow(&desk.cluster, BOUND, WhenStale::Refuse);
        let verifiers: Arc<[_]> = (0..followers).map(follower).collect();
        let all = async {
            for follower in &*verifiers {
                follower.ready().await;
            }
        };
        let ready = tokio::time::timeout(PATIENCE, all).await;
        ready.map_err(|_| "a sub-system hears nothing")?;
        Ok(Self {
            desk: desk.clone(),
            people: people.to_vec(),
            verifiers,
        })
    }

    /// One logout after another.
    pub(crate) async fn quiet(&self, logouts: usize) -> Result<Lateness, String> {
        let mut late = Vec::new();
        let mut taken = Duration::ZERO;
        for doomed in self.sign_in(logouts).await? {
            self.know(&doomed.1.token).await?;
            let begun = Instant::now();
            self.log_out(&doomed, late.len()).await?;
            let acknowledged = Instant::now();
            taken += acknowledged - begun;
            late.push(refused_by_all(&self.verifiers, &doomed.1.token, acknowledged).await?);
        }
        Ok(Lateness::of(late, logouts, taken))
    }

    /// As many at once as can be made.
    pub(crate) async fn storm(self: &Arc<Self>, logouts: usize) -> Result<Lateness, String> {
        let doomed = self.sign_in(logouts).await?;
        for (_, session) in doomed.iter().step_by(WATCHED) {
            self.know(&session.token).await?;
        }
        let doomed: VecDeque<_> = doomed.into_iter().enumerate().collect();
        let doomed = Arc::new(Mutex::new(doomed));
        let begun = Instant::now();
        let mut leaving = JoinSet::new();
        for _ in 0..SIGNING_OUT {
            leaving.spawn(Arc::clone(self).leave(Arc::clone(&doomed)));
        }
        let mut watching = Vec::new();
        while let Some(left) = leaving.join_next().await {
            watching.push(left.map_err(|panic| panic.to_string())??);
        }
        let taken = begun.elapsed();
        let mut late = Vec::new();
        for mut watching in watching {
            while let Some(watched) = watching.join_next().await {
                late.push(watched.map_err(|panic| panic.to_string())??);
            }
        }
        Ok(Lateness::of(late, logouts, taken))
    }

    /// Ends one session after another, while there are any.
    async fn leave(
        self: Arc<Self>,
        doomed: Arc<Mutex<VecDeque<(usize, Doomed)>>>,
    ) -> Result<JoinSet<Result<Duration, String>>, String> {
        let mut watching = JoinSet::new();
        let next = || {
            let mut doomed = doomed.lock().unwrap_or_else(PoisonError::into_inner);
            doomed.pop_front()
        };
        while let Some((number, doomed)) = next() {
            self.log_out(&doomed, number).await?;
            let acknowledged = Instant::now();
            if number.is_multiple_of(WATCHED) {
                let (followers, token) = (Arc::clone(&self.verifiers), doomed.1.token);
                watching
                    .spawn(async move { refused_by_all(&followers, &token, acknowledged).await });
            }
        }
        Ok(watching)
    }

    async fn log_out(&self, (person, session): &Doomed, number: usize) -> Result<(), String> {
        let (desk, node) = (&self.desk, number % NODES);
        match (Actor { desk, person, node }).log_out_once(session).await {
            Outcome::Done(_) => Ok(()),
            outcome => Err(format!("a logout on node {node}: {outcome:?}")),
        }
    }

    /// So many sessions, of anybody.
    async fn sign_in(&self, count: usize) -> Result<Vec<Doomed>, String> {
        let mut signing_in = JoinSet::new();
        for row in 0..SIGNING_IN {
            let (desk, people) = (self.desk.clone(), self.people.clone());
            signing_in.spawn(async move {
                let mut doomed = Vec::new();
                for number in (row..count).step_by(SIGNING_IN) {
                    let person = Arc::clone(&people[number % people.len()]);
                    let actor = Actor {
                        desk: &desk,
                        person: &person,
                        node: number % NODES,
                    };
                    let session = actor.log_in(FOLLOWED).await;
                    let session = session.ok_or("a login was not answered as it should be")?;
                    doomed.push((person, session));
                }
                Ok::<_, String>(doomed)
            });
        }
        let mut all = Vec::new();
        while let Some(signed_in) = signing_in.join_next().await {
            all.extend(signed_in.map_err(|panic| panic.to_string())??);
        }
        Ok(all)
    }

    /// Shows a token to all of them, who let it in, and remember it.
    async fn know(&self, token: &Token) -> Result<(), String> {
        for (number, follower) in self.verifiers.iter().enumerate() {
            let begun = Instant::now();
            while let Err(refusal) = follower.verify(&token.text).await {
                if refusal != Refusal::Unavailable || begun.elapsed() > PATIENCE {
                    return Err(format!(
                        "sub-system {number} refuses a good token: {refusal}"
                    ));
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }
}

/// How long after the acknowledgement the last of them refuses. Who refuses doesn't change their mind,
/// so that one after the other can be waited for.
async fn refused_by_all(
    followers: &[Verifier],
    token: &Token,
    acknowledged: Instant,
) -> Result<Duration, String> {
    for (number, follower) in followers.iter().enumerate() {
        loop {
            let late = acknowledged.elapsed();
            match follower.verify(&token.text).await {
                Err(Refusal::Ended(_)) => break,
                Ok(_) if late > BOUND => {
                    return Err(format!(
                        "sub-system {number} accepts {:?} {late:?} after its logout, and believes for \
                         {BOUND:?} what it heard",
                        token.number
                    ));
                }
                Ok(_) | Err(Refusal::Unavailable) if late < PATIENCE => {}
                other => return Err(format!("sub-system {number} says {other:?}, {late:?} late")),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
    Ok(acknowledged.elapsed())
}

impl Lateness {
    #[expect(clippy::cast_precision_loss, reason = "they are thousands")]
    fn of(mut late: Vec<Duration>, logouts: usize, taken: Duration) -> Self {
        late.sort_unstable();
        Self {
            late,
            rate: logouts as f64 / taken.as_secs_f64(),
        }
    }

    /// So many of a hundred were no later.
    pub(crate) fn percentile(&self, of_hundred: usize) -> Duration {
        let number = (self.late.len() * of_hundred).div_ceil(100);
        self.late
            .get(number.saturating_sub(1))
            .copied()
            .unwrap_or_default()
    }
}
