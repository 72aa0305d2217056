//! The locks that a migration holds until its transaction ends.

use std::{collections::BTreeMap, fmt};

use tokio_postgres::{Client, Error, types::Oid};

/// A lock on a table, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lock {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

impl Lock {
    const ALL: [(&str, Self); 8] = [
        ("AccessShareLock", Self::AccessShare),
        ("RowShareLock", Self::RowShare),
        ("RowExclusiveLock", Self::RowExclusive),
        ("ShareUpdateExclusiveLock", Self::ShareUpdateExclusive),
        ("ShareLock", Self::Share),
        ("ShareRowExclusiveLock", Self::ShareRowExclusive),
        ("ExclusiveLock", Self::Exclusive),
        ("AccessExclusiveLock", Self::AccessExclusive),
    ];

    /// Who waits for it.
    pub(super) fn effect(self) -> &'static str {
        match self {
            Self::AccessExclusive => "readers and writers wait",
            Self::Share | Self::ShareRowExclusive | Self::Exclusive => "writers wait",
            _ => "neither readers nor writers wait",
        }
    }
}

/// As SQL writes it.
impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        })
    }
}

/// The strongest lock that this session holds on each relation.
pub(super) async fn held(client: &Client) -> Result<BTreeMap<Oid, Lock>, Error> {
    let sql = "SELECT relation, mode
               FROM pg_locks
               WHERE pid = PG_BACKEND_PID() AND locktype = 'relation' AND granted";
    let mut strongest = BTreeMap::new();
    for row in client.query(sql, &[]).await? {
        let (relation, mode): (Oid, &str) = (row.get(0), row.get(1));
        let Some((_, lock)) = Lock::ALL.into_iter().find(|(name, _)| *name == mode) else { continue };
        strongest.entry(relation).and_modify(|held: &mut Lock| *held = (*held).max(lock)).or_insert(lock);
    }
    Ok(strongest)
}
