//! The command line: which chore, and its options.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::test::Part;
use crate::{bench, chaos, model};

pub(crate) const HELP: &str = "\
cargo xtask CHORE

  demo
      Start Cardea, three sub-systems in three languages, and a page that signs in to all of them and logs out in all
      the ways there are. Ctrl-C ends it.

  test [--only unit|api|browser|foreign]
      Run every test, on databases and servers that it starts and stops itself.
      As root on Debian or Ubuntu it first installs what is missing; elsewhere it says what is.

  ci
      The static checks: formatting, lints, licences and sources of dependencies, the playground's assets.
      A change is good when this and `cargo xtask test` pass (.ci/run runs both).

  bench [--starts N] [--seconds S] [--crowd USERS] [--server PATH] [--rows all|me|sub-systems]
      Measure a release build, and print a table of medians over N starts (default 5) of S seconds
      a row (default 3). --crowd says how many users the large database has (default 1000000, about half
      a gigabyte, loaded once); 0 leaves it out. --server measures a binary that is there already, built
      with the feature `bench`, with `bench_index` and the verifier's examples/ beside it. --rows me measures `me` from
      memory and the constant alone; sub-systems, what verifying and following cost, and how soon a logout is in force there.

  bench --allocations REQUESTS
      Count what `me` and the constant allocate a request (up to 20000), in a debug build, on SQLite. Who allocates
      is written to target/allocations-*.json, for DHAT's viewer.

  fuzz [--seconds N]
      Run each fuzz target for N seconds (default 60).

  model [--states N] [--rule NAME]
      Search the models of the revocation protocol further than the tests do, each case until it has seen more
      than N states (default 40000000, about 5 GB), and print a table. --rule takes only the cases that leave out
      that rule, and tells step by step what goes wrong.
  chaos [--minutes N] [--seed S] [--check memory|redis|both]
      Break servers, their connections, their database and their Redis for N minutes (default 10) while clients
      log in and out, and hold every call against the promise: once with servers that check in memory, and once
      with servers that ask Redis. A seed gives the same choices again, not the same moments; without one, a new
      seed is taken, and told.

  chaos --followers N,.. [--check memory|redis|both]
      Break nothing, and measure how soon after its acknowledgement a logout is in force at the last of N sub-systems
      (at most 200), one logout after another and as many as can be made.
";

/// More than this a row, and the access tokens that a start made would expire before its end.
const MAX_BENCH_SECONDS: u64 = 20;

/// Each takes milliseconds, and an access token expires.
const MAX_COUNTED_REQUESTS: u64 = 20_000;

/// More would fill a disk, and show nothing else.
const MAX_CROWD: u64 = 10_000_000;

/// As many as the servers that are started for them take, whichever of them run.
const MAX_FOLLOWERS: u64 = 200;

/// More than any memory holds; states are numbered with 32 bits.
const MAX_STATES: u64 = 1_000_000_000;

#[derive(Debug, PartialEq)]
pub(crate) enum Chore {
    Help,
    Demo,
    Test { only: Option<Part> },
    Ci,
    Bench(bench::Options),
    Fuzz { seconds: u64 },
    Model(model::Options),
    Chaos(chaos::Options),
}

/// # Errors
/// A sentence for the person who typed it.
pub(crate) fn parse(words: &[String]) -> Result<Chore> {
    let Some((chore, options)) = words.split_first() else {
        return Ok(Chore::Help);
    };
    match chore.as_str() {
        "help" | "--help" | "-h" => Ok(Chore::Help),
        "test" => parse_test(options),
        "demo" => without_options(Chore::Demo, words),
        "ci" => without_options(Chore::Ci, words),
        "bench" => parse_bench(options),
        "fuzz" => parse_fuzz(options),
        "model" => parse_model(options),
        "chaos" => parse_chaos(options),
        other => bail!("there is no chore `{other}`; `cargo xtask help` lists them"),
    }
}

fn without_options(chore: Chore, words: &[String]) -> Result<Chore> {
    match words {
        [name, word, ..] => bail!("`{name}` takes no options, but there is `{word}`"),
        _ => Ok(chore),
    }
}

fn parse_test(words: &[String]) -> Result<Chore> {
    let mut only = None;
    for (name, value) in pairs(words)? {
        match name {
            "--only" => only = Some(Part::named(value)?),
            _ => return unknown("test", name),
        }
    }
    Ok(Chore::Test { only })
}

fn parse_bench(words: &[String]) -> Result<Chore> {
    let mut options = bench::Options::default();
    for (name, value) in pairs(words)? {
        match name {
            "--starts" => options.starts = number(name, value, u64::from(u16::MAX))?,
            "--seconds" => options.seconds = number(name, value, MAX_BENCH_SECONDS)?,
            "--crowd" if value == "0" => options.crowd = 0,
            "--crowd" => options.crowd = number(name, value, MAX_CROWD)?,
            "--allocations" => {
                options.allocations = Some(number(name, value, MAX_COUNTED_REQUESTS)?);
            }
            "--rows" => options.rows = rows(value)?,
            "--server" => options.server = Some(PathBuf::from(value)),
            _ => return unknown("bench", name),
        }
    }
    Ok(Chore::Bench(options))
}

fn rows(value: &str) -> Result<bench::Rows> {
    match value {
        "all" => Ok(bench::Rows::All),
        "me" => Ok(bench::Rows::Me),
        "sub-systems" => Ok(bench::Rows::SubSystems),
        _ => bail!("--rows wants all, me or sub-systems, not `{value}`"),
    }
}

fn parse_fuzz(words: &[String]) -> Result<Chore> {
    let mut seconds = 60;
    for (name, value) in pairs(words)? {
        match name {
            "--seconds" => seconds = number(name, value, u64::from(u32::MAX))?,
            _ => return unknown("fuzz", name),
        }
    }
    Ok(Chore::Fuzz { seconds })
}

fn parse_model(words: &[String]) -> Result<Chore> {
    let mut options = model::Options::default();
    for (name, value) in pairs(words)? {
        match name {
            "--states" => options.states = Some(number(name, value, MAX_STATES)?),
            "--rule" => options.rule = Some(value.to_owned()),
            _ => return unknown("model", name),
        }
    }
    Ok(Chore::Model(options))
}

fn parse_chaos(words: &[String]) -> Result<Chore> {
    let mut options = chaos::Options::default();
    for (name, value) in pairs(words)? {
        match name {
            "--minutes" => options.minutes = number(name, value, u64::from(u16::MAX))?,
            "--seed" => options.seed = Some(number(name, value, u64::MAX)?),
            "--check" => options.checks = checks(value)?,
            "--followers" => options.followers = followers(value)?,
            _ => return unknown("chaos", name),
        }
    }
    Ok(Chore::Chaos(options))
}

fn followers(value: &str) -> Result<Vec<u64>> {
    let counts = value.split(',');
    counts
        .map(|count| number("--followers", count, MAX_FOLLOWERS))
        .collect()
}

fn checks(value: &str) -> Result<&'static [&'static str]> {
    if value == "both" {
        return Ok(&chaos::CHECKS);
    }
    let one = chaos::CHECKS.chunks(1).find(|one| one[0] == value);
    one.with_context(|| format!("--check wants memory, redis or both, not `{value}`"))
}

fn pairs(words: &[String]) -> Result<Vec<(&str, &str)>> {
    let mut pairs = Vec::new();
    for pair in words.chunks(2) {
        match pair {
            [name, value] => pairs.push((name.as_str(), value.as_str())),
            [name] => bail!("`{name}` is unknown, or lacks its value; see `cargo xtask help`"),
            _ => unreachable!("chunks(2) gives one or two"),
        }
    }
    Ok(pairs)
}

fn number(name: &str, value: &str, greatest: u64) -> Result<u64> {
    let number: u64 = value
        .parse()
        .with_context(|| format!("{name} wants a number, not `{value}`"))?;
    if number == 0 || number > greatest {
        bail!("{name} wants a number from 1 to {greatest}, not {number}");
    }
    Ok(number)
}

fn unknown(chore: &str, option: &str) -> Result<Chore> {
    bail!("`{chore}` has no option `{option}`; see `cargo xtask help`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Chore> {
        let words: Vec<String> = line.split_whitespace().map(String::from).collect();
        parse(&words)
    }

    #[test]
    fn options_are_understood() -> Result<()> {
        let chore = parsed("test --only api")?;
        assert_eq!(
            chore,
            Chore::Test {
                only: Some(Part::Api)
            }
        );
        assert_eq!(parsed("demo")?, Chore::Demo);
        assert_eq!(parsed("fuzz --seconds 5")?, Chore::Fuzz { seconds: 5 });
        let model = model::Options {
            states: Some(9),
            rule: Some("AskAgain".to_owned()),
        };
        assert_eq!(
            parsed("model --rule AskAgain --states 9")?,
            Chore::Model(model)
        );
        let chaos = chaos::Options {
            minutes: 3,
            seed: Some(7),
            checks: &["redis"],
            followers: vec![1, 100],
        };
        assert_eq!(
            parsed("chaos --minutes 3 --seed 7 --check redis --followers 1,100")?,
            Chore::Chaos(chaos)
        );
        let Chore::Bench(options) = parsed("bench --starts 2 --seconds 1 --crowd 0 --rows me")?
        else {
            bail!("bench is bench");
        };
        assert_eq!(options.rows, bench::Rows::Me);
        assert_eq!((options.starts, options.seconds, options.crowd), (2, 1, 0));
        let Chore::Bench(options) = parsed("bench --rows sub-systems")? else {
            bail!("bench is bench");
        };
        assert_eq!(options.rows, bench::Rows::SubSystems);
        Ok(())
    }

    #[test]
    fn what_is_not_an_option_is_refused() {
        for line in [
            "tset",
            "test --only",
            "test --only all",
            "ci now",
            "demo --port 80",
            "bench --starts 0",
            "bench --seconds 21",
            "bench --crowd many",
            "bench --rows logout",
            "bench --allocations 0",
            "model --states 0",
            "model AskAgain",
            "chaos --minutes 0",
            "chaos --followers 1,",
            "chaos --followers 0",
            "chaos --followers 201",
            "chaos --check sql",
        ] {
            assert!(parsed(line).is_err(), "{line} was taken");
        }
    }
}
