//! The devices of a user.

use barqnet_db_client::{Error, GenericClient, ReadClient};

use crate::{
    queries::devices::{self, Device, ListParams, RenameParams},
    told::told,
};

/// One page of the registered devices of a user, newest first; those that were signed out or lost are not listed. Start with
/// `before_id` `i64::MAX`, continue with the last id received.
pub async fn list(client: &impl ReadClient, user_id: i64, before_id: i64, limit: u32) -> Result<Vec<Device>, Error> {
    devices::list().params(client, &ListParams { user_id, before_id, limit: limit.into() }).all().await
}

/// Names a device. Of a longer name the first 255 characters count. `false` means that the user has no such device.
pub async fn rename(client: &impl GenericClient, user_id: i64, device_id: i64, name: &str) -> Result<bool, Error> {
    let parameters = RenameParams { device_name: told(name), id: device_id, user_id };
    Ok(devices::rename().params(client, &parameters).await? > 0)
}
