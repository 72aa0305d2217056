//! Error responses: a status, and `{"error": code, "message": text}`.

use std::{error::Error, time::Duration};

use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use barqnet_db::{client, otp::Ticket, plans::Refusal, pool, users::SignInOutcome};
use serde::Serialize;

/// Why a request failed. The response has the code and the message; the cause is in the log only.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The request is malformed.
    #[error("{0}")]
    Invalid(String),
    /// The body is larger than allowed.
    #[error("the body is too large: at most 16 KiB are allowed, and 1 MiB for a node's heartbeats")]
    TooLarge,
    /// The content type of the body is not JSON.
    #[error("send the body as JSON, with the header Content-Type: application/json")]
    NotJson,
    /// The token, or the node's key, is missing or invalid.
    #[error("sign in and send the header Authorization: Bearer TOKEN; a node sends its key there")]
    Unauthenticated,
    /// A concurrent request has replaced the token.
    #[error("another request has just refreshed this token: use the token that it received")]
    RefreshedAlready,
    /// The one-time password was not accepted; the reason is not disclosed.
    #[error("the code is wrong, used or expired")]
    WrongCode,
    /// The password was not accepted, or there is no such account; which is not disclosed.
    #[error("the password is wrong, or there is no such account")]
    WrongPassword,
    /// The policy sends no codes to the country of the number.
    #[error("codes are not sent to this country")]
    CountryNotServed,
    /// The account is deactivated or expired.
    #[error("this account is closed")]
    AccountClosed,
    /// Nobody has used the account for long: the number may belong to another person by now.
    #[error(
        "this account was unused for long: send its password, or register as a new user, with the ticket to /v1/tickets/sign-in"
    )]
    AccountUnused {
        /// For the second step.
        ticket: Ticket,
        /// Whether the account has a password.
        has_password: bool,
    },
    /// Nobody has used the account for long, so a code for its number does not reset its password.
    #[error("nobody has used this account for long: its password cannot be reset by a code")]
    UnusedKeepsPassword,
    /// The user has the maximum number of sessions.
    #[error(
        "the user has the maximum number of sessions: sign out on another device, or end one of them with the ticket, if there \
         is one, at /v1/tickets/sign-in"
    )]
    TooManySessions {
        /// For the second step; a sign-in with a password has none.
        ticket: Option<Ticket>,
    },
    /// The role of the account does not permit it.
    #[error("your role does not permit this")]
    NotPermitted,
    /// The plan of the user refuses the connection.
    #[error("{}", why(*.0))]
    RefusedByPlan(Refusal),
    /// The resource does not exist, or belongs to another user.
    #[error("{0}")]
    NotFound(&'static str),
    /// The route exists, but not with this method.
    #[error("this route does not support this method")]
    MethodNotAllowed,
    /// The user has the maximum number of live connections.
    #[error("the user has {0} live connections, the maximum: close one first")]
    TooManyConnections(usize),
    /// The user has the maximum number of devices.
    #[error("the user has the maximum number of devices: sign one out first")]
    TooManyDevices,
    /// The device is not registered, or not any more.
    #[error("this device is not registered: sign in and register it")]
    DeviceNotRegistered,
    /// The server is full, draining or disabled.
    #[error("this server accepts no more connections at the moment: choose another server")]
    ServerFull,
    /// The resource existed and is closed.
    #[error("{0}")]
    Gone(&'static str),
    /// Rate limited; the request can be repeated after this time.
    #[error("too many requests: try again in {} s", seconds(*.0))]
    RetryAfter(Duration),
    /// A fault of the service.
    #[error("internal error; the cause is in the service's log")]
    Internal,
    /// The database is unavailable or too slow.
    #[error("the service is unavailable at the moment: try again shortly")]
    Unavailable,
    /// No server is healthy and has free capacity.
    #[error("no server has free capacity at the moment: try again shortly")]
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
            Self::WrongPassword => (StatusCode::UNAUTHORIZED, "wrong_password"),
            Self::AccountClosed => (StatusCode::FORBIDDEN, "account_closed"),
            Self::AccountUnused { .. } | Self::UnusedKeepsPassword => (StatusCode::CONFLICT, "account_unused"),
            Self::TooManySessions { .. } => (StatusCode::CONFLICT, "too_many_sessions"),
            Self::NotPermitted => (StatusCode::FORBIDDEN, "not_permitted"),
            Self::RefusedByPlan(refusal) => (StatusCode::FORBIDDEN, refusal.as_str()),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::TooManyConnections(_) => (StatusCode::CONFLICT, "too_many_connections"),
            Self::TooManyDevices => (StatusCode::CONFLICT, "too_many_devices"),
            Self::DeviceNotRegistered => (StatusCode::FORBIDDEN, "device_not_registered"),
            Self::ServerFull => (StatusCode::CONFLICT, "server_full"),
            Self::Gone(_) => (StatusCode::GONE, "gone"),
            Self::CountryNotServed => (StatusCode::FORBIDDEN, "country_not_served"),
            Self::RetryAfter(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::NoServer => (StatusCode::SERVICE_UNAVAILABLE, "no_server"),
            Self::Timeout => (StatusCode::SERVICE_UNAVAILABLE, "timeout"),
        }
    }

    /// Why a sign-in with a ticket opened no session. The caller has proved to own the number, so the state of the account can be
    /// disclosed.
    pub(crate) fn of_sign_in(refused: &SignInOutcome, ticket: &Ticket) -> Self {
        match refused {
            SignInOutcome::DeviceNotRegistered => Self::DeviceNotRegistered,
            SignInOutcome::AccountUnusable => Self::AccountClosed,
            SignInOutcome::Dormant(account) => {
                Self::AccountUnused { ticket: ticket.clone(), has_password: account.has_password }
            }
            // Not with the default policy, which ends the oldest session.
            SignInOutcome::LimitReached => Self::TooManySessions { ticket: Some(ticket.clone()) },
            // A concurrent request has used the ticket.
            SignInOutcome::InvalidTicket | SignInOutcome::NoAccount | SignInOutcome::SignedIn(_) => Self::WrongCode,
        }
    }

    /// The ticket of the second step, and whether a password can be sent with it.
    fn second_step(&self) -> (Option<String>, Option<bool>) {
        match self {
            Self::AccountUnused { ticket, has_password } => (Some(ticket.expose()), Some(*has_password)),
            Self::TooManySessions { ticket } => (ticket.as_ref().map(Ticket::expose), None),
            _ => (None, None),
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
        tracing::warn!(%error, "database unavailable");
        Self::Unavailable
    }
}

/// What a plan has against a connection.
fn why(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::PlanEnded => "the plan has ended",
        Refusal::LocationNotAllowed => "the plan does not include the location of this server: choose another one",
        Refusal::OverQuota => "the quota of the plan is used up",
        _ => "the plan does not allow this connection",
    }
}

/// Whole seconds, rounded up, so that a caller waits long enough.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
            message: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            ticket: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            has_password: Option<bool>,
        }
        let (status, error) = self.status_and_code();
        let (ticket, has_password) = self.second_step();
        let mut response =
            (status, Json(Body { error, message: self.to_string(), ticket, has_password })).into_response();
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
        // A lane's statement has no connection for the reasons that a pool has none.
        let has_no_connection = matches!(error, client::Error::NoConnection { .. });
        if has_no_connection || error.is_transient() { Self::unavailable(&error) } else { Self::internal(&error) }
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
