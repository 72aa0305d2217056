//! Code blocks of a Markdown file of this repository.

use std::{fs, path::Path};

pub(super) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The code blocks of a file in a language, in the order of the text.
pub(super) fn code_blocks(file: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(ROOT).join(file)).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if info == language {
            blocks.push(block.join("\n") + "\n");
        }
    }
    blocks
}
