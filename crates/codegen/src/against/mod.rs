//! Whether two releases can run at the same time: the queries of a git ref on this schema, and these queries on the
//! ref's schema. During a rolling deploy both are true at once.

mod failures;
mod release;
mod shape;
mod verdict;

use std::{collections::HashMap, path::Path, ptr};

use tokio_postgres::Client;

pub(crate) use self::verdict::{Comparison, Direction, Outcome, Verdict};
use self::{release::Release, shape::shapes};
use crate::{
    analysis::analyse,
    diagnostic::{Diagnostic, Diagnostics},
    generate::runtime,
    migrations,
    queries::Module,
    query_check,
    scratch::{Host, Scratch},
};

/// Compares the project at `root` with what it was at a git ref.
pub(crate) fn check(root: &Path, reference: &str) -> Result<Comparison, Diagnostics> {
    let before = Release::at(root, reference)?;
    let now = Release::now(root)?;
    let host = Host::start()?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let (mut old_schema, mut new_schema) = (host.scratch().await?, host.scratch().await?);
        let compared = compare(&before, &now, &mut old_schema, &mut new_schema).await;
        let removed = (old_schema.remove().await, new_schema.remove().await);
        let verdicts = compared?;
        removed.0.and(removed.1)?;
        Ok(Comparison { reference: reference.to_owned(), unreadable: before.unreadable, verdicts })
    })
}

async fn compare(
    before: &Release,
    now: &Release,
    old_schema: &mut Scratch,
    new_schema: &mut Scratch,
) -> Result<Vec<Verdict>, Diagnostics> {
    let mut found = Diagnostics::default();
    let applied = migrations::apply(&before.migrations, None, &mut old_schema.client).await;
    found.collect(applied.map_err(|problems| before.label(problems)));
    found.collect(migrations::apply(&now.migrations, None, &mut new_schema.client).await);
    found.into_result()?;
    let (old_schema, new_schema) = (&old_schema.client, &new_schema.client);
    let mut verdicts = on_other_schema(Direction::OldQueries, &before.modules, old_schema, new_schema)
        .await
        .map_err(|problems| before.label(problems))?;
    verdicts.extend(on_other_schema(Direction::NewQueries, &now.modules, new_schema, old_schema).await?);
    Ok(verdicts)
}

/// What becomes of the queries that were written for one schema on the other.
async fn on_other_schema(
    direction: Direction,
    modules: &[Module],
    own: &Client,
    other: &Client,
) -> Result<Vec<Verdict>, Diagnostics> {
    let mut refused = Diagnostics::default();
    let on_own = query_check::prepare(modules, own, &mut refused).await;
    refused.into_result()?;
    let expected = shapes(&analyse(&on_own, own).await?);
    let mut refused = Diagnostics::default();
    let on_other = query_check::prepare(modules, other, &mut refused).await;
    let analysed = analyse(&on_other, other).await?;
    let found = shapes(&analysed);
    let failing = failures::at_run_time(&analysed, other).await?;
    let mut found: HashMap<_, _> = on_other
        .iter()
        .zip(found.into_iter().zip(failing))
        .map(|(it, found)| (ptr::from_ref(it.query), found))
        .collect();
    // One per query that was refused, in their order.
    let mut refused = refused.iter().map(Diagnostic::message);
    let mut verdicts: Vec<Verdict> = Vec::new();
    for (prepared, expected) in on_own.iter().zip(expected) {
        let outcome = match found.remove(&ptr::from_ref(prepared.query)) {
            None => Outcome::Fails(refused.next().unwrap_or_default().to_owned()),
            Some((_, Some(failure))) => Outcome::Fails(failure),
            Some((shape, None)) => match expected.differences(&shape) {
                differences if differences.is_empty() => Outcome::Fine,
                differences => Outcome::Shape(differences),
            },
        };
        let verdict = Verdict::new(direction, prepared, outcome);
        // A query is as good as the worst of its variants.
        let of_query = verdicts.iter_mut().find(|other| prepared.query.is_derived() && other.query == verdict.query);
        match of_query {
            Some(query) if query.outcome == Outcome::Fine => *query = verdict,
            Some(_) => {}
            None => verdicts.push(verdict),
        }
    }
    Ok(verdicts)
}
