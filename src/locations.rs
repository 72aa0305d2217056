//! Coordinates, and the locations nearest to a point.

use barqnet_db_client::{Error, ReadClient};

use crate::{
    limit::integer,
    queries::locations::{self, NearbyLocation, NearestOfPlanParams},
};

/// A point on the Earth, in degrees.
///
/// ```
/// use barqnet_db::Coordinates;
///
/// let vienna = Coordinates::new(48.2082, 16.3738)?;
/// assert_eq!(vienna.latitude(), 48.2082);
/// assert!(Coordinates::new(91.0, 0.0).is_err());
/// # Ok::<(), barqnet_db::locations::InvalidCoordinates>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coordinates {
    latitude: f64,
    longitude: f64,
}

/// The latitude or the longitude is out of range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidCoordinates {
    /// The latitude is not between -90 (south pole) and 90 (north pole) degrees.
    #[error("latitude {0} is not between -90 and 90 degrees")]
    Latitude(f64),
    /// The longitude is not between -180 and 180 degrees, east of Greenwich positive.
    #[error("longitude {0} is not between -180 and 180 degrees")]
    Longitude(f64),
}

impl Coordinates {
    /// A point by its latitude, north positive, and longitude, east positive, both in degrees.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, InvalidCoordinates> {
        // Written so that NaN is refused.
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(InvalidCoordinates::Latitude(latitude));
        }
        if !(-180.0..=180.0).contains(&longitude) {
            return Err(InvalidCoordinates::Longitude(longitude));
        }
        Ok(Self { latitude, longitude })
    }

    /// Degrees north of the equator.
    #[must_use]
    pub fn latitude(&self) -> f64 {
        self.latitude
    }

    /// Degrees east of Greenwich.
    #[must_use]
    pub fn longitude(&self) -> f64 {
        self.longitude
    }
}

/// The enabled locations nearest to a point, at most `limit`, nearest first. Distances are great-circle distances in
/// kilometres. Locations of unknown coordinates are left out.
pub async fn nearest(client: &impl ReadClient, point: Coordinates, limit: u32) -> Result<Vec<NearbyLocation>, Error> {
    locations::nearest().bind(client, &point.latitude, &point.longitude, &integer(limit)).all().await
}

/// As [`nearest`], of the locations that a plan allows.
pub async fn nearest_of_plan(
    client: &impl ReadClient,
    point: Coordinates,
    plan_id: i64,
    limit: u32,
) -> Result<Vec<NearbyLocation>, Error> {
    let parameters =
        NearestOfPlanParams { latitude: point.latitude, longitude: point.longitude, plan_id, limit: limit.into() };
    locations::nearest_of_plan().params(client, &parameters).all().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_out_of_range_are_refused() {
        for (latitude, longitude) in [(90.0, 180.0), (-90.0, -180.0), (0.0, 0.0)] {
            assert!(Coordinates::new(latitude, longitude).is_ok());
        }
        for (latitude, longitude) in [(91.0, 0.0), (f64::NAN, 0.0), (0.0, 180.1), (0.0, f64::INFINITY), (-90.001, 0.0)]
        {
            assert!(Coordinates::new(latitude, longitude).is_err(), "{latitude} {longitude}");
        }
    }
}
