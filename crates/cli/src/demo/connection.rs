//! The VPN connection: opened, kept alive by the server's heartbeats, closed.

use barqnet_db::{
    connections::{self, CloseReason, ConnectionPolicy, CounterPolicy, Heartbeat, NewConnection, OpenOutcome},
    pool::{Client, Pool},
    queries,
};
use comfy_table::Cell;

use super::{narration::Narration, person::Person, required::required};
use crate::{error::Error, table::Table, units};

/// The server's counters at each heartbeat: bytes received from Ada, and bytes sent to her.
const HEARTBEATS: [(u64, u64); 4] =
    [(48_200, 1_310_000), (1_120_000, 96_400_000), (3_870_000, 412_500_000), (9_240_000, 1_284_000_000)];

/// Identifies the start of the server's counters.
const EPOCH: i64 = 1;

pub(super) async fn connect(
    pool: &Pool,
    client: &Client,
    person: &Person,
    server: &str,
    narration: &mut Narration<'_>,
) -> Result<(), Error> {
    narration.chapter("A VPN connection")?;
    let new = NewConnection {
        username: person.username,
        server_id: server,
        client_ip: Some([203, 0, 113, 7].into()),
        virtual_ip: Some([10, 8, 0, 6].into()),
        public_ip: Some([198, 51, 100, 4].into()),
        epoch: Some(EPOCH),
        device_name: Some("Ada's phone"),
        device_type: Some("android"),
        app_version: Some("1.0"),
        ..NewConnection::default()
    };
    let OpenOutcome::Opened { id, .. } = connections::open(pool, &new, &ConnectionPolicy::default()).await? else {
        return Err(Error::Demo("the connection was refused"));
    };
    connections::mark_connected(client, server, id).await?;
    narration.say(&format!("Connection {id}: {} on {server}, virtual address 10.8.0.6.", person.username))?;
    heartbeats(client, id, server, narration).await?;

    let active = queries::connections::active_by_user().bind(client, &person.username).all().await?;
    for connection in &active {
        narration.say(&format!("{} is {} on {}.", connection.username, connection.status, connection.server_id))?;
    }
    let reason = CloseReason::ClientExit;
    let closed = required(
        connections::close(client, server, id, reason, None, &CounterPolicy::default()).await?,
        "nothing was closed",
    )?;
    narration.say(&format!(
        "Closed after {} s ({reason}): {} up, {} down. The demo does not wait in real time.",
        closed.duration_seconds,
        units::bytes(closed.bytes_received),
        units::bytes(closed.bytes_sent),
    ))?;
    let again = connections::close(client, server, id, reason, None, &CounterPolicy::default()).await?;
    narration.say(&format!("Closing it again changes {}.", if again.is_none() { "nothing" } else { "something" }))?;
    Ok(())
}

async fn heartbeats(client: &Client, id: i64, server: &str, narration: &mut Narration<'_>) -> Result<(), Error> {
    let mut table = Table::new(["HEARTBEAT", "UP", "DOWN", "APPLIED", "SENT AGAIN"]).right(&[0, 1, 2, 3]);
    for (sequence, (bytes_received, bytes_sent)) in (1..).zip(HEARTBEATS) {
        let beat = [Heartbeat { connection_id: id, epoch: EPOCH, sequence, bytes_received, bytes_sent }];
        let report = connections::heartbeat(client, server, &beat, &CounterPolicy::default()).await?;
        let again = connections::heartbeat(client, server, &beat, &CounterPolicy::default()).await?;
        table.row([
            Cell::new(sequence),
            Cell::new(units::bytes(bytes_received.cast_signed())),
            Cell::new(units::bytes(bytes_sent.cast_signed())),
            Cell::new(report.applied.len()),
            Cell::new(if again.repeated == [id] { "counted once" } else { "counted twice" }),
        ]);
    }
    narration.table(&table)?;
    Ok(())
}
