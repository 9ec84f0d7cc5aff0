//! What the history checker's own test takes out of the protocol, to see whether it is missed.

/// A safeguard without which a logout that has returned need not be a logout everywhere, or somebody
/// is refused whom nobody logged out.
#[derive(Clone, Copy)]
pub(crate) enum Safeguard {
    /// A check asks for the lease before it looks at the copy.
    Lease,
    /// A logout waits for those who answer from a copy.
    Waiting,
    /// What is acknowledged was written.
    Write,
    /// What is not known to be committed is not acknowledged.
    Commit,
    /// A position is confirmed when it is in the copy, and not when it was read.
    Applied,
    /// A lease counts from before it was asked for.
    Clock,
    /// A lease counts when the copy has all that the ledger had.
    Order,
    /// Who finds the lease marked as lost starts as new.
    Lost,
    /// Who finds nothing left to end waits all the same.
    Again,
    /// A token from beyond what the copy knows is a question for the ledger.
    Learning,
    /// What Redis answers counts only with the certificate of the epoch.
    Certificate,
    /// What Redis answers, and what it takes, counts only if it is the server that is trusted.
    Identity,
    /// What could not be written to Redis makes it untrusted.
    Distrust,
    /// Who follows is told of each revocation.
    Told,
}

/// Whether it was taken out. In a release nothing ever is, and there is nothing to ask.
#[cfg(not(feature = "teeth"))]
pub(crate) const fn lacks(_: Safeguard) -> bool {
    false
}

#[cfg(feature = "teeth")]
pub(crate) fn lacks(safeguard: Safeguard) -> bool {
    static MISSING: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| std::env::var("CARDEA_TEETH").unwrap_or_default());
    safeguard.name() == *MISSING
}

#[cfg(feature = "teeth")]
impl Safeguard {
    const fn name(self) -> &'static str {
        match self {
            Self::Lease => "lease",
            Self::Waiting => "waiting",
            Self::Write => "write",
            Self::Commit => "commit",
            Self::Applied => "applied",
            Self::Clock => "clock",
            Self::Order => "order",
            Self::Lost => "lost",
            Self::Again => "again",
            Self::Learning => "learning",
            Self::Certificate => "certificate",
            Self::Identity => "identity",
            Self::Distrust => "distrust",
            Self::Told => "told",
        }
    }
}
