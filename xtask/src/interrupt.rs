//! Notices Ctrl-C and its like, so that what was started is stopped before we go.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

static ASKED_TO_STOP: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on these signals no longer end the process; [`check`] tells of them instead.
///
/// # Errors
/// When a handler can't be registered.
pub(crate) fn watch() -> Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&ASKED_TO_STOP))
            .context("cannot watch for signals")?;
    }
    Ok(())
}

/// Every loop that waits asks this, and thereby unwinds: guards stop the servers and remove their folders.
///
/// # Errors
/// When somebody asked us to stop.
pub(crate) fn check() -> Result<()> {
    if ASKED_TO_STOP.load(Ordering::Relaxed) {
        bail!("interrupted");
    }
    Ok(())
}
