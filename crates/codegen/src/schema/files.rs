//! Brings the objects into files, and the files into an order in which a database can be made from them.
//!
//! Files have the order of `[domains]`. What needs something of a later file stands in a second part of its own file, under
//! the line `-- Part 2`, what needs something of that in a third, and so on: first all first parts are run, then all second
//! parts. Within a part the objects have the order in which they can be created.

use std::collections::{BTreeMap, BTreeSet};

use super::objects::{Id, Kind, Object};
use crate::settings;

/// What the first line of each file says.
pub(super) const MARK: &str = "Written by the build step from the migrations: do not edit.";

/// Whether a text is of a file that the build step has written.
pub(crate) fn is_generated(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.contains(MARK))
}

const PART: &str = "-- Part ";

/// The text of each file, by the name of its domain; or the names of the objects that need each other in a circle.
/// `names` is the order of the files, and `domains` has the file of each object.
pub(super) fn arrange(
    objects: &[Object],
    domains: &[String],
    names: &[&str],
) -> Result<BTreeMap<String, String>, Vec<String>> {
    let by_id: BTreeMap<Id, usize> = objects.iter().enumerate().map(|(at, object)| (object.id, at)).collect();
    let mut order = Vec::new();
    for name in names {
        let of_domain: Vec<usize> = (0..objects.len()).filter(|at| domains[*at] == *name).collect();
        order.extend(in_order(&of_domain, objects, &by_id)?);
    }
    let parts = parts(&order, objects, &by_id)?;
    let mut files = BTreeMap::new();
    for &at in &order {
        let file: &mut BTreeMap<usize, Vec<&Object>> = files.entry(domains[at].as_str()).or_default();
        file.entry(parts[at]).or_default().push(&objects[at]);
    }
    Ok(files.into_iter().map(|(domain, parts)| (domain.to_owned(), text(domain, &parts))).collect())
}

/// The objects of one file, each behind what it needs of the same file, else in their own order.
fn in_order(of_domain: &[usize], objects: &[Object], by_id: &BTreeMap<Id, usize>) -> Result<Vec<usize>, Vec<String>> {
    fn visit<'o>(
        at: usize,
        here: &BTreeSet<usize>,
        objects: &'o [Object],
        by_id: &BTreeMap<Id, usize>,
        path: &mut Vec<&'o str>,
        open: &mut BTreeSet<usize>,
        done: &mut Vec<usize>,
    ) -> Result<(), Vec<String>> {
        if done.contains(&at) || !here.contains(&at) {
            return Ok(());
        }
        path.push(&objects[at].name);
        if !open.insert(at) {
            return Err(path.iter().map(ToString::to_string).collect());
        }
        for needed in objects[at].needs.iter().filter_map(|id| by_id.get(id)) {
            visit(*needed, here, objects, by_id, path, open, done)?;
        }
        path.pop();
        open.remove(&at);
        done.push(at);
        Ok(())
    }
    let here: BTreeSet<usize> = of_domain.iter().copied().collect();
    let mut done = Vec::new();
    for &at in of_domain {
        visit(at, &here, objects, by_id, &mut Vec::new(), &mut BTreeSet::new(), &mut done)?;
    }
    Ok(done)
}

/// The part of its file in which each object stands, from 1; `order` is the order of all first parts.
fn parts(order: &[usize], objects: &[Object], by_id: &BTreeMap<Id, usize>) -> Result<Vec<usize>, Vec<String>> {
    let mut place = vec![0; objects.len()];
    order.iter().enumerate().for_each(|(number, at)| place[*at] = number);
    let mut parts = vec![1; objects.len()];
    // Without a circle, no part is later than there are objects.
    for _ in 0..=objects.len() {
        let mut moved = Vec::new();
        for &at in order {
            let needed = objects[at].needs.iter().filter_map(|id| by_id.get(id)).filter(|needed| **needed != at);
            let earliest = needed.map(|needed| parts[*needed] + usize::from(place[*needed] > place[at])).max();
            if let Some(earliest) = earliest.filter(|earliest| *earliest > parts[at]) {
                parts[at] = earliest;
                moved.push(at);
            }
        }
        if moved.is_empty() {
            return Ok(parts);
        }
        if parts.iter().any(|part| *part > objects.len()) {
            return Err(moved.into_iter().map(|at| objects[at].name.clone()).collect());
        }
    }
    Ok(parts)
}

fn text(domain: &str, parts: &BTreeMap<usize, Vec<&Object>>) -> String {
    let mut text = format!(
        "-- {MARK}
-- The schema of {domain} after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in {}, then the second parts,
-- and so on, with check_function_bodies = off.\n",
        settings::FILE
    );
    for (number, objects) in parts {
        if *number > 1 {
            text += &format!("\n{PART}{number}: needs what stands in part {} of another file.\n", number - 1);
        }
        let mut before: Option<&Object> = None;
        for object in objects {
            // Short indexes of one table stand together.
            let is_short = |object: &Object| object.kind == Kind::OfTable && !object.sql.contains('\n');
            if !(is_short(object) && before.is_some_and(|it| is_short(it) && it.table == object.table)) {
                text += "\n";
            }
            text += &format!("{}\n", object.sql);
            before = Some(object);
        }
    }
    text
}

/// One script out of the texts of all files, which must come in their order.
pub(super) fn load_order<'f>(files: impl Iterator<Item = &'f str>) -> String {
    let mut parts: BTreeMap<usize, String> = BTreeMap::new();
    for file in files {
        let mut part = 1;
        for line in file.split_inclusive('\n') {
            let number = line.strip_prefix(PART).and_then(|rest| rest.split_once(':')?.0.parse().ok());
            part = number.unwrap_or(part);
            parts.entry(part).or_default().push_str(line);
        }
    }
    let parts: String = parts.into_values().collect();
    format!("SET check_function_bodies = off;\n{parts}RESET check_function_bodies;\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::objects::class;

    fn id(oid: u32) -> Id {
        Id { class: class::RELATION, oid }
    }

    fn object(oid: u32, name: &str, needs: &[u32]) -> Object {
        Object {
            id: id(oid),
            kind: Kind::Table,
            name: name.to_owned(),
            table: None,
            sql: format!("CREATE {name};"),
            needs: needs.iter().map(|oid| id(*oid)).collect(),
        }
    }

    fn domains(names: &[&str]) -> Vec<String> {
        names.iter().copied().map(str::to_owned).collect()
    }

    #[test]
    fn what_needs_a_later_file_stands_in_a_later_part() {
        let objects = [object(1, "a1", &[2]), object(2, "b1", &[]), object(3, "a2", &[1]), object(4, "b2", &[3])];
        let files = arrange(&objects, &domains(&["a", "b", "a", "b"]), &["a", "b"]).expect("there is an order");
        let script = load_order(files.values().map(String::as_str));
        let places: Vec<_> = ["b1", "a1", "a2", "b2"].map(|name| script.find(&format!("CREATE {name};"))).to_vec();
        assert!(places.is_sorted() && places.iter().all(Option::is_some), "{script}");
        assert!(
            files["a"].contains("-- Part 2: needs what stands in part 1 of another file.\n\nCREATE a1;"),
            "{}",
            files["a"]
        );
        assert!(!files["a"].contains("Part 3"), "{}", files["a"]);
    }

    #[test]
    fn within_a_file_what_is_needed_comes_first() {
        let objects = [object(1, "late", &[2]), object(2, "early", &[])];
        let files = arrange(&objects, &domains(&["a", "a"]), &["a"]).expect("there is an order");
        assert!(files["a"].find("early") < files["a"].find("late") && !files["a"].contains("Part 2"));
    }

    #[test]
    fn objects_that_need_each_other_have_no_order() {
        let objects = [object(1, "hen", &[2]), object(2, "egg", &[1])];
        assert_eq!(
            arrange(&objects, &domains(&["a", "a"]), &["a"]),
            Err(["hen", "egg", "hen"].map(str::to_owned).to_vec())
        );
        assert!(arrange(&objects, &domains(&["a", "b"]), &["a", "b"]).is_err());
    }
}
