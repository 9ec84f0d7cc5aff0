//! Commands in a Markdown file, and what they are said to print.

/// A block of commands, and the block of output that follows it, if one does.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Step {
    pub(super) commands: String,
    /// In it `…` stands for anything.
    pub(super) shown: String,
    /// JSON may be laid out over several lines, whatever is printed.
    pub(super) is_json: bool,
}

/// What stands below a heading of the second level.
pub(super) fn section<'t>(text: &'t str, heading: &str) -> &'t str {
    let (_, rest) = text
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("no section is called {heading:?}"));
    rest.split_once("\n## ")
        .map_or(rest, |(section, _)| section)
}

/// The blocks of `sh`, in order, each with the `json` or `text` that follows it.
pub(super) fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (language, block) in blocks(text) {
        match (language, steps.last_mut()) {
            ("sh", _) => steps.push(Step {
                commands: block,
                ..Step::default()
            }),
            ("json" | "text", Some(step)) if step.shown.is_empty() => {
                step.shown = block;
                step.is_json = language == "json";
            }
            (other, _) => panic!("no command precedes this block of {other:?}:\n{block}"),
        }
    }
    assert!(!steps.is_empty(), "nothing is to be typed here:\n{text}");
    steps
}

/// Fenced blocks: language and content.
fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let content: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.push((language, content.join("\n")));
    }
    blocks
}

#[test]
fn commands_and_what_they_print_are_found() {
    let text = "# A\n\n## B\n\n```sh\na\nb\n```\n\n```text\nc\n```\n```sh\nd\n```\n\n## E\n\n```sh\nf\n```\n";
    let step = |commands: &str, shown: &str| Step {
        commands: commands.to_owned(),
        shown: shown.to_owned(),
        is_json: false,
    };
    assert_eq!(
        steps(section(text, "B")),
        [step("a\nb", "c"), step("d", "")]
    );
    assert_eq!(steps(section(text, "E")), [step("f", "")]);
}
