//! Parameters that a statement only writes to columns with NOT NULL.

use std::collections::BTreeMap;

use super::{
    Tree,
    catalogue::{Catalogue, RelationKind},
    node::Node,
};

/// What the parameters of a statement are used for, by number.
#[derive(Default)]
struct Uses {
    /// Everywhere.
    all: BTreeMap<usize, usize>,
    /// As the value of a column with NOT NULL: how often, and one of these columns.
    not_null: BTreeMap<usize, (usize, String)>,
}

/// By parameter: a column with NOT NULL, if the parameter is only written to such.
pub(super) fn written_not_null(tree: &Tree, catalogue: &Catalogue) -> Vec<Option<String>> {
    let mut uses = Uses::default();
    tree.walk(&mut |tree| match tree.tag.as_str() {
        "PARAM" if tree.number("paramkind") == 0 => *uses.all.entry(tree.index("paramid")).or_default() += 1,
        "QUERY" => uses.written_by(tree, catalogue),
        _ => {}
    });
    let count = uses.all.keys().max().copied().unwrap_or_default();
    let column = |number: usize| {
        let (written, column) = uses.not_null.get(&number)?;
        (uses.all.get(&number) == Some(written)).then(|| column.clone())
    };
    (1..=count).map(column).collect()
}

impl Uses {
    fn written_by(&mut self, query: &Tree, catalogue: &Catalogue) {
        let is_insert = query.number("commandType") == 3;
        match query.number("commandType") {
            2 | 3 => self.targets(query, query.get("targetList"), is_insert, catalogue),
            5 => {
                for action in query.get("mergeActionList").trees() {
                    let inserts = action.number("commandType") == 3;
                    self.targets(query, action.get("targetList"), inserts, catalogue);
                }
            }
            _ => {}
        }
        if let Some(conflict) = query.get("onConflict").tree() {
            self.targets(query, conflict.get("onConflictSet"), false, catalogue);
        }
    }

    fn targets(&mut self, query: &Tree, targets: &Node, inserts: bool, catalogue: &Catalogue) {
        let range_table: Vec<&Tree> = query.get("rtable").trees().collect();
        let relation = |place: usize| range_table.get(place.checked_sub(1)?).copied();
        let target = relation(query.index("resultRelation")).and_then(|it| catalogue.relation(it.oid("relid")));
        let Some(target) = target.filter(|it| it.kind == RelationKind::Table && !it.rewritten) else { return };
        // A trigger can replace NULL before it is refused.
        if if inserts { target.before_insert } else { target.before_update } {
            return;
        }
        for entry in targets.trees() {
            let column = entry.index("resno").checked_sub(1).and_then(|number| target.columns.get(number));
            let Some(column) = column.filter(|column| column.not_null) else { continue };
            let name = format!("{}.{}", target.name, column.name);
            let value = entry.get("expr");
            match converted(value) {
                Some(it) if it.tag == "PARAM" => self.write(it, &name),
                Some(it) if it.tag == "VAR" && inserts && it.number("varlevelsup") == 0 => {
                    let number = it.index("varattno");
                    if let Some(source) = relation(it.index("varno")) {
                        self.written_from(source, number, &name);
                    }
                }
                _ => {}
            }
        }
    }

    /// A column of VALUES, or of the SELECT that INSERT reads.
    fn written_from(&mut self, source: &Tree, number: usize, name: &str) {
        let Some(index) = number.checked_sub(1) else { return };
        for row in source.get("values_lists").list() {
            self.bare(row.list().get(index), name);
        }
        if let Some(query) = source.get("subquery").tree() {
            let entry = query.get("targetList").trees().nth(index);
            self.bare(entry.map(|entry| entry.get("expr")), name);
        }
    }

    fn bare(&mut self, value: Option<&Node>, name: &str) {
        if let Some(parameter) = value.and_then(converted).filter(|it| it.tag == "PARAM") {
            self.write(parameter, name);
        }
    }

    fn write(&mut self, parameter: &Tree, name: &str) {
        if parameter.number("paramkind") == 0 {
            let (count, _) = self.not_null.entry(parameter.index("paramid")).or_insert_with(|| (0, name.to_owned()));
            *count += 1;
        }
    }
}

/// The value under conversions that keep NULL.
fn converted(node: &Node) -> Option<&Tree> {
    let mut tree = node.tree()?;
    loop {
        let inner = match tree.tag.as_str() {
            "RELABELTYPE" | "COERCEVIAIO" | "COERCETODOMAIN" | "COLLATEEXPR" => tree.get("arg"),
            // An implicit or explicit cast.
            "FUNCEXPR" if [1, 2].contains(&tree.number("funcformat")) => tree.get("args").list().first()?,
            _ => return Some(tree),
        };
        tree = inner.tree()?;
    }
}
