//! The frame of the page: head, search, contents, and the order of the parts.

use sha2::{Digest, Sha256};

use super::{Page, counted, folded};
use crate::report::markup::{Markup, anchor, element, link, text, trusted};

const STYLE: &str = include_str!("../page.css");
const SCRIPT: &str = include_str!("../page.js");

impl Page<'_> {
    pub(super) fn whole(&self, project: &str) -> String {
        let body = element(
            "body",
            &[],
            [
                element("a", &[("class", "skip"), ("href", "#main")], [text("Skip to the content")]),
                header(project),
                element("div", &[("class", "page")], [self.contents(), self.main(project)]),
                element("script", &[], [trusted(SCRIPT)]),
            ],
        );
        let html = element("html", &[("lang", "en")], [head(project), body]);
        format!("<!doctype html>\n{}\n", html.into_string())
    }

    fn main(&self, project: &str) -> Markup {
        element(
            "main",
            &[("id", "main")],
            [
                self.summary(project),
                self.relations(),
                self.tables(),
                self.views(),
                self.functions(),
                self.statements(),
                self.leftovers(),
                element(
                    "p",
                    &[("id", "nothing"), ("class", "note"), ("hidden", "hidden")],
                    [text("Nothing matches the search.")],
                ),
            ],
        )
    }

    fn summary(&self, project: &str) -> Markup {
        let schema = &self.gathered.schema;
        let modules = self.gathered.modules.len();
        let figure = |count: usize, what: &str, target: &str| {
            let words = if count == 1 { what.to_owned() } else { format!("{what}s") };
            let number = element("b", &[], [text(count.to_string())]);
            let label = number.then(text(format!(" {words}")));
            element("li", &[], [element("a", &[("href", &format!("#{target}"))], [label])])
        };
        let figures = [
            figure(schema.tables.len(), "table", "tables"),
            figure(schema.views.len(), "view", "views"),
            figure(schema.functions.len(), "function", "functions"),
            figure(self.gathered.statements.len(), "statement", "statements"),
        ];
        let after = self.gathered.last_migration.iter().map(|migration| {
            text("The schema after ")
                .then(element("code", &[], [text(migration)]))
                .then(text(format!(", and every statement of {}.", counted(modules, "module"))))
        });
        element(
            "section",
            &[("class", "summary"), ("aria-labelledby", "project")],
            [
                element("h1", &[("id", "project")], [text(project)]),
                element("p", &[], after),
                element("ul", &[("class", "figures")], figures),
            ],
        )
    }

    /// The list beside the page; above it on a narrow screen.
    fn contents(&self) -> Markup {
        let schema = &self.gathered.schema;
        let group = |title: &str, target: &str, items: Vec<(String, String)>| {
            if items.is_empty() {
                return Markup::default();
            }
            let links = items.iter().map(|(anchor, name)| element("li", &[], [link(anchor, name)]));
            let label = text(title).then(element("span", &[("class", "count")], [text(items.len().to_string())]));
            let all = element("p", &[("class", "all")], [link(target, &format!("All of {}", title.to_lowercase()))]);
            folded(label, [all, element("ul", &[], links)])
        };
        let names = |kind: &str, names: &mut dyn Iterator<Item = &String>| -> Vec<(String, String)> {
            names.map(|name| (anchor(kind, name), name.clone())).collect()
        };
        let mut functions = names("function:", &mut schema.functions.iter().map(|it| &it.name));
        functions.dedup();
        let mut pieces = vec![
            group("Tables", "tables", names("table:", &mut schema.tables.iter().map(|it| &it.name))),
            group("Views", "views", names("view:", &mut schema.views.iter().map(|it| &it.name))),
            group("Functions", "functions", functions),
        ];
        pieces.push(element("p", &[("class", "group")], [link("statements", "Statements")]));
        for (module, _) in &self.gathered.modules {
            let of_module = self.gathered.statements.iter().filter(|it| it.module == *module);
            let items = of_module.map(|it| (anchor("", &it.path()), it.name.clone())).collect();
            pieces.push(group(module, &anchor("module:", module), items));
        }
        pieces.push(element("p", &[("class", "group")], [link("unused", "Unused")]));
        element(
            "nav",
            &[("aria-label", "Contents")],
            [element(
                "details",
                &[("class", "contents"), ("open", "open")],
                [element("summary", &[], [text("Contents")]), element("div", &[], pieces)],
            )],
        )
    }
}

fn head(project: &str) -> Markup {
    // Nothing is loaded, and no script runs but the page's own, whatever a comment of the project contains.
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        source(STYLE),
        source(SCRIPT)
    );
    element(
        "head",
        &[],
        [
            element("meta", &[("charset", "utf-8")], []),
            element("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)], []),
            element("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")], []),
            element("meta", &[("name", "color-scheme"), ("content", "light dark")], []),
            element("title", &[], [text(format!("{project}: schema and statements"))]),
            element("link", &[("rel", "icon"), ("href", "data:,")], []),
            element("style", &[], [trusted(STYLE)]),
        ],
    )
}

fn header(project: &str) -> Markup {
    // The script shows the form, which does nothing without it.
    let search = element(
        "form",
        &[("role", "search"), ("id", "search-form"), ("hidden", "hidden")],
        [
            element(
                "label",
                &[("for", "search"), ("class", "hidden")],
                [text("Search tables, functions and statements")],
            ),
            element(
                "input",
                &[
                    ("id", "search"),
                    ("type", "search"),
                    ("placeholder", "Search"),
                    ("autocomplete", "off"),
                    ("spellcheck", "false"),
                    ("aria-describedby", "matches"),
                    ("aria-keyshortcuts", "/"),
                ],
                [],
            ),
            element("kbd", &[("aria-hidden", "true")], [text("/")]),
            element("output", &[("id", "matches"), ("for", "search"), ("aria-live", "polite")], []),
        ],
    );
    element(
        "header",
        &[("class", "top")],
        [element("a", &[("class", "home"), ("href", "#main")], [text(project)]), search],
    )
}

/// How a content security policy names an inline text.
fn source(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text)))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().chain([0, 0].iter()).take(3).fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for digit in 0..4 {
            encoded.push(if digit <= three.len() { char::from(DIGITS[bits >> (18 - 6 * digit) & 63]) } else { '=' });
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), encoded);
        }
    }

    #[test]
    fn the_script_cannot_end_its_element() {
        assert!(!SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
        assert!(!STYLE.contains('<'));
    }
}
