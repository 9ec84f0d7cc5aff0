//! The `cardea` binary: parses arguments, runs, and turns the result into an exit code.

use std::process::ExitCode;

use cardea::cli;
use clap::Parser as _;

/// Many small allocations on many threads: what the system's allocator is slow at.
#[cfg(not(feature = "allocations"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Counts, for `cargo xtask bench --allocations`.
#[cfg(feature = "allocations")]
#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    // What we write is ours: the database and its journal, too.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    // Dropped, it tells what it counted. Between an allocation and who caused it lie many frames.
    #[cfg(feature = "allocations")]
    let _counting = dhat::Profiler::builder().trim_backtraces(Some(40)).build();
    // One cryptography for TLS, too: rustls would not choose between two.
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        unreachable!("nobody installed a provider before main");
    }
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use std::io::Write as _;
            // If nobody reads it, the exit code still tells.
            drop(writeln!(std::io::stderr(), "cardea: {error}"));
            let of_command = error.downcast_ref::<cli::CommandError>();
            of_command.map_or(ExitCode::FAILURE, |error| error.exit_code().into())
        }
    }
}

fn run(arguments: cli::Arguments) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(cli::run(arguments))?)
}
