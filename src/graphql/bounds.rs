//! stub
use async_graphql::parser::types::ExecutableDocument;
#[derive(Debug)]
pub struct Exceeded;
impl std::fmt::Display for Exceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("x")
    }
}
pub fn check_source(_: &str) -> Result<(), Exceeded> {
    Ok(())
}
pub fn check_document(_: &ExecutableDocument, _: Option<&str>) -> Result<(), Exceeded> {
    Ok(())
}
