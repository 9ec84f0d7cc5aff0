//! What the protocol says about the index in Redis, one rule for each sentence that can be left out.

/// A rule of section 7 (answering from Redis), or one that it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Section 4: "The index only grows. [..] nothing but expiry removes".
    ///
    /// Left out: a rebuild removes what is there when it puts its marker, and begins with nothing.
    OnlyGrows,

    /// Section 5: "A logout that finds nothing left to end *still hands the existing row to the
    /// index* and waits for it like the first one."
    ///
    /// Left out: "already ended" is answered at once.
    AskAgain,

    /// Section 7, "*Trust in Redis is held under a lease too*: a node that hasn't read
    /// `index_state` for one lease length asks only the ledger".
    ///
    /// Left out: it goes on with what it last read.
    TrustUnderLease,

    /// Section 7 with 6, "note the clock; [..] from the noted clock".
    ///
    /// Left out: a node's lease counts from the answer on.
    LeaseFromNotedClock,

    /// Section 7 with 6, "look at the lease first, then at the copy."
    ///
    /// Left out: a node reads Redis, and then looks whether it might.
    LeaseBeforeRead,

    /// Section 7: "Each bucket holds a *certificate*".
    ///
    /// Left out: a node reads the rows alone.
    Certificate,

    /// Section 7, "Each bucket holds a certificate: *the epoch* and the identity", compared as a whole.
    ///
    /// Left out: a certificate of any epoch will do.
    EpochInCertificate,

    /// Section 7, "Each bucket holds a certificate: the epoch and *the identity*": the one that the
    /// rebuilder was to certify, whoever takes the certificate.
    ///
    /// Left out: it names the epoch alone.
    IdentityInCertificate,

    /// Section 7, "Read: one pipeline: `MGET certificate, keys…`": together.
    ///
    /// Left out: the certificate is read, and the rows afterwards.
    RowsWithCertificate,

    /// The same sentence, for the other order.
    ///
    /// Left out: the rows are read, and the certificate afterwards.
    CertificateWithRows,

    /// Section 7, "`MGET certificate, keys…`, then *the server's identity*".
    ///
    /// Left out: a node doesn't ask who answers.
    IdentityOfRead,

    /// Section 7, "*then* the server's identity".
    ///
    /// Left out: a node asks for it before the MGET.
    IdentityBehindRead,

    /// Section 7, "then the server's identity": at each read.
    ///
    /// Left out: a node asks for it once, when it connects.
    IdentityAtEachRead,

    /// Section 7, "ask *the identity* behind the write."
    ///
    /// Left out: a logout doesn't ask who took its row.
    IdentityOfWrite,

    /// Section 7, "ask the identity *behind* the write."
    ///
    /// Left out: a logout asks before it writes, and writes to the same server.
    IdentityBehindWrite,

    /// Section 7, "(`role:master` and `master_replid` [..])": the first half.
    ///
    /// Left out: a replica, which has its master's `master_replid`, will do.
    RoleMaster,

    /// Section 7, "`run_id` does not identify data: a master demoted, resynchronised and promoted
    /// again keeps it".
    ///
    /// Left out: a server's identity is its `run_id`.
    ReplicationIdentity,

    /// Section 7, "Write: *after COMMIT* [..] write". This one is for the promise that a session
    /// which nobody ended is not refused.
    ///
    /// Left out: a logout writes to Redis first, and its transaction may still fail.
    WriteAfterCommit,

    /// Section 7, "Write: after COMMIT *read `index_state`*".
    ///
    /// Left out: a logout goes by what its process knew before.
    ReadStateAfterCommit,

    /// Section 7, "Only a write that the *certified* instance of that epoch took counts." While the
    /// index isn't trusted, the server that is going to be takes the row as well, and then the logout
    /// waits one lease: leases on the server before it may still run.
    ///
    /// Left out: such a write counts at once.
    OnlyCertifiedCounts,

    /// Section 7, "Couldn't write: *raise the epoch and set it untrusted*".
    ///
    /// Left out: the ledger has the row, and after one lease the logout is acknowledged.
    Distrust,

    /// Section 7, "raise the epoch and set it untrusted, *even if it is already*".
    ///
    /// Left out: whoever finds it untrusted leaves it as it is.
    RaiseEvenIfUntrusted,

    /// Section 7, "raise the epoch [..]; *wait one lease*; acknowledge."
    ///
    /// Left out: a logout that couldn't write is acknowledged when it is noted.
    WaitAfterDistrust,

    /// Section 7, "needn't wait for a holder that has read `index_state`, replaced its trust, *and then*
    /// confirmed that epoch in its lease row".
    ///
    /// Left out: it confirms the epoch, and goes by it afterwards.
    ConfirmAfterTrust,

    /// Section 7, "and then confirmed *that* epoch".
    ///
    /// Left out: it confirms whatever the epoch is by then.
    ConfirmWhatWasRead,

    /// Section 7, "needn't wait for a holder that has confirmed *the raised epoch*, or a later one".
    ///
    /// Left out: the epoch that the logout found will do.
    ConfirmedTheRaise,

    /// Section 7, "a node reads `index_state` *once at a time*": no answer that is late replaces what a
    /// later reading found.
    ///
    /// Left out: while its renewal waits for an answer, it hears of the raise, reads and confirms.
    OneReading,

    /// Section 7, "Trust again: *raise the epoch* (untrusted)".
    ///
    /// Left out: the index goes from one server to another within one epoch.
    RaiseToTrust,

    /// Section 7, "Trust again: raise the epoch (untrusted); *wait one lease*; rebuild".
    ///
    /// Left out: the new index may be trusted while leases on the old one run.
    WaitBeforeRebuild,

    /// Section 7, "set trusted by *compare-and-set* on that epoch."
    ///
    /// Left out: it is set trusted whatever happened meanwhile.
    TrustByCompareAndSet,

    /// Section 7, "Rebuild a bucket: put a random marker into it", and ask the identity of whoever
    /// took it.
    ///
    /// Left out: any server may take it.
    IdentityOfMarker,

    /// Section 7, "Rebuild a bucket: [..] write the rows, in many chunks: after each ask *the identity*
    /// of whoever took it", and give up if it is another. The connection may lead to one server for the
    /// rows, and to another for the marker and the certificate.
    ///
    /// Left out: a rebuilder doesn't ask who took its rows.
    IdentityOfChunk,

    /// Section 7, "Rebuild a bucket: [..] then the certificate, *only if the marker still stands*."
    ///
    /// Left out: it is written in any case.
    MarkerStands,

    /// Section 7, "put a *random* marker into it".
    ///
    /// Left out: every rebuilder has the same.
    RandomMarker,

    /// Section 7, "ask for the marker and write the certificate *in one script*".
    ///
    /// Left out: a rebuilder asks whether its marker stands, and then writes the certificate.
    OneScript,

    /// Section 7, "put a random marker into it, *then* read the ledger".
    ///
    /// Left out: the ledger is read before the marker is put.
    LedgerAfterMarker,

    /// Section 7, "Eviction is refused".
    ///
    /// Left out: Redis drops a row when it needs the place, and keeps the certificate.
    NoEviction,
}

impl Rule {
    pub const ALL: [Self; Self::NoEviction as usize + 1] = [
        Self::OnlyGrows,
        Self::AskAgain,
        Self::TrustUnderLease,
        Self::LeaseFromNotedClock,
        Self::LeaseBeforeRead,
        Self::Certificate,
        Self::EpochInCertificate,
        Self::IdentityInCertificate,
        Self::RowsWithCertificate,
        Self::CertificateWithRows,
        Self::IdentityOfRead,
        Self::IdentityBehindRead,
        Self::IdentityAtEachRead,
        Self::IdentityOfWrite,
        Self::IdentityBehindWrite,
        Self::RoleMaster,
        Self::ReplicationIdentity,
        Self::WriteAfterCommit,
        Self::ReadStateAfterCommit,
        Self::OnlyCertifiedCounts,
        Self::Distrust,
        Self::RaiseEvenIfUntrusted,
        Self::WaitAfterDistrust,
        Self::ConfirmAfterTrust,
        Self::ConfirmWhatWasRead,
        Self::ConfirmedTheRaise,
        Self::OneReading,
        Self::RaiseToTrust,
        Self::WaitBeforeRebuild,
        Self::TrustByCompareAndSet,
        Self::IdentityOfMarker,
        Self::IdentityOfChunk,
        Self::MarkerStands,
        Self::RandomMarker,
        Self::OneScript,
        Self::LedgerAfterMarker,
        Self::NoEviction,
    ];
}
