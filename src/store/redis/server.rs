//! What a server says of itself, behind what it was asked.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::model::index_state::Identity;

/// `INFO replication`: who answered. `None` for a replica: it has its master's identity, and not all of
/// its data.
pub(super) fn identity(info: &str, database: i64) -> Option<Identity> {
    let is_master = field(info, "role") == Some("master");
    let identity = Identity::new(field(info, "master_replid")?, database)?;
    is_master.then_some(identity)
}

/// One value of an answer to `INFO`.
pub(super) fn field<'i>(info: &'i str, name: &str) -> Option<&'i str> {
    let mut fields = info.lines().filter_map(|line| line.split_once(':'));
    fields.find_map(|(known, value)| (known == name).then_some(value))
}

/// The user of the URL is not let in, or may not do what is needed.
pub(super) fn is_forbidden(error: &RedisError) -> bool {
    let forbids = [
        ErrorKind::Server(ServerErrorKind::NoPerm),
        ErrorKind::AuthenticationFailed,
    ];
    forbids.contains(&error.kind()) || matches!(error.code(), Some("NOAUTH" | "WRONGPASS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = "8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb";

    #[test]
    fn a_master_has_an_identity_and_a_replica_has_none() {
        let info = |role| {
            format!(
                "# Replication\r\nrole:{role}\r\nconnected_slaves:0\r\n\
                 master_failover_state:no-failover\r\nmaster_replid:{DIGITS}\r\nmaster_replid2:0\r\n"
            )
        };
        assert_eq!(identity(&info("master"), 3), Identity::new(DIGITS, 3));
        assert_ne!(identity(&info("master"), 3), Identity::new(DIGITS, 0));
        assert_eq!(identity(&info("slave"), 0), None);
        assert_eq!(identity("", 0), None);
    }

    #[test]
    fn a_policy_is_read_from_the_memory_section() {
        let info = "# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n";
        assert_eq!(field(info, "maxmemory_policy"), Some("noeviction"));
        assert_eq!(field(info, "maxmemory_human"), None);
    }
}
