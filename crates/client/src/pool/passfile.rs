//! The password file of libpq, `~/.pgpass`: one `host:port:database:user:password` a line.

use std::{fs, io, path::Path};

/// What a line must match. A field of the file is one of these, or `*`.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) dbname: &'a str,
    pub(super) user: &'a str,
}

/// The content of the file; `None` if there is no such file or, after a warning, if it must not be used.
pub(super) fn read(path: &Path) -> Option<String> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return None,
        Err(e) => return ignore(path, &e.to_string()),
    };
    if !metadata.is_file() {
        return ignore(path, "it is not a plain file");
    }
    // The same rule as libpq's, for the same reason: a password that others can read is one that leaks.
    if is_open_to_others(&metadata) {
        return ignore(path, "others can read it; run chmod 0600 on it");
    }
    fs::read_to_string(path).map_or_else(|e| ignore(path, &e.to_string()), Some)
}

fn ignore(path: &Path, reason: &str) -> Option<String> {
    tracing::warn!(path = %path.display(), reason, "the PostgreSQL password file is ignored");
    None
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
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
    // An empty password is no password, as in libpq.
    Some(unescape(rest)).filter(|password| !password.is_empty())
}

/// Where the colon is that ends the field, one after a backslash not counted.
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

    const WANTED: Wanted<'_> = Wanted { host: "db.example", port: 5432, dbname: "vpn", user: "barq" };

    #[test]
    fn the_first_matching_line_wins() {
        let file = "# comment\n\
                    other:5432:vpn:barq:no\n\
                    db.example:5433:vpn:barq:no\n\
                    db.example:5432:*:barq:yes\n\
                    *:*:*:*:later\n";
        assert_eq!(find(file, &WANTED).as_deref(), Some("yes"));
    }

    #[test]
    fn colons_and_backslashes_are_escaped() {
        let wanted = Wanted { host: "::1", user: r"a\b", ..WANTED };
        let file = r"\:\:1:5432:vpn:a\\b:p\:q\\r:s";
        assert_eq!(find(file, &wanted).as_deref(), Some(r"p:q\r:s"));
    }

    #[test]
    fn an_escaped_asterisk_is_no_wildcard() {
        assert_eq!(find(r"\*:*:*:*:no", &WANTED), None);
    }

    #[test]
    fn broken_and_empty_lines_are_passed_over() {
        let file = "\nnonsense\n*:*:*:*:\n*:*\n*:*:*:*:yes";
        assert_eq!(find(file, &WANTED).as_deref(), Some("yes"));
    }
}
