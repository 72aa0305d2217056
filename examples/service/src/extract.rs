//! What a handler takes from a request, checked; whatever fails the check becomes an [`ApiError`].

use std::{fmt::Display, net::SocketAddr, str::FromStr};

use axum::{
    Json,
    extract::{ConnectInfo, FromRequest, FromRequestParts, OptionalFromRequest, Path, Query, Request},
    http::{header, request::Parts},
};
use barqnet_db::{
    queries::sessions::ValidSession,
    sessions::{self, Token},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use crate::{ApiError, App};

/// The body, as JSON.
#[derive(Clone, Copy, Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let Json(body) = <Json<T> as FromRequest<S>>::from_request(request, state).await?;
        Ok(Self(body))
    }
}

/// `Option<Body<T>>` is for a body that may be missing.
impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiError> {
        let body = <Json<T> as OptionalFromRequest<S>>::from_request(request, state).await?;
        Ok(body.map(|Json(body)| Self(body)))
    }
}

/// What stands behind the `?`.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(parameters) = Query::from_request_parts(parts, state).await?;
        Ok(Self(parameters))
    }
}

/// The `{id}` of the path.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub i32);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        #[derive(Deserialize)]
        struct Named {
            id: i32,
        }
        let Path(Named { id }) = Path::from_request_parts(parts, state).await?;
        Ok(Self(id))
    }
}

/// The `{server}` of the path, whether or not there is one of this name.
#[derive(Clone, Debug)]
pub struct ServerName(pub Text<255>);

impl<S: Send + Sync> FromRequestParts<S> for ServerName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        #[derive(Deserialize)]
        struct Named {
            server: Text<255>,
        }
        let Path(Named { server }) = Path::from_request_parts(parts, state).await?;
        Ok(Self(server))
    }
}

/// Whoever holds the token in `Authorization: Bearer …`. A handler that takes it is closed to everyone else.
#[derive(Clone, Debug)]
pub struct SignedIn(pub ValidSession);

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Bearer(token) = Bearer::from_request_parts(parts, app).await?;
        let session = sessions::validate(&app.connection().await?, &token.hash(), &app.session_policy).await?;
        session.map(Self).ok_or(ApiError::Unauthenticated)
    }
}

/// A node: it holds the nodes' key, in `Authorization: Bearer …` too. The key is no session's token, and opens nothing
/// that takes [`SignedIn`].
#[derive(Clone, Copy, Debug)]
pub struct Node;

impl FromRequestParts<App> for Node {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Bearer(key) = Bearer::from_request_parts(parts, app).await?;
        // Of hashes, how long a comparison takes tells nothing.
        if key.hash() == app.node_key { Ok(Self) } else { Err(ApiError::Unauthenticated) }
    }
}

/// The token in `Authorization: Bearer …`, whether or not it opens anything.
#[derive(Clone, Debug)]
pub struct Bearer(pub Token);

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        bearer_token(parts).map(Self).ok_or(ApiError::Unauthenticated)
    }
}

fn bearer_token(parts: &Parts) -> Option<Token> {
    let (scheme, token) = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("Bearer") { token.trim().parse().ok() } else { None }
}

/// Where a request comes from and what its sender calls itself.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The peer's address. Behind a proxy that is the proxy's: take the header that your proxy sets, and that it
    /// removes from what it receives.
    pub ip_address: std::net::IpAddr,
    /// The header User-Agent, cut to 255 characters.
    pub user_agent: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Sender {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, state).await;
        let ConnectInfo(peer) = peer.map_err(|error| {
            tracing::error!(%error, "the router is not served by `serve`");
            ApiError::Internal
        })?;
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            // An IPv4 address stays one on a socket that speaks both.
            ip_address: peer.ip().to_canonical(),
            user_agent: user_agent.map(|text| text.chars().take(255).collect()),
        })
    }
}

/// Text that fits its column: 1 to `MAX` characters, as `VARCHAR(MAX)` counts them, none of them a control character
/// (PostgreSQL refuses NUL, and line breaks forge log lines).
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let length = text.chars().count();
        if !(1..=MAX).contains(&length) {
            return Err(format!("{length} characters, where 1 to {MAX} are allowed"));
        }
        if text.chars().any(char::is_control) {
            return Err("control characters, such as NUL or a line break, are not allowed".to_owned());
        }
        Ok(Self(text))
    }
}

/// A number of bytes as the database can hold it: 0 to 2⁶³ - 1.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u64")]
pub struct Bytes(i64);

impl TryFrom<u64> for Bytes {
    type Error = &'static str;

    fn try_from(number: u64) -> Result<Self, &'static str> {
        i64::try_from(number).map(Self).map_err(|_| "more bytes than can be counted")
    }
}

impl From<Bytes> for i64 {
    fn from(Bytes(number): Bytes) -> Self {
        number
    }
}

impl From<Bytes> for u64 {
    fn from(Bytes(number): Bytes) -> Self {
        number.unsigned_abs()
    }
}

/// For `#[serde(deserialize_with = "parsed")]`: a string that becomes a type of barqnet-db.
pub fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}
