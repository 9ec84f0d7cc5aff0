//! What the protocol says about leases, one rule for each sentence that can be left out.

/// A rule of section 6 (answering from memory), or one that it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Section 1: "There is one counter row", raised as the "last step before COMMIT", so that
    /// "positions are committed in order". A node then asks the ledger for what is greater than
    /// the last it saw, and confirms with one number.
    ///
    /// Left out: positions come from a sequence, and are committed in any order.
    PositionsInOrder,

    /// Section 1: "'greater than the last I saw' and '*confirmed up to p*' mean what they say": a
    /// position stands for all before it. What the feed brings counts as the ledger's next row, or not
    /// at all.
    ///
    /// Left out: a node that hears of a row takes its position for its own, whatever it missed.
    NoGaps,

    /// Section 5: "A logout that finds nothing left to end still [..] waits for it like the first
    /// one. [..] the first may have died before it published."
    ///
    /// Left out: "already ended" is answered at once.
    AskAgain,

    /// Section 6: every process holds a lease row with "a random id made at process start".
    ///
    /// Left out: the row is named after the host, and two processes of one host share it.
    RandomId,

    /// Section 6, "Take or renew, in this order: note the clock; commit the lease row; [..] Only
    /// then does the lease count, from the noted clock."
    ///
    /// Left out: it counts from the moment at which it is taken into force.
    LeaseFromNotedClock,

    /// Section 6, "commit the lease row; read the ledger": the row first.
    ///
    /// Left out: the ledger is read before the row is committed.
    RowBeforeLedger,

    /// Section 6, "Take *or renew*": the ledger is read at each renewal, too.
    ///
    /// Left out: while a lease is in force, a renewal is a row and nothing more.
    LedgerAtEachRenewal,

    /// Section 6, "read the ledger up to now and apply it. *Only then* does the lease count".
    ///
    /// Left out: it counts as soon as its row is committed.
    OnlyThenItCounts,

    /// Section 6, "Check: look at the lease first, then at the copy."
    ///
    /// Left out: the other way round.
    LeaseBeforeCopy,

    /// Section 6, "Check: look at the lease": at each check.
    ///
    /// Left out: a check looks at the copy alone.
    LeaseAtEachCheck,

    /// Section 6, "Confirm a position *after* applying it".
    ///
    /// Left out: it is confirmed when it has been read.
    ConfirmAfterApplying,

    /// Section 6, "Logout: [..] Wait for each".
    ///
    /// Left out: a logout is acknowledged when it is committed.
    WaitForLeases,

    /// Section 6, "Logout: *after its own COMMIT* read the lease rows (on the primary)". (A
    /// replica that lags is the same mistake: it shows the rows as they were.)
    ///
    /// Left out: the logout's own transaction reads them.
    LeaseRowsAfterCommit,

    /// Section 6, "has passed on the waiter's own clock *since that reading*".
    ///
    /// Left out: since the waiter first saw the row with the renewal count that it then reads, which may
    /// have been long before the logout.
    SinceThatReading,

    /// Section 6, "until *its* length [..] has passed": each lease says how long it is.
    ///
    /// Left out: whoever waits takes its own length for everybody's.
    ItsOwnLength,

    /// Section 6, "its length *plus 1%*": two clocks may differ a little in their pace.
    ///
    /// Left out: nothing is added.
    PlusOnePercent,

    /// Section 6, "or *until* its length [..] has passed". This one is for the promise that a
    /// logout is acknowledged at all.
    ///
    /// Left out: a logout waits for each until it has confirmed.
    NoLongerThanTheLease,

    /// Section 6, "then mark it lost *by compare-and-set* on its renewal count".
    ///
    /// Left out: it is marked lost though it was renewed meanwhile.
    LostByCompareAndSet,

    /// Section 6, "A node that finds its row lost starts as new."
    ///
    /// Left out: it goes on as if it had renewed.
    LostStartsAsNew,

    /// The same sentence: new also in that its copy is empty.
    ///
    /// Left out: it takes a new row, and keeps its copy.
    LostStartsEmpty,

    /// Section 6, "Stop: first stop answering, then delete the row."
    ///
    /// Left out: the other way round.
    StopAnsweringFirst,

    /// Section 6, "The clock is `CLOCK_BOOTTIME`", which runs on while a machine sleeps.
    ///
    /// Left out: it is `CLOCK_MONOTONIC`, which doesn't.
    ClockRunsInSleep,
}

impl Rule {
    pub const ALL: [Self; Self::ClockRunsInSleep as usize + 1] = [
        Self::PositionsInOrder,
        Self::NoGaps,
        Self::AskAgain,
        Self::RandomId,
        Self::LeaseFromNotedClock,
        Self::RowBeforeLedger,
        Self::LedgerAtEachRenewal,
        Self::OnlyThenItCounts,
        Self::LeaseBeforeCopy,
        Self::LeaseAtEachCheck,
        Self::ConfirmAfterApplying,
        Self::WaitForLeases,
        Self::LeaseRowsAfterCommit,
        Self::SinceThatReading,
        Self::ItsOwnLength,
        Self::PlusOnePercent,
        Self::NoLongerThanTheLease,
        Self::LostByCompareAndSet,
        Self::LostStartsAsNew,
        Self::LostStartsEmpty,
        Self::StopAnsweringFirst,
        Self::ClockRunsInSleep,
    ];
}
