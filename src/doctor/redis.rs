//! Redis: whether it answers, and keeps what it was told.

use secrecy::ExposeSecret as _;

use super::finding::Findings;
use crate::config::{self, Config, RevocationCheck};
use crate::store::redis::{self, Info, Redis};

const CHECK: &str = "redis";

/// What an operator waits for, rather than be told that there is none.
const PATIENCE_MILLISECONDS: u64 = 3000;

/// `SET .. PXAT` came with it.
const OLDEST: (u32, u32) = (6, 2);

/// The Redis that is configured, if it answers.
pub(super) async fn examine(config: &Config, findings: &mut Findings) -> Option<Redis> {
    let url = config.redis.url.as_ref()?;
    let settings = config::Redis {
        timeout_milliseconds: config.redis.timeout_milliseconds.max(PATIENCE_MILLISECONDS),
        ..config.redis.clone()
    };
    let redis = match redis::connect(url.expose_secret(), &settings) {
        Ok(redis) => redis,
        Err(error) => {
            findings.unanswered(
                CHECK,
                &error,
                "write it as redis://user:password@host:port/number",
            );
            return None;
        }
    };
    match redis.info().await {
        Ok(Some(info)) => told(config, &info, findings),
        Ok(None) => findings.warn(CHECK, "its user may not run INFO, so that its settings can't be looked at; add +info to its ACL"),
        Err(error) => {
            let remedy = "check `redis.url`, and that it runs; what it holds was not looked at";
            findings.unanswered(CHECK, &error, remedy);
            return None;
        }
    }
    Some(redis)
}

fn told(config: &Config, info: &Info, findings: &mut Findings) {
    let (name, version) = info.version();
    if name == "Redis" && numbers(version) < OLDEST {
        let (major, minor) = OLDEST;
        findings.fault(
            CHECK,
            format!("{name} {version} is too old; upgrade it to {major}.{minor} or newer"),
        );
    } else {
        findings.ok(CHECK, format!("{name} {version} answers"));
    }
    if info.get("role").is_some_and(|role| role != "master") {
        findings.fault(
            "redis role",
            "it is a replica and takes no writes; let `redis.url` name the master",
        );
    }
    if info.get("redis_mode") == Some("cluster") {
        findings.fault(
            "redis role",
            "it is a cluster, which can't be used; let `redis.url` name a single server",
        );
    }
    // Where it only counts guesses, what it loses lets somebody guess again.
    let is_asked = config.revocation.check == RevocationCheck::Redis;
    let policy = info.get("maxmemory_policy").unwrap_or("not told");
    match (policy, is_asked) {
        ("noeviction", _) => findings.ok("redis eviction", "maxmemory-policy is noeviction"),
        (_, true) => findings.fault("redis eviction", format!(
            "maxmemory-policy is {policy}: revocations that it drops bring dead tokens back; CONFIG SET maxmemory-policy noeviction, and in its configuration file"
        )),
        (_, false) => findings.warn("redis eviction", format!(
            "maxmemory-policy is {policy}: guesses at passwords that it drops are forgotten; set it to noeviction"
        )),
    }
}

fn numbers(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        for (version, is_old) in [
            ("6.0.16", true),
            ("6.2.0", false),
            ("7.0", false),
            ("10.1", false),
            ("5", true),
        ] {
            assert_eq!(numbers(version) < OLDEST, is_old, "{version}");
        }
    }
}
