//! What a rebuilder does: trust again, or a certificate that is gone.

use super::action::Task;
use super::node::number;
use super::state::{Job, Rebuilder, Role, State};
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
            when(target.certificate != state.index.epoch)?;
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
                server: number(server),
                is_in_place,
            },
            left: if waits { self.bounds.lease } else { 0 },
        };
        Some(())
    }

    pub(super) fn rebuild(&self, state: &mut State, who: usize, task: Task) -> Option<()> {
        state.rebuilders[who] = match (task, state.rebuilders[who]) {
            (Task::PutMarker, before) => {
                let after = self.get_on(before, task, Rows::NONE)?;
                self.put_marker(state, who)?;
                after
            }
            (Task::ReadLedger, before) => self.get_on(before, task, state.ledger())?,
            (Task::RunScript, Rebuilder::Done { job, read }) => {
                self.run_script(state, who, job, read)?
            }
            (Task::WriteCertificate, Rebuilder::WroteRows(job)) => write_certificate(state, job)?,
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

    /// "Put a random marker into it, *then* read the ledger": in this order, or in the other.
    fn get_on(&self, before: Rebuilder, task: Task, read: Rows) -> Option<Rebuilder> {
        let first = if self.rules.keep(Rule::LedgerAfterMarker) {
            Task::PutMarker
        } else {
            Task::ReadLedger
        };
        match before {
            Rebuilder::Waiting { job, left: 0 } if task == first => {
                Some(Rebuilder::HalfDone { job, read })
            }
            Rebuilder::HalfDone { job, read: before } if task != first => {
                let read = read.and(before);
                Some(Rebuilder::Done { job, read })
            }
            _ => None,
        }
    }

    /// "Write rows and certificate in one script that runs only if the marker still stands."
    fn run_script(&self, state: &mut State, who: usize, job: Job, read: Rows) -> Option<Rebuilder> {
        let server = &mut state.servers[usize::from(job.server)];
        when(server.role == Role::Master)?;
        if server.marker != self.marker_of(who) && self.rules.keep(Rule::MarkerStands) {
            return Some(Rebuilder::Idle);
        }
        server.marker = 0;
        server.rows = if self.rules.keep(Rule::OnlyGrows) {
            server.rows.and(read)
        } else {
            read
        };
        if self.rules.keep(Rule::OneScript) {
            write_certificate(state, job)
        } else {
            Some(Rebuilder::WroteRows(job))
        }
    }

    fn put_marker(&self, state: &mut State, who: usize) -> Option<()> {
        let job = state.rebuilders[who].job()?;
        let server = &mut state.servers[usize::from(job.server)];
        when(server.role == Role::Master)?;
        server.marker = self.marker_of(who);
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

    /// "Set trusted by compare-and-set on that epoch."
    fn set_trusted(&self, state: &mut State, job: Job) {
        let is_same = state.index.epoch == job.epoch && !state.index.is_trusted;
        if is_same || !self.rules.keep(Rule::TrustByCompareAndSet) {
            state.index.identity = job.identity;
            state.index.is_trusted = true;
        }
    }
}

fn write_certificate(state: &mut State, job: Job) -> Option<Rebuilder> {
    let server = &mut state.servers[usize::from(job.server)];
    when(server.role == Role::Master)?;
    server.certificate = job.epoch;
    Some(if job.is_in_place {
        Rebuilder::Idle
    } else {
        Rebuilder::Certified(job)
    })
}
