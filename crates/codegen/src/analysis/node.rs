//! Reads `pg_node_tree`: PostgreSQL's text form of an analysed statement.

use std::collections::BTreeMap;

/// A value of the tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// `<>`
    Null,
    /// A number, a name, `true`, `false` or a quoted string, unescaped.
    Atom(String),
    /// `( … )`, also of numbers, and the bytes of a constant, `[ … ]`.
    List(Vec<Self>),
    /// `{TAG :field value …}`
    Tree(Tree),
}

/// A node with its fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tree {
    /// In capitals, as PostgreSQL 15 and later write it: `RANGETBLENTRY`, `COALESCEEXPR`.
    pub(crate) tag: String,
    fields: BTreeMap<String, Node>,
}

/// Tags that had another form before PostgreSQL 15.
const RENAMED: [(&str, &str); 9] = [
    ("RTE", "RANGETBLENTRY"),
    ("CASE", "CASEEXPR"),
    ("WHEN", "CASEWHEN"),
    ("ARRAY", "ARRAYEXPR"),
    ("ROW", "ROWEXPR"),
    ("ROWCOMPARE", "ROWCOMPAREEXPR"),
    ("COALESCE", "COALESCEEXPR"),
    ("MINMAX", "MINMAXEXPR"),
    ("COLLATE", "COLLATEEXPR"),
];

impl Node {
    /// `None` if the text is no tree.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text, depth: 0 };
        let node = reader.value()?;
        reader.rest.trim_start().is_empty().then_some(node)
    }

    pub(crate) fn tree(&self) -> Option<&Tree> {
        match self {
            Self::Tree(tree) => Some(tree),
            _ => None,
        }
    }

    /// The elements of a list; none of anything else.
    pub(crate) fn list(&self) -> &[Self] {
        match self {
            Self::List(nodes) => nodes,
            _ => &[],
        }
    }

    /// The trees in a list.
    pub(crate) fn trees(&self) -> impl Iterator<Item = &Tree> {
        self.list().iter().filter_map(Self::tree)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Atom(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// Whether both are the same expression, wherever they stand in the text.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tree(a), Self::Tree(b)) => a.is_same(b),
            (Self::List(a), Self::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b)),
            _ => self == other,
        }
    }

    /// Every tree inside, itself included, from the outside in.
    pub(crate) fn walk<'n>(&'n self, visit: &mut dyn FnMut(&'n Tree)) {
        match self {
            Self::Tree(tree) => tree.walk(visit),
            Self::List(nodes) => nodes.iter().for_each(|node| node.walk(visit)),
            Self::Null | Self::Atom(_) => {}
        }
    }
}

impl Tree {
    /// A field; `Null` if the server's version has none of that name.
    pub(crate) fn get(&self, field: &str) -> &Node {
        self.fields.get(field).unwrap_or(&Node::Null)
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        self.get(field).text().unwrap_or_default()
    }

    /// A number; 0 if there is none.
    pub(crate) fn number(&self, field: &str) -> i64 {
        self.text(field).parse().unwrap_or_default()
    }

    /// A number that counts something or is a place in a list; 0 if there is none.
    pub(crate) fn index(&self, field: &str) -> usize {
        self.text(field).parse().unwrap_or_default()
    }

    /// A number that is an object's id.
    pub(crate) fn oid(&self, field: &str) -> u32 {
        self.text(field).parse().unwrap_or_default()
    }

    /// The numbers in a list.
    pub(crate) fn numbers(&self, field: &str) -> Vec<i64> {
        self.get(field).list().iter().filter_map(Node::text).filter_map(|text| text.parse().ok()).collect()
    }

    pub(crate) fn is_true(&self, field: &str) -> bool {
        self.text(field) == "true"
    }

    /// Of all fields.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Node> {
        self.fields.values()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.tag == other.tag
            && self.fields.len() == other.fields.len()
            && self.fields.iter().zip(&other.fields).all(|((name, a), (_, b))| {
                ["location", "varnosyn", "varattnosyn", "coercionform", "funcformat", "relabelformat"]
                    .contains(&name.as_str())
                    || a.is_same(b)
            })
    }

    pub(crate) fn walk<'n>(&'n self, visit: &mut dyn FnMut(&'n Self)) {
        visit(self);
        self.fields.values().for_each(|node| node.walk(visit));
    }
}

/// How deep trees may be nested: what follows one recursively must not exhaust the stack.
const MAX_DEPTH: usize = 400;

struct Reader<'t> {
    rest: &'t str,
    /// Of the trees that are open.
    depth: usize,
}

impl<'t> Reader<'t> {
    /// The next word or bracket. Words end at white space and brackets, unless a backslash escapes these.
    fn token(&mut self) -> Option<&'t str> {
        self.rest = self.rest.trim_start_matches([' ', '\n', '\t']);
        let mut characters = self.rest.char_indices();
        let (_, first) = characters.next()?;
        let end = if "(){}[]".contains(first) {
            1
        } else if first == '"' {
            quoted_end(self.rest)?
        } else {
            let mut escaped = first == '\\';
            characters
                .find(|(_, c)| {
                    !std::mem::take(&mut escaped) && {
                        escaped = *c == '\\';
                        "(){}[] \n\t".contains(*c)
                    }
                })
                .map_or(self.rest.len(), |(at, _)| at)
        };
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(token)
    }

    fn peek(&mut self) -> Option<&'t str> {
        let rest = self.rest;
        let token = self.token();
        self.rest = rest;
        token
    }

    fn value(&mut self) -> Option<Node> {
        match self.token()? {
            "{" => self.tree().map(Node::Tree),
            "(" => self.list(")"),
            "[" => self.list("]"),
            "<>" => Some(Node::Null),
            ")" | "}" | "]" => None,
            word => Some(Node::Atom(unescaped(word))),
        }
    }

    fn list(&mut self, end: &str) -> Option<Node> {
        let mut nodes = Vec::new();
        while self.peek()? != end {
            nodes.push(self.value()?);
        }
        self.token();
        // `(i 1 2)`, `(o 1 2)`, `(x 1 2)` and `(b 1 2)`: numbers, ids, transactions, a set.
        let typed = matches!(nodes.first(), Some(Node::Atom(kind)) if ["i", "o", "x", "b"].contains(&kind.as_str()));
        if typed && end == ")" {
            nodes.remove(0);
        }
        Some(Node::List(nodes))
    }

    fn tree(&mut self) -> Option<Tree> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let tag = self.token()?;
        let tag = RENAMED.iter().find(|(old, _)| *old == tag).map_or(tag, |(_, new)| new).to_owned();
        let mut fields = BTreeMap::new();
        loop {
            let token = self.token()?;
            if token == "}" {
                self.depth -= 1;
                return Some(Tree { tag, fields });
            }
            let name = token.strip_prefix(':')?;
            // The first value may begin with a colon, as a name can.
            let mut values = vec![self.value()?];
            while self.peek().is_some_and(|next| next != "}" && !next.starts_with(':')) {
                values.push(self.value()?);
            }
            let value = if values.len() == 1 { values.remove(0) } else { Node::List(values) };
            fields.insert(name.to_owned(), value);
        }
    }
}

/// Where a token that begins with a quotation mark ends.
fn quoted_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().skip(1).find_map(|(at, c)| {
        if std::mem::take(&mut escaped) {
            return None;
        }
        escaped = c == '\\';
        (c == '"').then_some(at + 1)
    })
}

fn unescaped(word: &str) -> String {
    let word = word.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(word);
    let mut escaped = false;
    word.chars()
        .filter(|c| {
            std::mem::take(&mut escaped) || {
                escaped = *c == '\\';
                !escaped
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_its_fields_lists_and_constants() {
        let text = r#"(({QUERY :a 1 :empty <> :names ("id" "a \"b\"") :name a\ b\) :set (b 8 9) :args ({CONST :constvalue 4 [ 3 0 -1 ]}) :last :x}))"#;
        let node = Node::parse(text).expect("it is a tree");
        let query = node.list()[0].list()[0].tree().expect("a query");
        assert_eq!(query.tag, "QUERY");
        assert_eq!(query.number("a"), 1);
        assert!(query.get("empty").is_null() && query.get("missing").is_null());
        assert_eq!(query.get("names").list().iter().filter_map(Node::text).collect::<Vec<_>>(), ["id", "a \"b\""]);
        assert_eq!(query.text("name"), "a b)");
        assert_eq!(query.get("set").list().len(), 2);
        let constant = query.get("args").trees().next().expect("a constant");
        assert_eq!(constant.get("constvalue").list()[1].list().len(), 3);
        let mut tags = Vec::new();
        node.walk(&mut |tree| tags.push(tree.tag.as_str()));
        assert_eq!(tags, ["QUERY", "CONST"]);
    }

    #[test]
    fn tags_of_older_servers_become_those_of_newer_ones() {
        let node = Node::parse("{RTE :rtekind 0}").expect("it is a tree");
        assert_eq!(node.tree().expect("a tree").tag, "RANGETBLENTRY");
    }

    #[test]
    fn what_is_no_tree_is_nothing() {
        for text in ["", "(", "{A :b", "{A :b}", "{A b}", ")", "() x", "{A :b \"c}"] {
            assert_eq!(Node::parse(text), None, "{text}");
        }
    }
}
