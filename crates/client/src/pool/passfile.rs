//! The password file of libpq, `~/.pgpass`: one `host:port:database:user:password` per line.

use std::{fs, io, path::Path};

use super::file_mode::is_password_file_exposed;

/// What a line must match. A field of the line is the same value, or `*`.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) dbname: &'a str,
    pub(super) user: &'a str,
}

/// The content of the file; `None` if it does not exist or, after a warning, if it can't be read or is exposed.
pub(super) fn read(path: &Path) -> Option<String> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return None,
        Err(e) => return ignore(path, &e.to_string()),
    };
    if !metadata.is_file() {
        return ignore(path, "it is not a regular file");
    }
    if is_password_file_exposed(&metadata) {
        return ignore(path, "other users have access to it; run chmod 0600 on it");
    }
    fs::read_to_string(path).map_or_else(|e| ignore(path, &e.to_string()), Some)
}

fn ignore(path: &Path, reason: &str) -> Option<String> {
    warn_ignored(path, reason);
    None
}

/// Logs why the file is not used.
pub(super) fn warn_ignored(path: &Path, reason: &str) {
    tracing::warn!(path = %path.display(), reason, "the PostgreSQL password file is ignored");
}

/// The password of the first line that matches.
pub(super) fn find(file: &str, wanted: &Wanted<'_>) -> Option<String> {
    file.lines().filter(|line| !line.starts_with('#')).find_map(|line| password_if_matching(line, wanted))
}

fn password_if_matching(line: &str, wanted: &Wanted<'_>) -> Option<String> {
    let port = wanted.port.to_string();
    let mut rest = line;
    for value in [wanted.host, &port, wanted.dbname, wanted.user] {
        let end = end_of_field(rest)?;
        let field = &rest[..end];
        if field != "*" && unescape(field) != value {
            return None;
        }
        rest = &rest[end + 1..];
    }
    // An empty password counts as none, as in libpq.
    Some(unescape(rest)).filter(|password| !password.is_empty())
}

/// The position of the colon that ends the field; a backslash escapes the character after it.
fn end_of_field(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.find(|c| {
        let ends = c == ':' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })
}

fn unescape(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Wanted, find};

    const WANTED: Wanted<'_> = Wanted { host: "db.example", port: 5432, dbname: "app", user: "ada" };

    #[test]
    fn the_first_matching_line_wins() {
        let file = "# comment\n\
                    other:5432:app:ada:no\n\
                    db.example:5433:app:ada:no\n\
                    db.example:5432:*:ada:yes\n\
                    *:*:*:*:later\n";
        assert_eq!(find(file, &WANTED).as_deref(), Some("yes"));
    }

    #[test]
    fn colons_and_backslashes_are_escaped() {
        let wanted = Wanted { host: "::1", user: r"a\b", ..WANTED };
        let file = r"\:\:1:5432:app:a\\b:p\:q\\r:s";
        assert_eq!(find(file, &wanted).as_deref(), Some(r"p:q\r:s"));
    }

    #[test]
    fn an_escaped_asterisk_matches_only_an_asterisk() {
        assert_eq!(find(r"\*:*:*:*:no", &WANTED), None);
    }

    #[test]
    fn malformed_and_empty_lines_are_skipped() {
        let file = "\nnonsense\n*:*:*:*:\n*:*\n*:*:*:*:yes";
        assert_eq!(find(file, &WANTED).as_deref(), Some("yes"));
    }
}
