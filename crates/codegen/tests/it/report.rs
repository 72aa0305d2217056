//! The page of `report`, read as text and in a real browser, and what `unused` finds.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::project::{Project, assert_contains, program};

/// A project with everything that a page shows, and with names that HTML could misread.
fn shop() -> Project {
    let project = Project::empty();
    project.write("migrations/V1__shop.sql", SHOP);
    project.write("queries/orders.sql", ORDERS);
    project.write("src/main.rs", "mod generated;\nfn main() { let _ = generated::orders::by_customer(); }\n");
    project
}

const SHOP: &str = r#"-- A shop.

-- People who buy. <script>alert("a comment")</script>
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, "odd <b>&" TEXT, never_used TEXT);
COMMENT ON COLUMN customers.name IS 'As it is written on letters & "parcels". </td><img src=x onerror=alert(1)>';

CREATE TABLE orders (
    id          INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id INTEGER REFERENCES customers (id),
    state       TEXT NOT NULL DEFAULT 'new',
    cents       INTEGER NOT NULL,
    changed_by  TEXT
);
CREATE INDEX idx_customers_odd ON customers ("odd <b>&");
CREATE INDEX idx_orders_customer_id ON orders (customer_id);
CREATE INDEX idx_orders_cents ON orders (cents);
CREATE INDEX idx_orders_state ON orders (state, id);

CREATE VIEW v_open_orders AS SELECT id, customer_id, cents FROM orders WHERE state = 'new';

-- Marks a change.
CREATE FUNCTION mark_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_by := CURRENT_USER;
    UPDATE orders SET changed_by = NULL WHERE FALSE;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_mark_change BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION mark_change();

/* rollback
DROP VIEW v_open_orders;
DROP TABLE orders, customers;
DROP FUNCTION mark_change;
*/
"#;

const ORDERS: &str = r#"-- Orders & customers.

--! by_customer
--- The orders of a customer, `</p><script>alert("documentation")</script>`.
SELECT id, state, cents
FROM orders
WHERE customer_id = :customer_id AND state <> '</code><script>alert("SQL")</script>'
ORDER BY id;

--! open_orders : (customer_id?, customer?)
--- What is open.
SELECT o.id, o.customer_id, o.cents, c.name AS customer
FROM v_open_orders o
LEFT JOIN customers c ON c.id = o.customer_id
WHERE o.cents > :min_cents;

--! close
--- Closes an order, unless another connection has locked it.
UPDATE orders
SET state = 'closed'
WHERE id = :id;

--! rename
--- Renames a customer.
UPDATE customers
SET name = :name, "odd <b>&" = NULL
WHERE id = :id;
"#;

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// The page of the project.
fn page(project: &Project) -> Page {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/page.html");
    let output = run(&["report", project.path().to_str().unwrap(), "--output", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Page { html: fs::read_to_string(&file).unwrap(), file, _folder: folder }
}

struct Page {
    file: PathBuf,
    html: String,
    _folder: TempDir,
}

impl Page {
    /// The values of an attribute, in order.
    fn values(&self, attribute: &str) -> Vec<&str> {
        values(&self.html, attribute)
    }

    /// The text of an element from its id to where the next article begins.
    fn article(&self, id: &str) -> &str {
        let start =
            self.html.find(&format!("<article id=\"{id}\"")).unwrap_or_else(|| panic!("there is no article {id}"));
        let rest = &self.html[start..];
        &rest[..rest.find("</article>").unwrap()]
    }

    fn names_of_statements(&self) -> Vec<String> {
        let articles =
            self.html.split("<article ").skip(1).filter(|article| article.contains("data-item=\"statement\""));
        articles.map(|article| values(&format!(" {article}"), "id")[0].to_owned()).collect()
    }

    fn url(&self, fragment: &str) -> String {
        format!("file://{}{fragment}", self.file.display())
    }
}

fn values<'t>(html: &'t str, attribute: &str) -> Vec<&'t str> {
    let begin = format!(" {attribute}=\"");
    html.split(begin.as_str()).skip(1).map(|rest| &rest[..rest.find('"').unwrap()]).collect()
}

/// Chromium without a window, with a profile of its own.
struct Browser(TempDir);

impl Browser {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output = Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr"])
            .arg(format!("--user-data-dir={}", self.path().join("profile").display()))
            .args(arguments)
            .env("HOME", self.path())
            .output()
            .unwrap_or_else(|error| panic!("cannot run chromium: {error}; `make browser` installs Debian's package"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// The document after its script has run. Nothing may have been written to the console.
    fn document(&self, url: &str, options: &[&str]) -> String {
        let output = self.run(&[options, &["--dump-dom", url]].concat());
        let log = String::from_utf8_lossy(&output.stderr);
        let console: Vec<&str> = log.lines().filter(|line| line.contains(":CONSOLE")).collect();
        assert!(console.is_empty(), "{console:#?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The words of the page as it is printed.
    fn print(&self, url: &str) -> String {
        let pdf = self.path().join("page.pdf");
        self.run(&["--no-pdf-header-footer", &format!("--print-to-pdf={}", pdf.display()), url]);
        let output = Command::new("pdftotext").arg("-layout").arg(&pdf).arg("-").output();
        let output = output.unwrap_or_else(|error| {
            panic!("cannot run pdftotext: {error}; `make browser` installs Debian's package poppler-utils")
        });
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Which articles of a document are shown.
fn shown(document: &str) -> BTreeSet<String> {
    let articles = document.split("<article ").skip(1).map(|article| &article[..article.find('>').unwrap()]);
    articles.filter(|tag| !tag.contains(" hidden")).map(|tag| values(&format!(" {tag}"), "id")[0].to_owned()).collect()
}

fn assert_links_lead_somewhere(page: &Page) {
    let ids = page.values("id");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    let mut twice = ids.clone();
    twice.sort_unstable();
    twice.dedup();
    assert_eq!(twice.len(), ids.len(), "an id stands twice");
    let missing: BTreeSet<&str> = page
        .values("href")
        .into_iter()
        .filter_map(|href| href.strip_prefix('#'))
        .filter(|anchor| !unique.contains(anchor))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The boxes of the drawing: left, top, right, bottom.
fn boxes(page: &Page) -> Vec<[f64; 4]> {
    let tags = page.html.split("<rect class=\"box\"").skip(1).map(|rest| &rest[..rest.find('>').unwrap()]);
    tags.map(|tag| {
        let [x, y, width, height] =
            ["x", "y", "width", "height"].map(|name| values(tag, name)[0].parse::<f64>().unwrap());
        [x, y, x + width, y + height]
    })
    .collect()
}

#[test]
fn the_page_says_everything_about_a_table_and_a_statement() {
    let page = page(&shop());
    assert_contains(
        page.article("orders.by_customer"),
        &[
            "queries/orders.sql:3",
            "SELECT</span> id, state, cents",
            "href=\"#table:orders\"",
            "Parameters",
            "customer_id",
            "integer",
            "orders.state is NOT NULL",
            "<span>Index Cond</span>",
            "<a href=\"#index:idx_orders_customer_id\">idx_orders_customer_id</a></span>",
            "<dt>Indexes</dt>",
            "<dt>Locks</dt>",
        ],
    );
    assert_contains(page.article("orders.open_orders"), &["href=\"#view:v_open_orders\"", "can be NULL"]);
    assert_contains(page.article("orders.close"), &["<dt>Writes</dt>", ">UPDATE<", "the rows of orders."]);
    assert_contains(
        page.article("table:orders"),
        &[
            "customer_id</code>",
            "<span class=\"mark\">FK</span>",
            "href=\"#table:customers\"",
            "href=\"#function:mark_change\"",
            "href=\"#orders.close\"",
            "href=\"#view:v_open_orders\"",
            "id=\"index:idx_orders_state\"",
            "GENERATED",
        ],
    );
    assert_contains(page.article("view:v_open_orders"), &["href=\"#orders.open_orders\"", "href=\"#table:orders\""]);
    assert_contains(page.article("function:mark_change"), &["orders_mark_change on ", "Marks a change."]);
    assert_links_lead_somewhere(&page);
}

#[test]
fn names_comments_and_sql_cannot_become_markup() {
    let page = page(&shop());
    let script = page.html.matches("<script").count();
    assert_eq!((script, page.html.matches("<img").count(), page.html.matches("<b>&").count()), (1, 0, 0));
    let handlers = page.html.split('<').filter(|tag| tag.split('>').next().is_some_and(|tag| tag.contains(" on")));
    assert_eq!(handlers.filter(|tag| tag.contains("=\"") && tag.contains(" onerror=\"")).count(), 0);
    for url in
        ["http://", "https://", "//"].iter().flat_map(|begin| ["src", "href"].map(|name| format!(" {name}=\"{begin}")))
    {
        assert!(!page.html.contains(&url), "{url}");
    }
    // The browser sees the same: one script, and the texts as texts.
    let document = Browser::new().document(&page.url(""), &[]);
    assert_eq!((document.matches("<script").count(), document.matches("<img").count()), (1, 0));
    assert_contains(
        &document,
        &["&lt;script&gt;alert(\"a comment\")&lt;/script&gt;", "&lt;img src=x onerror=alert(1)&gt;"],
    );
}

#[test]
fn the_same_project_gives_the_same_page() {
    let project = shop();
    let first = page(&project).html;
    assert_eq!(first, page(&project).html);
}

#[test]
fn the_search_shows_what_matches_and_a_link_shows_its_place() {
    let page = page(&shop());
    let browser = Browser::new();
    let all = shown(&browser.document(&page.url(""), &[]));
    assert_eq!(all.len(), 8, "{all:?}");
    for (fragment, expected) in [
        ("#search=by_customer", vec!["orders.by_customer"]),
        ("#search=customer_id%20SELECT", vec!["orders.by_customer", "orders.open_orders", "view:v_open_orders"]),
        ("#search=nothing%20like%20this", vec![]),
    ] {
        let document = browser.document(&page.url(fragment), &[]);
        assert_eq!(shown(&document), expected.into_iter().map(str::to_owned).collect(), "{fragment}");
        assert_eq!(
            document.contains("id=\"nothing\" class=\"note\" hidden"),
            fragment != "#search=nothing%20like%20this"
        );
    }
    assert_eq!(shown(&browser.document(&page.url("#orders.close"), &[])), all);
}

/// The page is shown in several widths, and scrolls to the side in none.
fn assert_as_wide_as_the_screen(page: &Page, browser: &Browser) {
    let frames = browser.path().join("frames.html");
    fs::write(&frames, FRAMES.replace("PAGE", &page.url(""))).unwrap();
    let url = format!("file://{}", frames.display());
    let document = browser.document(&url, &["--allow-file-access-from-files", "--virtual-time-budget=20000"]);
    let measured: BTreeMap<u32, u32> = document
        .split("<i>")
        .skip(1)
        .map(|item| {
            let (width, content) = item[..item.find('<').unwrap()].split_once(' ').unwrap();
            (width.parse().unwrap(), content.parse().unwrap())
        })
        .collect();
    assert_eq!(measured.keys().copied().collect::<Vec<_>>(), [320, 390, 768, 1280, 1920]);
    assert!(measured.iter().all(|(width, content)| content <= width), "{measured:?}");
}

/// Shows the page in several widths, and writes each width and that of the page's content.
const FRAMES: &str = r#"<!doctype html><body><script>
for (const width of [320, 390, 768, 1280, 1920]) {
  const frame = document.createElement("iframe");
  frame.width = width;
  frame.height = 800;
  frame.style.border = "0";
  frame.onload = () => {
    const item = document.createElement("i");
    item.textContent = `${width} ${frame.contentDocument.documentElement.scrollWidth}`;
    document.body.append(item);
  };
  frame.src = "PAGE";
  document.body.append(frame);
}
</script>"#;

#[test]
fn a_page_is_as_wide_as_the_screen() {
    assert_as_wide_as_the_screen(&page(&shop()), &Browser::new());
}

#[test]
fn the_page_of_this_project_fits_every_screen_and_is_complete_there_and_on_paper() {
    let project = Project::copy_of("../..");
    let page = page(&project);
    assert!(page.html.len() < 2_500_000, "{} bytes", page.html.len());
    assert_links_lead_somewhere(&page);
    let statements = page.names_of_statements();
    let queries = fs::read_dir(project.path().join("queries")).unwrap();
    let annotations: usize =
        queries.map(|file| fs::read_to_string(file.unwrap().path()).unwrap().matches("\n--! ").count()).sum();
    assert_eq!(statements.len(), annotations);
    let boxes = boxes(&page);
    assert!(boxes.len() > 15);
    for (at, a) in boxes.iter().enumerate() {
        for b in &boxes[at + 1..] {
            assert!(a[2] < b[0] || b[2] < a[0] || a[3] < b[1] || b[3] < a[1], "{a:?} and {b:?}");
        }
    }
    let browser = Browser::new();
    assert_eq!(shown(&browser.document(&page.url("#users.create"), &[])).len(), page.html.matches("<article ").count());
    assert_as_wide_as_the_screen(&page, &browser);
    let printed = browser.print(&page.url(""));
    let missing: Vec<&String> = statements.iter().filter(|name| !printed.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // What is folded on the screen is open on paper.
    let plans = page.html.matches("<summary>Plan</summary>").count();
    assert_eq!(printed.matches("The generic plan, with").count(), plans);
}

#[test]
fn what_nothing_uses_is_listed_with_the_reason_to_keep_it() {
    let project = shop();
    let folder = project.path().to_str().unwrap();
    let output = run(&["unused", folder]);
    let text = String::from_utf8(output.stdout).unwrap();
    let part = |title: &str| -> Vec<String> {
        let lines = text.lines().skip_while(|line| !line.starts_with(title)).skip(1);
        lines.take_while(|line| line.starts_with("  ")).map(|line| line.trim().to_owned()).collect()
    };
    assert_eq!(
        part("queries that no code calls"),
        [
            "orders.open_orders (queries/orders.sql:10)",
            "orders.close (queries/orders.sql:17)",
            "orders.rename (queries/orders.sql:23)"
        ]
    );
    assert_eq!(part("columns that nothing reads or writes"), ["customers.never_used (customers)"]);
    assert_eq!(part("columns that no query names"), ["orders.changed_by (orders): named by function mark_change"]);
    assert_eq!(part("indexes that no plan uses:"), ["idx_customers_odd (customers)"]);
    let kept = part("indexes that no plan uses, but");
    assert!(
        kept.iter().any(|it| it.starts_with("idx_orders_cents (orders): could serve orders.open_orders")),
        "{kept:?}"
    );
    project.write(
        "src/main.rs",
        "pub mod generated;\n#[cfg(test)] mod tests { fn f() { crate::generated::orders::close(); } }\n",
    );
    let json = String::from_utf8(run(&["unused", folder, "--message-format", "json"]).stdout).unwrap();
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(found["queries"].as_array().unwrap().len(), 0);
    assert_eq!(found["public_queries"].as_array().unwrap().len(), 4);
    assert_eq!(found["public_queries"][2]["note"], "only tests and examples call it");
}
