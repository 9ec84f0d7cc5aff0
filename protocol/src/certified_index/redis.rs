//! What happens to the servers: replication, fail-over, and loss.

use super::action::Event;
use super::state::{Role, Server, State};
use super::{CertifiedIndex, Rule};
use crate::ledger::Rows;
use crate::rules::when;

impl CertifiedIndex {
    pub(super) fn happen(&self, state: &mut State, server: usize, event: Event) -> Option<()> {
        let own = state.servers[server];
        let other = state.servers[1 - server];
        state.servers[server] = match event {
            Event::Replicate => {
                when(own.role == Role::Replica && other.role == Role::Master)?;
                self.copy_of(other, own)
            }
            Event::Promote => {
                when(own.role == Role::Replica)?;
                state.faults.promotions.take()?;
                Server {
                    role: Role::Master,
                    identity: if self.rules.keep(Rule::ReplicationIdentity) {
                        state.new_identity()
                    } else {
                        own.identity
                    },
                    ..own
                }
            }
            Event::Demote => {
                when(own.role == Role::Master && other.role == Role::Master)?;
                self.copy_of(other, own)
            }
            Event::Flush => {
                when(own.role == Role::Master)?;
                state.faults.flushes.take()?;
                Server {
                    role: own.role,
                    identity: own.identity,
                    ..Server::default()
                }
            }
            Event::Restart => {
                when(own.role == Role::Master)?;
                state.faults.restarts.take()?;
                Server {
                    role: own.role,
                    identity: state.new_identity(),
                    ..Server::default()
                }
            }
            Event::Evict(logout) => {
                when(!self.rules.keep(Rule::NoEviction) && own.rows.has(logout))?;
                Server {
                    rows: own.rows.without(Rows::of(logout)),
                    ..own
                }
            }
        };
        Some(())
    }

    /// All of its master's data, and its replication id. (The `run_id` is each process's own.)
    pub(super) fn copy_of(&self, master: Server, own: Server) -> Server {
        Server {
            role: Role::Replica,
            identity: if self.rules.keep(Rule::ReplicationIdentity) {
                master.identity
            } else {
                own.identity
            },
            ..master
        }
    }

    /// Whether a server says that it is the one that is wanted.
    pub(super) fn is_certified(&self, server: Server, identity: u8) -> bool {
        let is_master = server.role == Role::Master || !self.rules.keep(Rule::RoleMaster);
        is_master && server.identity == identity
    }
}
