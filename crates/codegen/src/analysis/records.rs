//! The fields of a column that is a row: `SELECT line FROM (SELECT …) AS line`. PostgreSQL calls its type `record` and says nothing
//! more; the tree has the names and types of what the row is made of.

use tokio_postgres::types::Oid;

use super::Tree;

/// The names and types of a row's fields; the type is 0 where it can't be seen.
pub(crate) type Fields = Vec<(String, Oid)>;

/// Of the column with this number, from 0; `None` if it is no such row and no array of such rows.
pub(crate) fn fields(query: &Tree, column: usize) -> Option<Fields> {
    let target = targets(query).nth(column)?;
    of(target.get("expr").tree()?, &[query])
}

fn targets(query: &Tree) -> impl Iterator<Item = &Tree> {
    let list = if query.number("commandType") == 1 { "targetList" } else { "returningList" };
    query.get(list).trees().filter(|target| !target.is_true("resjunk"))
}

/// `ARRAY_AGG` of what is no array.
const ARRAY_AGG: Oid = 2335;

/// The kinds of a range table's entry.
const SUBQUERY: i64 = 1;
const CTE: i64 = 6;
const GROUP: i64 = 9;

/// The kinds of a subquery in an expression.
const ONE_VALUE: i64 = 4;
const ARRAY: i64 = 6;

/// `levels` are the queries around the expression, from the outside in.
fn of<'t>(expression: &'t Tree, levels: &[&'t Tree]) -> Option<Fields> {
    match expression.tag.as_str() {
        "VAR" => variable(expression, levels),
        "SUBLINK" if [ONE_VALUE, ARRAY].contains(&expression.number("subLinkType")) => {
            let query = expression.get("subselect").tree()?;
            of(targets(query).next()?.get("expr").tree()?, &[levels, &[query]].concat())
        }
        "AGGREF" if expression.oid("aggfnoid") == ARRAY_AGG => {
            of(expression.get("args").trees().next()?.get("expr").tree()?, levels)
        }
        _ => None,
    }
}

fn variable(variable: &Tree, levels: &[&Tree]) -> Option<Fields> {
    let levels = &levels[..levels.len().checked_sub(variable.index("varlevelsup"))?];
    let relation = levels.last()?.get("rtable").trees().nth(variable.index("varno").checked_sub(1)?)?;
    let number = variable.index("varattno");
    if relation.number("rtekind") == GROUP {
        return of(relation.get("groupexprs").trees().nth(number.checked_sub(1)?)?, levels);
    }
    let (query, around) = query_of(relation, levels)?;
    let inside = [around, &[query]].concat();
    if let Some(column) = number.checked_sub(1) {
        return of(targets(query).nth(column)?.get("expr").tree()?, &inside);
    }
    let names = relation.get("eref").tree()?.get("colnames").list();
    let names = names.iter().map(|name| name.text().unwrap_or_default().to_owned());
    Some(names.zip(targets(query).map(|target| target.get("expr").tree().map_or(0, type_of))).collect())
}

/// The subquery or CTE of FROM, with the levels around it.
fn query_of<'t, 'l>(relation: &'t Tree, levels: &'l [&'t Tree]) -> Option<(&'t Tree, &'l [&'t Tree])> {
    match relation.number("rtekind") {
        SUBQUERY => Some((relation.get("subquery").tree()?, levels)),
        CTE => {
            let around = &levels[..levels.len().checked_sub(relation.index("ctelevelsup"))?];
            let name = relation.text("ctename");
            let cte = around.last()?.get("cteList").trees().find(|cte| cte.text("ctename") == name)?;
            Some((cte.get("ctequery").tree()?, around))
        }
        _ => None,
    }
}

const BOOLEAN: Oid = 16;

/// The type of an expression; 0 where the tree does not say it.
fn type_of(expression: &Tree) -> Oid {
    let field = match expression.tag.as_str() {
        "VAR" => "vartype",
        "CONST" => "consttype",
        "PARAM" => "paramtype",
        "AGGREF" => "aggtype",
        "WINDOWFUNC" => "wintype",
        "FUNCEXPR" => "funcresulttype",
        "OPEXPR" | "DISTINCTEXPR" | "NULLIFEXPR" => "opresulttype",
        "COALESCEEXPR" => "coalescetype",
        "CASEEXPR" => "casetype",
        "MINMAXEXPR" => "minmaxtype",
        "ARRAYEXPR" => "array_typeid",
        "SQLVALUEFUNCTION" => "type",
        "SUBSCRIPTINGREF" => "refrestype",
        "ROWEXPR" => "row_typeid",
        "RELABELTYPE" | "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "CONVERTROWTYPEEXPR" | "COERCETODOMAIN" | "FIELDSELECT" => {
            "resulttype"
        }
        "BOOLEXPR" | "NULLTEST" | "BOOLEANTEST" | "SCALARARRAYOPEXPR" | "ROWCOMPAREEXPR" => return BOOLEAN,
        "COLLATEEXPR" => return expression.get("arg").tree().map_or(0, type_of),
        "SUBLINK" => {
            return match expression.number("subLinkType") {
                0..=3 => BOOLEAN,
                ONE_VALUE => {
                    let query = expression.get("subselect").tree();
                    let target = query.and_then(|query| targets(query).next());
                    target.and_then(|target| target.get("expr").tree()).map_or(0, type_of)
                }
                _ => 0,
            };
        }
        _ => return 0,
    };
    expression.oid(field)
}
