//! The one shape of every refusal: a status, and `{"error": code, "message": text}`.

use std::{error::Error, time::Duration};

use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use barqnet_db::{client, pool};
use serde::Serialize;

/// Why a request is not done as asked. The caller reads the code and the message; what happened inside is in the log.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The request makes no sense as it is.
    #[error("{0}")]
    Invalid(String),
    /// The body is longer than any honest one.
    #[error("the body is too large: 16 KiB are allowed, and 1 MiB for a node's heartbeats")]
    TooLarge,
    /// The body is of a type other than JSON.
    #[error("send the body as JSON, with the header Content-Type: application/json")]
    NotJson,
    /// Without a valid token, or a node without its key.
    #[error("sign in and send the header Authorization: Bearer TOKEN; a node sends its key there")]
    Unauthenticated,
    /// Another request with the token has replaced it a moment ago.
    #[error("the token was refreshed a moment ago: use the one that request got")]
    RefreshedAlready,
    /// A one-time password that does not open the door, for whatever reason.
    #[error("the code is wrong, used or expired")]
    WrongCode,
    /// The account is deactivated or expired.
    #[error("this account is closed")]
    AccountClosed,
    /// Nothing there, or nothing that is this caller's business.
    #[error("{0}")]
    NotFound(&'static str),
    /// The address exists, the method does not.
    #[error("this address does not have that method")]
    MethodNotAllowed,
    /// As many live connections as a user may have.
    #[error("{0} connections are live already, and that is the most a user may have: close one first")]
    TooManyConnections(usize),
    /// The server has as many connections as it may, or takes no newcomers.
    #[error("this server takes no more connections at the moment: choose another one")]
    ServerFull,
    /// It was there and is closed.
    #[error("{0}")]
    Gone(&'static str),
    /// Too often; again after this time.
    #[error("too many requests: try again in {} s", seconds(*.0))]
    RetryAfter(Duration),
    /// A fault of ours.
    #[error("something went wrong here; it is in our log")]
    Internal,
    /// The database can't be had, or is too slow.
    #[error("the service is not available at the moment: try again shortly")]
    Unavailable,
    /// Every server is full, or not well.
    #[error("no server has room at the moment: try again shortly")]
    NoServer,
    /// The request took too long.
    #[error("the request took too long")]
    Timeout,
}

impl ApiError {
    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json"),
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::RefreshedAlready => (StatusCode::CONFLICT, "refreshed_already"),
            Self::WrongCode => (StatusCode::UNAUTHORIZED, "wrong_code"),
            Self::AccountClosed => (StatusCode::FORBIDDEN, "account_closed"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::TooManyConnections(_) => (StatusCode::CONFLICT, "too_many_connections"),
            Self::ServerFull => (StatusCode::CONFLICT, "server_full"),
            Self::Gone(_) => (StatusCode::GONE, "gone"),
            Self::RetryAfter(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::NoServer => (StatusCode::SERVICE_UNAVAILABLE, "no_server"),
            Self::Timeout => (StatusCode::SERVICE_UNAVAILABLE, "timeout"),
        }
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::RetryAfter(wait) => Some((header::RETRY_AFTER, HeaderValue::from(seconds(*wait)))),
            Self::Unauthenticated => Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            _ => None,
        }
    }

    fn internal(error: &dyn Error) -> Self {
        tracing::error!(%error, "request failed");
        Self::Internal
    }

    fn unavailable(error: &dyn Error) -> Self {
        tracing::warn!(%error, "database not available");
        Self::Unavailable
    }
}

/// Whole seconds, rounded up: a caller who waits them has waited enough.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
            message: String,
        }
        let (status, error) = self.status_and_code();
        let mut response = (status, Json(Body { error, message: self.to_string() })).into_response();
        response.headers_mut().extend(self.header());
        response
    }
}

impl From<pool::Error> for ApiError {
    fn from(error: pool::Error) -> Self {
        Self::unavailable(&error)
    }
}

impl From<client::Error> for ApiError {
    fn from(error: client::Error) -> Self {
        if error.is_transient() { Self::unavailable(&error) } else { Self::internal(&error) }
    }
}

impl From<barqnet_db::Error> for ApiError {
    fn from(error: barqnet_db::Error) -> Self {
        match error {
            barqnet_db::Error::Pool(error) => error.into(),
            barqnet_db::Error::Statement(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::NotJson,
            _ => Self::Invalid(rejection.body_text()),
        }
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::Invalid(rejection.body_text())
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        Self::Invalid(rejection.body_text())
    }
}
