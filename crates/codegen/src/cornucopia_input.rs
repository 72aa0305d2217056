//! The copy of the query files that cornucopia reads.

use std::{fs, io, ops::Range, path::Path};

use crate::queries::{Module, Query};

/// cornucopia has no tokenizer for comments and strings: it gets statements without either's traps, on as many lines
/// as the original has, and with the query's name in front, for the server's log and its statistics.
pub(crate) fn write(modules: &[Module], folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)?;
    for module in modules {
        let text = without(&module.hidden, &module.text);
        let mut copy = String::new();
        let mut copied = 0;
        for Query { name, sql, flat, .. } in &module.queries {
            copy.push_str(&text[copied..sql.start]);
            copy.push_str(&format!("/* {}.{} */ {}", module.name, name.text, flat.named));
            copy.push_str(&"\n".repeat(module.text[sql.clone()].matches('\n').count()));
            copied = sql.end;
        }
        copy.push_str(&text[copied..]);
        copy.push('\n');
        fs::write(folder.join(format!("{}.sql", module.name)), copy)?;
    }
    Ok(())
}

/// The text with spaces instead of the `hidden` parts.
fn without(hidden: &[Range<usize>], text: &str) -> String {
    let mut kept = text.to_owned();
    for part in hidden {
        let blank: String = text[part.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
        kept.replace_range(part.clone(), &blank);
    }
    kept
}
