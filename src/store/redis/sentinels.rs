//! Sentinels, asked which server is the master: what was agreed on last counts.

use std::collections::HashMap;
use std::time::Duration;

use redis::aio::ConnectionManager;
use redis::{ConnectionAddr, ConnectionInfo, ErrorKind, RedisError};
use tokio::task::JoinSet;

use super::link;

pub(super) struct Sentinels {
    connections: Vec<ConnectionManager>,
    /// What they call the master.
    name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
}

/// What one of them says.
struct Told {
    address: Address,
    /// Greater with each fail-over that they agreed on.
    epoch: u64,
}

impl Sentinels {
    pub(super) fn new(
        infos: Vec<ConnectionInfo>,
        master: &ConnectionAddr,
        timeout: Duration,
    ) -> Result<Self, RedisError> {
        let connections = infos.into_iter().map(|info| link::shared(info, timeout));
        let name = match master {
            ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host.clone(),
            other => other.to_string(),
        };
        Ok(Self {
            connections: connections.collect::<Result<_, _>>()?,
            name,
        })
    }

    /// Asks all of them, and waits for more than half: one that was away for a while, or is cut off
    /// from the others, may still tell of an old master.
    pub(super) async fn ask(&self) -> Result<Address, RedisError> {
        let mut asked = JoinSet::new();
        for connection in &self.connections {
            asked.spawn(ask(connection.clone(), self.name.clone()));
        }
        let majority = self.connections.len() / 2 + 1;
        let mut told = Vec::new();
        let mut refused = None;
        while told.len() < majority
            && let Some(answer) = asked.join_next().await
        {
            match answer.expect("a question does not panic") {
                Ok(answer) => told.push(answer),
                Err(error) => refused = Some(error),
            }
        }
        let newest = told.into_iter().max_by_key(|told| told.epoch);
        newest
            .map(|told| told.address)
            .ok_or_else(|| refused.unwrap_or_else(unclear))
    }
}

async fn ask(mut connection: ConnectionManager, name: String) -> Result<Told, RedisError> {
    let mut command = redis::cmd("SENTINEL");
    command.arg("MASTER").arg(name);
    let fields: HashMap<String, String> = command.query_async(&mut connection).await?;
    read(&fields).ok_or_else(unclear)
}

fn read(fields: &HashMap<String, String>) -> Option<Told> {
    Some(Told {
        address: Address {
            host: fields.get("ip")?.clone(),
            port: fields.get("port")?.parse().ok()?,
        },
        epoch: fields.get("config-epoch")?.parse().ok()?,
    })
}

fn unclear() -> RedisError {
    let what = "a sentinel's answer is not understood";
    RedisError::from((ErrorKind::UnexpectedReturnType, what))
}
