//! What is generated and committed is what the code would generate; `BLESS=1` writes it anew.

use std::env;
use std::fs;
use std::path::Path;

#[test]
fn schema_graphql_is_the_schema() {
    assert_current("schema.graphql", &cardea::graphql::sdl());
}

#[test]
fn cardea_example_toml_is_the_configuration() {
    assert_current("cardea.example.toml", &cardea::config::example());
}

#[test]
fn the_examples_cardea_py_is_the_recipe_of_the_docs() {
    const OPENING: &str = "```python\n";
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_to_string(root.join("docs/sub-systems.md")).expect("the docs are text");
    let docs = docs.replace("\r\n", "\n");
    let (_, rest) = docs
        .split_once(OPENING)
        .expect("there is a block of Python");
    let (recipe, rest) = rest.split_once("```\n").expect("it ends");
    assert!(!rest.contains(OPENING), "the recipe is one block");
    let opening = "\"\"\"The recipe of docs/sub-systems.md, as it stands there.\"\"\"\n";
    let path = "examples/three-systems/support/cardea.py";
    assert_current(path, &format!("{opening}{recipe}"));
}

fn assert_current(name: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&path, generated).expect("the project's folder can be written");
    }
    // A file that isn't there is an empty one.
    let committed = fs::read_to_string(&path).unwrap_or_default();
    // Git may have given it the line ends of another system.
    let committed = committed.replace("\r\n", "\n");
    let mut lines = committed.lines().zip(generated.lines()).enumerate();
    let line = lines.find(|(_, (old, new))| old != new);
    assert!(
        committed == generated,
        "{name} is out of date{}: run `BLESS=1 cargo test --test generated`, and commit it",
        line.map_or(String::new(), |(index, (old, new))| format!(
            " (line {}: `{old}` is to be `{new}`)",
            index + 1
        ))
    );
}
