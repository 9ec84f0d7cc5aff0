//! What a Redis tells of itself.

use std::collections::HashMap;

use redis::{ErrorKind, FromRedisValue, RedisError, ServerErrorKind, cmd};
use time::OffsetDateTime;

use super::Redis;
use super::advice::with_advice;

/// What a Redis tells of itself: the answer to `INFO`.
#[derive(Clone, Debug)]
pub struct Info(HashMap<String, String>);

impl Info {
    /// What stands under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The program, and its version.
    #[must_use]
    pub fn version(&self) -> (&'static str, &str) {
        match self.get("valkey_version") {
            Some(version) => ("Valkey", version),
            None => ("Redis", self.get("redis_version").unwrap_or_default()),
        }
    }
}

/// It did not answer as it should.
#[derive(Debug, thiserror::Error)]
#[error("{}", with_advice(.0))]
pub struct NoAnswer(RedisError);

impl Redis {
    /// `None`: its user may not ask.
    pub async fn info(&self) -> Result<Option<Info>, NoAnswer> {
        const NOT_ALLOWED: ErrorKind = ErrorKind::Server(ServerErrorKind::NoPerm);
        let text: String = match self.ask("INFO").await {
            Err(NoAnswer(error)) if error.kind() == NOT_ALLOWED => return Ok(None),
            told => told?,
        };
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        let lines = lines.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Some(Info(lines.collect())))
    }

    /// Its clock, by which it drops what has expired.
    pub async fn time(&self) -> Result<OffsetDateTime, NoAnswer> {
        let (seconds, microseconds): (i64, i64) = self.ask("TIME").await?;
        let since = time::Duration::seconds(seconds) + time::Duration::microseconds(microseconds);
        Ok(OffsetDateTime::UNIX_EPOCH + since)
    }

    async fn ask<T: FromRedisValue>(&self, command: &str) -> Result<T, NoAnswer> {
        let mut connection = self.shared.clone();
        let command = cmd(command);
        let answer = command.query_async(&mut connection);
        let answer = tokio::time::timeout(self.timeout, answer).await;
        let silent = || RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
        let answer = answer.unwrap_or_else(|_| Err(silent()));
        answer.map_err(NoAnswer)
    }
}
