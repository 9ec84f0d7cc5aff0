//! `cardea doctor`: looking at everything, and saying in plain words what is wrong.

use std::io::{Write as _, stdout};

use clap::Args;
use serde_json::json;

use super::CommandError;
use crate::clock::Clock;
use crate::config::Config;
use crate::doctor::{self, Finding, Status};

#[derive(Args, Debug)]
pub(super) struct DoctorArguments {
    /// One JSON object, for machines.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: DoctorArguments, config: Config) -> Result<(), CommandError> {
    let findings = doctor::examine(&config, &Clock::default()).await;
    let count = |status| findings.iter().filter(|it| it.status == status).count();
    let (faults, warnings) = (count(Status::Fault), count(Status::Warning));
    if arguments.json {
        let told = json!({ "faults": faults, "warnings": warnings, "checks": findings });
        writeln!(stdout(), "{told:#}")?;
    } else {
        for Finding {
            check,
            status,
            text,
        } in &findings
        {
            writeln!(stdout(), "{status:<7}  {check:<17}  {text}")?;
        }
    }
    match faults {
        0 => Ok(()),
        number => Err(CommandError::Unwell(number)),
    }
}
