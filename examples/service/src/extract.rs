//! Checked values of a request, as arguments of handlers. An invalid value is an [`ApiError`].

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

use crate::{app::App, error::ApiError};

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

/// The parameters of the query string.
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
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        #[derive(Deserialize)]
        struct Named<T> {
            id: T,
        }
        let Path(Named { id }) = Path::from_request_parts(parts, state).await?;
        Ok(Self(id))
    }
}

/// The `{server}` of the path; whether the server exists is not checked.
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

/// The `{username}` of the path; whether the account exists is not checked.
#[derive(Clone, Debug)]
pub struct Username(pub Text<255>);

impl<S: Send + Sync> FromRequestParts<S> for Username {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        #[derive(Deserialize)]
        struct Named {
            username: Text<255>,
        }
        let Path(Named { username }) = Path::from_request_parts(parts, state).await?;
        Ok(Self(username))
    }
}

/// The session of the token in `Authorization: Bearer …`. A handler with this argument requires a valid session.
#[derive(Clone, Debug)]
pub struct SignedIn(pub ValidSession);

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Bearer(token) = Bearer::from_request_parts(parts, app).await?;
        // On a replica, if PGREPLICAHOST names one: a session that was revoked is then refused 5 seconds later at most.
        let session = sessions::validate_on_replica(&app.pool, &token.hash(), &app.session_policy).await?;
        session.map(Self).ok_or(ApiError::Unauthenticated)
    }
}

/// A node, which sends the nodes' key in `Authorization: Bearer …`. The key is not a session's token: it is not accepted
/// where a handler requires [`SignedIn`].
#[derive(Clone, Copy, Debug)]
pub struct Node;

impl FromRequestParts<App> for Node {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Bearer(key) = Bearer::from_request_parts(parts, app).await?;
        // Comparing hashes reveals nothing about the key by its duration.
        if key.hash() == app.node_key { Ok(Self) } else { Err(ApiError::Unauthenticated) }
    }
}

/// The token in `Authorization: Bearer …`; whether it is valid is not checked.
#[derive(Clone, Debug)]
pub struct Bearer(pub Token);

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        bearer_token(parts).map(Self).ok_or(ApiError::Unauthenticated)
    }
}

/// `Option<Bearer>` is for a token that may be missing.
impl<S: Send + Sync> axum::extract::OptionalFromRequestParts<S> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, ApiError> {
        Ok(bearer_token(parts).map(Self))
    }
}

fn bearer_token(parts: &Parts) -> Option<Token> {
    let (scheme, token) = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("Bearer") { token.trim().parse().ok() } else { None }
}

/// The address and user agent of a request's sender.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The peer's address. Behind a proxy this is the proxy's address: read the header that your proxy sets instead, and
    /// make sure that the proxy removes that header from requests it receives.
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
            // On a dual-stack socket an IPv4 address is mapped into IPv6.
            ip_address: peer.ip().to_canonical(),
            user_agent: user_agent.map(|text| text.chars().take(255).collect()),
        })
    }
}

/// Text that fits its column: 1 to `MAX` characters, as `VARCHAR(MAX)` counts them, without control characters
/// (PostgreSQL rejects NUL, and line breaks could forge log lines).
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
            return Err(format!("{length} characters: 1 to {MAX} are allowed"));
        }
        if text.chars().any(char::is_control) {
            return Err("control characters, such as NUL or a line break, are not allowed".to_owned());
        }
        Ok(Self(text))
    }
}

/// A number of bytes that the database can store: 0 to 2⁶³ - 1.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u64")]
pub struct Bytes(i64);

impl TryFrom<u64> for Bytes {
    type Error = &'static str;

    fn try_from(number: u64) -> Result<Self, &'static str> {
        i64::try_from(number).map(Self).map_err(|_| "the number of bytes must be at most 2⁶³ - 1")
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

/// Parses a string as a type of barqnet-db, for `#[serde(deserialize_with = "parsed")]`.
pub fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}
