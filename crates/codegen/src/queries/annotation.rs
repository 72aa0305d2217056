//! The lines that say what a query is: `--! name mark (parameter?) : RowType(column?, other!)` and
//! `--: RowType(column?, other!)`. The names in brackets say what can be NULL (`?`) and what can't although it looks so
//! (`!`).

use std::ops::Range;

use barqnet_db_sql::{Kind, Name, Token, tokens};

use super::marks::{Mark, Marks};
use crate::did_you_mean::did_you_mean;

/// The columns in brackets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    pub(crate) nullable: Vec<Name>,
    pub(crate) non_null: Vec<Name>,
    /// `column: RowType`: the column is a row, or an array of rows, of this type.
    pub(crate) embedded: Vec<(Name, Name)>,
}

/// A `--!` line.
pub(crate) struct QueryAnnotation {
    pub(crate) name: Name,
    pub(crate) marks: Marks,
    pub(crate) nullable_parameters: Vec<Name>,
    pub(crate) row_type: Option<Name>,
    /// `None` without brackets.
    pub(crate) columns: Option<Columns>,
}

/// What can't be understood, and where.
#[derive(Debug)]
pub(crate) struct Malformed {
    pub(crate) offset: usize,
    pub(crate) message: String,
    pub(crate) help: String,
}

const QUERY: &str = "--! name mark (nullable_parameter?) : RowType(column!); only the name is required";
const ROW_TYPE: &str = "--: RowType(), or with columns that are never NULL: --: RowType(column!, another!)";

/// A cursor over one line.
struct Cursor<'f> {
    tokens: Vec<Token<'f>>,
    next: usize,
    end: usize,
}

/// Reads the text `range` of a file, which follows `--!`. What is wrong is added to `malformed`. `None` without a name; what
/// follows a mistake is left out, so that the SQL can be checked all the same.
pub(crate) fn query(file: &str, range: Range<usize>, malformed: &mut Vec<Malformed>) -> Option<QueryAnnotation> {
    let mut cursor = Cursor::new(file, range);
    let name = cursor.name("the query's name", QUERY).map_err(|mistake| malformed.push(mistake)).ok()?;
    let marks = cursor.marks(malformed);
    let mut annotation =
        QueryAnnotation { name, marks, nullable_parameters: Vec::new(), row_type: None, columns: None };
    if let Err(mistake) = cursor.rest(&mut annotation) {
        malformed.push(mistake);
    }
    Some(annotation)
}

/// Reads the text `range` of a file, which follows `--:`.
pub(crate) fn row_type(file: &str, range: Range<usize>) -> Result<(Name, Columns), Malformed> {
    let mut cursor = Cursor::new(file, range);
    let name = cursor.name("the row type's name", ROW_TYPE)?;
    let columns = cursor.columns(ROW_TYPE)?;
    let Some(columns) = columns else {
        return Err(cursor.expected("`(`", ROW_TYPE));
    };
    cursor.end(ROW_TYPE)?;
    Ok((name, columns))
}

/// The row type that a `--:` line declares.
pub(super) fn declared_row_type(line: &str) -> Option<&str> {
    let names = tokens(line.strip_prefix("--:")?);
    names.into_iter().find(|token| token.kind == Kind::Word).map(|name| name.text)
}

impl<'f> Cursor<'f> {
    fn new(file: &'f str, range: Range<usize>) -> Self {
        let mut found = Vec::new();
        for mut token in tokens(&file[range.clone()]) {
            token.offset += range.start;
            if token.kind == Kind::Parameter {
                // `: RowType` may be written without the space.
                let (colon, name) = token.text.split_at(1);
                found.push(Token { kind: Kind::Symbol, text: colon, offset: token.offset });
                token = Token { kind: Kind::Word, text: name, offset: token.offset + 1 };
            }
            found.push(token);
        }
        Self { tokens: found, next: 0, end: range.end }
    }

    /// The place of the first token that was not understood.
    fn offset(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |token| token.offset)
    }

    fn expected(&self, what: &str, form: &str) -> Malformed {
        let message = match self.tokens.get(self.next) {
            Some(token) => format!("expected {what} instead of `{}`", token.text),
            None => format!("expected {what} at the end of the line"),
        };
        Malformed { offset: self.offset(), message, help: format!("write {form}") }
    }

    fn end(&self, form: &str) -> Result<(), Malformed> {
        if self.next == self.tokens.len() { Ok(()) } else { Err(self.expected("the end of the line", form)) }
    }

    fn optional_name(&mut self) -> Option<Name> {
        let token = self.tokens.get(self.next).filter(|token| token.kind == Kind::Word)?;
        self.next += 1;
        Some(Name { text: token.text.to_owned(), offset: token.offset })
    }

    fn name(&mut self, what: &str, form: &str) -> Result<Name, Malformed> {
        self.optional_name().ok_or_else(|| self.expected(what, form))
    }

    fn peek(&self, symbol: &str) -> bool {
        self.tokens.get(self.next).is_some_and(|token| token.text == symbol)
    }

    /// Goes past `symbol` if it is next.
    fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek(symbol);
        self.next += usize::from(found);
        found
    }

    fn marks(&mut self, malformed: &mut Vec<Malformed>) -> Marks {
        let mut marks = Marks::default();
        while let Some(name) = self.optional_name() {
            if let Some(mark) = Mark::named(&name.text) {
                marks.insert(mark);
                continue;
            }
            let names = Mark::ALL.map(Mark::name);
            let help = match did_you_mean(&name.text, names) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("a query may be marked {}; a row type follows a colon", names.join(", ")),
            };
            let message = format!("`{}` is not a mark", name.text);
            malformed.push(Malformed { offset: name.offset, message, help });
        }
        marks
    }

    /// What follows the marks.
    fn rest(&mut self, annotation: &mut QueryAnnotation) -> Result<(), Malformed> {
        annotation.nullable_parameters = self.parameters()?;
        if self.symbol(":") {
            annotation.row_type = self.optional_name();
            annotation.columns = self.columns(QUERY)?;
        }
        self.end(QUERY)
    }

    /// `(a?, b[?])`, where `[?]` is about the elements of an array.
    fn parameters(&mut self) -> Result<Vec<Name>, Malformed> {
        let Some(Columns { nullable, non_null, embedded }) = self.columns(QUERY)? else {
            return Ok(Vec::new());
        };
        if let Some((name, row_type)) = embedded.first() {
            return Err(Malformed {
                offset: row_type.offset,
                message: format!("the parameter `{}` has no row type", name.text),
                help: "only columns have one: write the row type and its columns behind `:`".to_owned(),
            });
        }
        match non_null.first() {
            None => Ok(nullable),
            Some(name) => Err(Malformed {
                offset: name.offset + name.text.len(),
                message: format!("the parameter `{}` is not a column", name.text),
                help: "only what can be NULL is listed here, with a `?`".to_owned(),
            }),
        }
    }

    /// `(a?, b[?], c!, d[!])`; `None` without brackets. Square brackets are about the elements of an array.
    fn columns(&mut self, form: &str) -> Result<Option<Columns>, Malformed> {
        if !self.symbol("(") {
            return Ok(None);
        }
        let mut columns = Columns::default();
        while !self.symbol(")") {
            let name = self.name("a name or `)`", form)?;
            let known = |names: &[Name]| names.iter().any(|other| other.text == name.text);
            let embedded = columns.embedded.iter().any(|(other, _)| other.text == name.text);
            if known(&columns.nullable) || known(&columns.non_null) || embedded {
                let message = format!("`{}` is listed twice", name.text);
                return Err(Malformed { offset: name.offset, message, help: "remove one of the two".to_owned() });
            }
            let never = self.symbol("!");
            let itself = !never && self.symbol("?");
            let (mut element, mut never_element) = (false, false);
            if self.peek("[") {
                never_element = self.tokens.get(self.next + 1).is_some_and(|token| token.text == "!");
                element = !never_element;
                let mark = if never_element { "!" } else { "?" };
                if !(self.symbol("[") && self.symbol(mark) && self.symbol("]")) {
                    return Err(self.expected("`[?]` or `[!]`", form));
                }
            }
            let row_type = if self.symbol(":") { Some(self.name("the row type of the column", form)?) } else { None };
            if let Some(row_type) = &row_type {
                columns.embedded.push((name.clone(), row_type.clone()));
            }
            if !(itself || never || element || never_element || row_type.is_some()) {
                let mut malformed = self.expected("`?`", form);
                malformed.help = format!("write {0}? if `{0}` can be NULL; otherwise leave it out", name.text);
                return Err(malformed);
            }
            if never || never_element {
                columns.non_null.push(name.clone());
            }
            if itself || element {
                columns.nullable.push(name);
            }
            if !self.symbol(",") && !self.peek(")") {
                return Err(self.expected("`,` or `)`", form));
            }
        }
        Ok(Some(columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(names: &[Name]) -> Vec<&str> {
        names.iter().map(|name| name.text.as_str()).collect()
    }

    fn read(text: &str) -> Result<QueryAnnotation, String> {
        let mut malformed = Vec::new();
        let annotation = query(text, 0..text.len(), &mut malformed);
        if let Some(Malformed { message, help, .. }) = malformed.pop() {
            return Err(format!("{message}; {help}"));
        }
        Ok(annotation.expect("what has no name is malformed"))
    }

    #[test]
    fn a_query_has_a_name_marks_parameters_and_a_row_type_with_columns() {
        let it = read(" purge all_rows report (a?, b[?]) :Row(c?, d!, e?[?],)").expect("it is well formed");
        assert_eq!(it.name.text, "purge");
        assert!(it.marks.has(Mark::AllRows) && it.marks.has(Mark::Report) && !it.marks.has(Mark::Unordered));
        assert_eq!(texts(&it.nullable_parameters), ["a", "b"]);
        assert_eq!(it.row_type.map(|name| name.text).as_deref(), Some("Row"));
        let columns = it.columns.expect("there are brackets");
        assert_eq!((texts(&columns.nullable), texts(&columns.non_null)), (vec!["c", "e"], vec!["d"]));
    }

    #[test]
    fn a_column_may_be_a_row_of_a_type_of_its_own() {
        let columns = read("q : Order(lines: Line, buyer!: Customer, note?)").map(|it| it.columns);
        let columns = columns.expect("it is well formed").expect("there are brackets");
        let embedded: Vec<_> =
            columns.embedded.iter().map(|(name, ty)| (name.text.as_str(), ty.text.as_str())).collect();
        assert_eq!(embedded, [("lines", "Line"), ("buyer", "Customer")]);
        assert_eq!((texts(&columns.nullable), texts(&columns.non_null)), (vec!["note"], vec!["buyer"]));
    }

    #[test]
    fn a_malformed_annotation_says_what_was_expected() {
        for (text, part) in [
            ("", "expected the query's name at the end of the line"),
            ("a-b", "expected the end of the line instead of `-`"),
            ("a all_row", "`all_row` is not a mark; did you mean `all_rows`?"),
            ("a Row", "a row type follows a colon"),
            ("a (b)", "write b? if `b` can be NULL"),
            ("a (b!)", "the parameter `b` is not a column"),
            ("a (b?, b?)", "`b` is listed twice"),
            ("a : R(b?, b!)", "`b` is listed twice"),
            ("a (b? c?)", "expected `,` or `)`"),
            ("a (b[x])", "expected `[?]` or `[!]`"),
            ("a (b: C)", "the parameter `b` has no row type"),
            ("a : R(b:)", "expected the row type of the column instead of `)`"),
            ("a : R(b: C, b: D)", "`b` is listed twice"),
            ("a (b?", "expected `,` or `)` at the end of the line"),
        ] {
            let message = read(text).map(|it| it.name.text).expect_err(text);
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
