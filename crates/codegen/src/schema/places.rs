//! Places in the bodies of functions: what PostgreSQL counts from the beginning of a body, in the file that defines it.

use barqnet_db_sql::{Kind as TokenKind, offset_in_query, offset_of_line, statements};

use super::definitions::{Definition, Definitions, Kind};
use crate::migrations::File;

/// A place in a file.
pub(crate) struct InFile<'f> {
    pub(crate) file: &'f File,
    pub(crate) offset: usize,
}

impl Definition {
    /// A line of the function's body, counted from 1, and there the word at a character of a query in that line.
    pub(crate) fn place<'f>(
        &self,
        files: &'f [File],
        line: Option<usize>,
        in_query: Option<(&str, usize)>,
    ) -> Option<InFile<'f>> {
        let file = files.get(self.file)?;
        let begin = self.offset?;
        let Some(body) = self.body(file) else { return Some(InFile { file, offset: begin }) };
        let line = line.and_then(|line| offset_of_line(body.text, line)).unwrap_or(0);
        let word = in_query.and_then(|(query, character)| offset_in_query(&body.text[line..], query, character));
        Some(InFile { file, offset: body.offset + line + word.unwrap_or(0) })
    }

    /// The function's body, as the file has it.
    pub(crate) fn body<'f>(&self, file: &'f File) -> Option<Body<'f>> {
        let begin = self.offset?;
        let statement = statements(file.sql.get(begin..)?).into_iter().next()?;
        let mut behind_as = statement.tokens.iter().skip_while(|token| !token.is("AS"));
        behind_as.find_map(|token| match token.dollar_body() {
            Some((text, offset)) => Some(Body { text, offset: begin + offset }),
            None if token.kind == TokenKind::String => {
                let quote = token.text.find('\'')? + 1;
                let text = token.text.get(quote..token.text.len() - 1)?;
                Some(Body { text, offset: begin + token.offset + quote })
            }
            None => None,
        })
    }
}

/// The text between the quotes of a function's body.
pub(crate) struct Body<'f> {
    pub(crate) text: &'f str,
    /// Its byte offset in the file.
    pub(crate) offset: usize,
}

impl Definitions {
    /// The newest definition of a function, by its name and its body as PostgreSQL has it: functions of one name can differ
    /// in their parameters.
    pub(crate) fn of_function(&self, name: &str, source: &str, files: &[File]) -> Option<&Definition> {
        let has_body = |definition: &&Definition| {
            let body = files.get(definition.file).and_then(|file| definition.body(file));
            body.is_some_and(|body| body.text == source || body.text.replace("''", "'") == source)
        };
        self.of(Kind::Function, name).find(has_body).or_else(|| self.of(Kind::Function, name).next())
    }

    /// Where the line is that PostgreSQL's context of an error names first: `PL/pgSQL function f(integer) line 3 at …`. Of
    /// functions with one name the newest is taken.
    pub(crate) fn place_of_context<'f>(&self, context: &str, files: &'f [File]) -> Option<InFile<'f>> {
        let (name, rest) = context.split_once("PL/pgSQL function ")?.1.split_once('(')?;
        let name = name.replace('"', "");
        let line = rest.lines().next()?.split_once(") line ")?.1;
        let line = line.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        self.of(Kind::Function, &name).next()?.place(files, Some(line), None)
    }
}
