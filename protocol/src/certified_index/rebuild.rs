//! What a rebuilder does: trust again, or a certificate that is gone.

use super::action::Task;
use super::node::number;
use super::state::{Job, Rebuilder, Role, State, Trust};
use super::{CertifiedIndex, Rule};
use crate::ledger::Rows;
use crate::rules::when;

impl CertifiedIndex {
    /// "Trust again: raise the epoch (untrusted); wait one lease". Where only the certificate is
    /// gone, there is nothing to wait for: nobody believes that server meanwhile.
    pub(super) fn begin_rebuild(&self, state: &mut State, who: usize, server: usize) -> Option<()> {
        when(state.rebuilders[who] == Rebuilder::Idle)?;
        let target = state.servers[server];
        when(target.role == Role::Master)?;
        let is_in_place = state.index.is_trusted && state.index.identity == target.identity;
        if is_in_place {
            when(!self.certifies(target.certificate, state.index.trust()))?;
        } else if self.rules.keep(Rule::RaiseToTrust) {
            state.raise_epoch(target.identity);
        } else {
            state.index.identity = target.identity;
            state.index.is_trusted = false;
        }
        let waits = !is_in_place && self.rules.keep(Rule::WaitBeforeRebuild);
        state.rebuilders[who] = Rebuilder::Waiting {
            job: Job {
                epoch: state.index.epoch,
                identity: target.identity,
                is_in_place,
            },
            left: if waits { self.bounds.lease } else { 0 },
        };
        Some(())
    }

    pub(super) fn rebuild(&self, state: &mut State, who: usize, task: Task) -> Option<()> {
        self.stop_waiting(state, who);
        state.rebuilders[who] = match (task, state.rebuilders[who]) {
            (Task::PutMarker(server), before) => {
                let after = self.get_on(before, Step::Marker, Rows::NONE)?;
                self.put_marker(state, who, server)?;
                self.if_it_is_the_one(state, server, Rule::IdentityOfMarker, after)
            }
            (Task::ReadLedger, before) => self.get_on(before, Step::Ledger, state.ledger())?,
            (Task::WriteChunk(server), Rebuilder::Writing { job, to_write }) => {
                let after = write_chunk(state, job, to_write, server)?;
                self.if_it_is_the_one(state, server, Rule::IdentityOfChunk, after)
            }
            (
                Task::RunScript(server),
                Rebuilder::Writing {
                    job,
                    to_write: Rows::NONE,
                },
            ) => self.run_script(state, who, job, server)?,
            (Task::WriteCertificate, Rebuilder::FoundMarker(job, server)) => {
                self.write_certificate(state, job, server.into())?
            }
            (Task::SetTrusted, Rebuilder::Certified(job)) => {
                self.set_trusted(state, job);
                Rebuilder::Idle
            }
            (Task::GiveUp, Rebuilder::Idle) => return None,
            (Task::GiveUp, _) => Rebuilder::Idle,
            _ => return None,
        };
        Some(())
    }

    /// "Wait for every lease", or until all have confirmed the epoch.
    pub(super) fn stop_waiting(&self, state: &mut State, who: usize) {
        if let Rebuilder::Waiting { job, .. } = state.rebuilders[who]
            && self.have_confirmed(state, job.epoch)
        {
            state.rebuilders[who] = Rebuilder::Waiting { job, left: 0 };
        }
    }

    /// "Put a random marker into it, *then* read the ledger": in this order, or in the other.
    fn get_on(&self, before: Rebuilder, step: Step, read: Rows) -> Option<Rebuilder> {
        let first = if self.rules.keep(Rule::LedgerAfterMarker) {
            Step::Marker
        } else {
            Step::Ledger
        };
        match before {
            Rebuilder::Waiting { job, left: 0 } if step == first => {
                Some(Rebuilder::HalfDone { job, read })
            }
            Rebuilder::HalfDone { job, read: before } if step != first => {
                let to_write = read.and(before);
                Some(Rebuilder::Writing { job, to_write })
            }
            _ => None,
        }
    }

    /// Over a connection that may lead to any server, like all that a rebuilder asks of Redis.
    fn put_marker(&self, state: &mut State, who: usize, server: usize) -> Option<()> {
        let server = &mut state.servers[server];
        when(server.role == Role::Master)?;
        server.marker = self.marker_of(who);
        if !self.rules.keep(Rule::OnlyGrows) {
            server.rows = Rows::NONE;
        }
        Some(())
    }

    /// It stands for all that this rebuilder ever draws: what it has given up it doesn't go on with.
    fn marker_of(&self, who: usize) -> u8 {
        if self.rules.keep(Rule::RandomMarker) {
            number(who) + 1
        } else {
            1
        }
    }

    /// "Ask the identity": whoever finds another one gives up. The answer comes with the write's own:
    /// what becomes of the server between the two may as well become of it right after both.
    fn if_it_is_the_one(
        &self,
        state: &State,
        server: usize,
        rule: Rule,
        mut after: Rebuilder,
    ) -> Rebuilder {
        let is_it = |job: &mut Job| self.is_certified(state.servers[server], job.identity);
        if after.job().is_some_and(is_it) || !self.rules.keep(rule) {
            after
        } else {
            Rebuilder::Idle
        }
    }

    /// "Then the certificate, in one script that runs only if the marker still stands."
    fn run_script(
        &self,
        state: &mut State,
        who: usize,
        job: Job,
        server: usize,
    ) -> Option<Rebuilder> {
        let at = &mut state.servers[server];
        when(at.role == Role::Master)?;
        if at.marker != self.marker_of(who) && self.rules.keep(Rule::MarkerStands) {
            return Some(Rebuilder::Idle);
        }
        at.marker = 0;
        if self.rules.keep(Rule::OneScript) {
            self.write_certificate(state, job, server)
        } else {
            Some(Rebuilder::FoundMarker(job, number(server)))
        }
    }

    fn write_certificate(&self, state: &mut State, job: Job, server: usize) -> Option<Rebuilder> {
        let server = &mut state.servers[server];
        when(server.role == Role::Master)?;
        server.certificate = self.certificate(Trust {
            epoch: job.epoch,
            identity: job.identity,
        });
        Some(if job.is_in_place {
            Rebuilder::Idle
        } else {
            Rebuilder::Certified(job)
        })
    }

    pub(super) fn certificate(&self, of: Trust) -> Trust {
        let names_identity = self.rules.keep(Rule::IdentityInCertificate);
        let identity = if names_identity { of.identity } else { 0 };
        Trust { identity, ..of }
    }

    /// "Set trusted by compare-and-set on that epoch."
    fn set_trusted(&self, state: &mut State, job: Job) {
        let is_same = state.index.epoch == job.epoch && !state.index.is_trusted;
        if is_same || !self.rules.keep(Rule::TrustByCompareAndSet) {
            state.index.identity = job.identity;
            state.index.is_trusted = true;
        }
    }
}

/// "Write the rows, in many chunks": plain writes, which only grow, whether the marker stands or not.
fn write_chunk(state: &mut State, job: Job, to_write: Rows, server: usize) -> Option<Rebuilder> {
    let to = &mut state.servers[server];
    when(to.role == Role::Master)?;
    let row = to_write.first()?;
    to.rows = to.rows.and(row);
    let to_write = to_write.without(row);
    Some(Rebuilder::Writing { job, to_write })
}

/// One of the two things that come before the rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Marker,
    Ledger,
}
