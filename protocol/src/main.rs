//! Searches the models, within the larger bounds too, and prints a table; or the traces of a rule.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for the terminal"
)]

use std::process::ExitCode;
use std::time::Instant;

use cardea_protocol::case::Case;
use cardea_protocol::search::{Question, Verdict};
use cardea_protocol::{certified_index, leases};

const HELP: &str = "\
cardea-protocol [--states N] [--rule NAME]
    Search all cases, each until it has seen more than N states (default 40000000: 5 GB), and print a table.
    With --rule only the cases that leave out the rule of this name, with the trace of what goes wrong.
";

/// A case with this many takes 5 GB and a few minutes.
const MOST_STATES: usize = 40_000_000;

struct Options {
    most_states: usize,
    rule: Option<String>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(options) = parse(&words) else {
        eprint!("{HELP}");
        return ExitCode::FAILURE;
    };
    let mut cases = leases::small();
    cases.extend(certified_index::small());
    cases.extend(leases::large());
    cases.extend(certified_index::large());
    if let Some(rule) = &options.rule {
        cases.retain(|case| case.left_out.split(' ').any(|word| word == rule));
        if cases.is_empty() {
            eprintln!("no case leaves out a rule `{rule}`");
            return ExitCode::FAILURE;
        }
    }
    if run(&cases, &options) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// `None` if there is a word that nobody knows.
fn parse(words: &[String]) -> Option<Options> {
    let mut options = Options {
        most_states: MOST_STATES,
        rule: None,
    };
    for pair in words.chunks(2) {
        let [name, value] = pair else {
            return None;
        };
        match name.as_str() {
            "--states" => options.most_states = value.parse().ok()?,
            "--rule" => options.rule = Some(value.clone()),
            _ => return None,
        }
    }
    Some(options)
}

/// Whether everything came as it was expected.
fn run(cases: &[Case], options: &Options) -> bool {
    println!(
        "| model | bounds | left out | asked | states | result | seconds |\n|---|---|---|---|---:|---|---:|"
    );
    let mut is_as_expected = true;
    for case in cases {
        let start = Instant::now();
        let findings = case.search(options.most_states);
        let steps = findings.trace.len();
        let result = match findings.verdict {
            Verdict::Holds => "holds, all states seen".to_owned(),
            Verdict::Unfinished => "holds as far as it was searched".to_owned(),
            Verdict::Broken(promise) => format!("{promise}, in {steps} steps"),
            Verdict::Stuck => format!("what was begun can't be ended, after {steps} steps"),
        };
        let is_expected = case.expected.is_met_by(findings.verdict);
        is_as_expected &= is_expected;
        println!(
            "| {} | {} | {} | {} | {} | {result}{} | {:.1} |",
            case.model,
            case.bounds,
            case.left_out,
            match case.question {
                Question::Safety => "safe",
                Question::SafetyAndSettling => "safe, ends",
            },
            findings.states,
            if is_expected { "" } else { " (UNEXPECTED)" },
            start.elapsed().as_secs_f64(),
        );
        if options.rule.is_some() {
            for (number, step) in (1..).zip(&findings.trace) {
                println!("{number:>4}. {step}");
            }
        }
    }
    is_as_expected
}
