//! The VPN connection: opened, kept alive by the server's heartbeats, closed.

use barqnet_db::{
    client::Params,
    connections::CloseReason,
    pool::Client,
    queries::connections::{self, CloseParams, HeartbeatBatchParams, OpenParams},
};
use comfy_table::Cell;

use super::{Person, needed, story::Story};
use crate::{error::Error, output::Table, units};

/// What the server has counted so far at each heartbeat: bytes received from Ada, and sent to her.
const HEARTBEATS: [(i64, i64); 4] =
    [(48_200, 1_310_000), (1_120_000, 96_400_000), (3_870_000, 412_500_000), (9_240_000, 1_284_000_000)];

pub(super) async fn ride(client: &Client, person: &Person, server: &str, story: &mut Story) -> Result<(), Error> {
    story.chapter("A VPN connection")?;
    let open = OpenParams {
        server_id: server,
        client_ip: Some([203, 0, 113, 7].into()),
        virtual_ip: Some([10, 8, 0, 6].into()),
        public_ip: Some([198, 51, 100, 4].into()),
        device_name: Some("Ada's phone"),
        device_type: Some("android"),
        app_version: Some("1.0"),
        username: person.username,
    };
    let id = needed(connections::open().params(client, &open).opt().await?, "the connection was refused")?;
    connections::mark_connected().bind(client, &id).await?;
    story.say(&format!("Connection {id}: {} on {server}, virtual address 10.8.0.6.", person.username))?;
    heartbeats(client, id, server, story).await?;

    let active = connections::active_by_user().bind(client, &person.username).all().await?;
    for connection in &active {
        story.say(&format!("{} is {} on {}.", connection.username, connection.status, connection.server_id))?;
    }
    let close = CloseParams { id, reason: CloseReason::ClientExit, bytes_received: None, bytes_sent: None };
    let closed = needed(connections::close().params(client, &close).opt().await?, "nothing was closed")?;
    story.say(&format!(
        "Closed after {} s ({}): {} up, {} down. The demo does not wait for the day to pass.",
        closed.duration_seconds,
        close.reason,
        units::bytes(closed.bytes_received),
        units::bytes(closed.bytes_sent),
    ))?;
    let again = connections::close().params(client, &close).opt().await?;
    story.say(&format!("Closing it again changes {}.", if again.is_none() { "nothing" } else { "something" }))?;
    Ok(())
}

async fn heartbeats(client: &Client, id: i32, server: &str, story: &mut Story) -> Result<(), Error> {
    let mut table = Table::new(["HEARTBEAT", "UP", "DOWN", "CONNECTIONS KEPT"]).right(&[0, 1, 2, 3]);
    for (number, (received, sent)) in (1..).zip(HEARTBEATS) {
        let report = HeartbeatBatchParams {
            ids: vec![id],
            bytes_received: vec![received],
            bytes_sent: vec![sent],
            server_id: server,
        };
        let kept = connections::heartbeat_batch().params(client, &report).all().await?;
        table.row([
            Cell::new(number),
            Cell::new(units::bytes(received)),
            Cell::new(units::bytes(sent)),
            Cell::new(kept.len()),
        ]);
    }
    story.table(&table)?;
    Ok(())
}
