//! Epochs and identities are names: what matters is which are equal, and which epoch is the newest.

use super::state::{Check, Epoch, Identity, Logout, MOST_REBUILDERS, Rebuilder, Renewal, State};

impl State {
    /// Numbers epochs, and identities, anew from 1, in their order. So however often an epoch is
    /// raised or a server gets a new identity, there is an end to the states.
    pub(super) fn renumber(&mut self) {
        let mut epochs = Numbering::default();
        self.each_epoch(|epoch| epochs.note(*epoch));
        self.each_epoch(|epoch| *epoch = epochs.rank(*epoch));
        let mut identities = Numbering::default();
        self.each_identity(|identity| identities.note(*identity));
        self.each_identity(|identity| *identity = identities.rank(*identity));
    }

    /// Rebuilders are alike but for their markers.
    pub(super) fn sort_rebuilders(&mut self) {
        let mut swapped = *self;
        swapped.rebuilders.reverse();
        for server in &mut swapped.servers {
            server.marker = [0, 2, 1][usize::from(server.marker)];
        }
        let order = |state: &Self| (state.rebuilders, state.servers.map(|server| server.marker));
        if order(&swapped) < order(self) {
            *self = swapped;
        }
    }

    /// A marker counts only while its rebuilder is about to ask for it.
    pub(super) fn forget_idle_markers(&mut self) {
        let mut awaited = [false; 1 + MOST_REBUILDERS];
        for (rebuilder, is_awaited) in self.rebuilders.iter().zip(&mut awaited[1..]) {
            *is_awaited = matches!(
                rebuilder,
                Rebuilder::HalfDone { .. } | Rebuilder::Writing { .. }
            );
        }
        for server in &mut self.servers {
            if !awaited[usize::from(server.marker)] {
                server.marker = 0;
            }
        }
    }

    /// One that nobody has, and nobody remembers.
    pub(super) fn new_identity(mut self) -> Identity {
        let mut greatest = 0;
        self.each_identity(|identity| greatest = greatest.max(*identity));
        greatest + 1
    }

    fn each_epoch(&mut self, mut visit: impl FnMut(&mut Epoch)) {
        visit(&mut self.index.epoch);
        for server in &mut self.servers {
            visit(&mut server.certificate.epoch);
        }
        for node in &mut self.nodes {
            visit(&mut node.trust.epoch);
            visit(&mut node.confirmed);
            match &mut node.renewal {
                Renewal::Answered { epoch, trust, .. } => {
                    visit(epoch);
                    visit(&mut trust.epoch);
                }
                Renewal::Unconfirmed { epoch } => visit(epoch),
                Renewal::Idle | Renewal::Noted { .. } => {}
            }
            if let Check::Running { trust, .. } = &mut node.check {
                visit(&mut trust.epoch);
            }
        }
        for logout in &mut self.logouts {
            match logout {
                Logout::Foreknows(known)
                | Logout::Knows(known)
                | Logout::Asked(known, _)
                | Logout::Wrote(known, _) => visit(&mut known.epoch),
                Logout::Waiting { epoch, .. } => visit(epoch),
                _ => {}
            }
        }
        for rebuilder in &mut self.rebuilders {
            if let Some(job) = rebuilder.job() {
                visit(&mut job.epoch);
            }
        }
    }

    fn each_identity(&mut self, mut visit: impl FnMut(&mut Identity)) {
        visit(&mut self.index.identity);
        for server in &mut self.servers {
            visit(&mut server.identity);
            visit(&mut server.certificate.identity);
        }
        for node in &mut self.nodes {
            visit(&mut node.trust.identity);
            visit(&mut node.connection.1);
            if let Renewal::Answered { trust, .. } = &mut node.renewal {
                visit(&mut trust.identity);
            }
            if let Check::Running { trust, .. } = &mut node.check {
                visit(&mut trust.identity);
            }
        }
        for logout in &mut self.logouts {
            if let Logout::Foreknows(known)
            | Logout::Knows(known)
            | Logout::Asked(known, _)
            | Logout::Wrote(known, _) = logout
            {
                visit(&mut known.identity);
            }
        }
        for rebuilder in &mut self.rebuilders {
            if let Some(job) = rebuilder.job() {
                visit(&mut job.identity);
            }
        }
    }
}

impl Rebuilder {
    pub(super) const fn job(&mut self) -> Option<&mut super::state::Job> {
        match self {
            Self::Idle => None,
            Self::Waiting { job, .. }
            | Self::HalfDone { job, .. }
            | Self::Writing { job, .. }
            | Self::FoundMarker(job, _)
            | Self::Certified(job) => Some(job),
        }
    }
}

/// Which numbers occur, one bit each.
#[derive(Default)]
struct Numbering(u64);

impl Numbering {
    const fn note(&mut self, number: u8) {
        self.0 |= 1 << number;
    }

    /// 0 stays 0: it is no name.
    const fn rank(&self, number: u8) -> u8 {
        if number == 0 {
            return 0;
        }
        let smaller = self.0 & ((1 << number) - 1) & !1;
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16][smaller.count_ones() as usize]
    }
}
