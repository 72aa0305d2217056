//! What nothing uses.

use super::{Page, code, list};
use crate::{
    report::markup::{Markup, anchor, element, link, text},
    unused::Finding,
};

impl Page<'_> {
    pub(super) fn leftovers(&self) -> Markup {
        let part = |title: &str, about: &str, findings: &[Finding], prefix: &str| {
            if findings.is_empty() {
                return Markup::default();
            }
            let items = findings.iter().map(|finding| {
                let name = link(&anchor(prefix, &finding.name), &finding.name);
                let note = finding.note.as_ref().map(|note| element("span", &[("class", "reason")], [text(note)]));
                name.then(note.unwrap_or_default())
            });
            element(
                "div",
                &[("class", "part")],
                [
                    element("h3", &[], [text(title)]),
                    element("p", &[("class", "note")], [text(about)]),
                    element("div", &[("class", "findings")], [list(items)]),
                ],
            )
        };
        let found = self.unused;
        let callers: Vec<Markup> = found.folders.iter().map(|folder| code(folder)).collect();
        let callers =
            if callers.is_empty() { Markup::default() } else { text("Rust sources searched: ").then(list(callers)) };
        let nothing =
            if found.is_empty() { element("p", &[], [text("Everything is used.")]) } else { Markup::default() };
        element(
            "section",
            &[("aria-labelledby", "unused"), ("data-overview", "yes"), ("class", "unused")],
            [
                element("h2", &[("id", "unused")], [text("Unused")]),
                element("div", &[("class", "note")], [callers]),
                nothing,
                part("Statements", "No code calls them, or tests and examples only.", &found.queries, ""),
                part(
                    "Public statements",
                    "No code of this project calls them; other packages may.",
                    &found.public_queries,
                    "",
                ),
                part(
                    "Columns",
                    "No statement, view, function or trigger reads or writes them.",
                    &found.columns,
                    "column:",
                ),
                part(
                    "Columns used indirectly",
                    "No statement names them, but something else does.",
                    &found.indirect_columns,
                    "column:",
                ),
                part("Indexes", "No plan uses them, and they enforce nothing.", &found.indexes, "index:"),
                part(
                    "Indexes kept for another reason",
                    "No plan of a statement uses them.",
                    &found.excused_indexes,
                    "index:",
                ),
            ],
        )
    }
}
