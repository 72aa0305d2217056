//! Where the servers stand and which are near.

use crate::{
    client::{Error, GenericClient},
    queries::locations::{self, NearbyLocation},
};

/// A point on the Earth, in degrees.
///
/// ```
/// use barqnet_db::Coordinates;
///
/// let vienna = Coordinates::new(48.2082, 16.3738)?;
/// assert_eq!(vienna.latitude(), 48.2082);
/// assert!(Coordinates::new(91.0, 0.0).is_err());
/// # Ok::<(), barqnet_db::locations::OffTheGlobe>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coordinates {
    latitude: f64,
    longitude: f64,
}

/// The numbers name no point on the Earth.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum OffTheGlobe {
    /// Latitudes go from -90 (south pole) to 90 (north pole).
    #[error("latitude {0} is not between -90 and 90 degrees")]
    Latitude(f64),
    /// Longitudes go from -180 to 180, east of Greenwich positive.
    #[error("longitude {0} is not between -180 and 180 degrees")]
    Longitude(f64),
}

impl Coordinates {
    /// A point by its latitude, north positive, and longitude, east positive, both in degrees.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, OffTheGlobe> {
        // Written so that NaN is refused.
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(OffTheGlobe::Latitude(latitude));
        }
        if !(-180.0..=180.0).contains(&longitude) {
            return Err(OffTheGlobe::Longitude(longitude));
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

/// The enabled locations nearest to a point, nearest first, at most `limit` of them; distances are great-circle
/// kilometres.
pub async fn nearest(
    client: &impl GenericClient,
    point: Coordinates,
    limit: i32,
) -> Result<Vec<NearbyLocation>, Error> {
    locations::nearest().bind(client, &point.latitude, &point.longitude, &limit).all().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_points_on_the_globe_are_taken() {
        for (latitude, longitude) in [(90.0, 180.0), (-90.0, -180.0), (0.0, 0.0)] {
            assert!(Coordinates::new(latitude, longitude).is_ok());
        }
        for (latitude, longitude) in [(91.0, 0.0), (f64::NAN, 0.0), (0.0, 180.1), (0.0, f64::INFINITY), (-90.001, 0.0)]
        {
            assert!(Coordinates::new(latitude, longitude).is_err(), "{latitude} {longitude}");
        }
    }
}
