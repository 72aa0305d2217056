//! The smallest service on barqnet-db: migrates its database at start, and signs users in by a code.

use std::fmt::Display;

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use barqnet_db::{
    embedded, migrate,
    otp::{self, OtpConfig, Purpose, SendOutcome, VerificationRequest, VerifyOutcome},
    pool::{self, Pool, Settings},
    sessions::{Device, SessionPolicy},
    users::{self, NewUser, RegisterOutcome, SignInOutcome},
};

type App = State<(Pool, OtpConfig)>;
type Answer = Result<String, (StatusCode, String)>;

#[tokio::main]
async fn main() {
    if let Err(error) = run().await {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let config = OtpConfig::new(std::env::var("OTP_KEYS").map_err(|error| format!("OTP_KEYS: {error}"))?.parse()?);
    let settings = Settings::from_env()?;
    migrate::migrate(&settings, &embedded::migrations()).await?;
    let state = (pool::connect(settings).await?, config);
    let app = Router::new().route("/codes", post(send_code)).route("/sessions", post(sign_in)).with_state(state);
    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

/// `["+4915112345678"]`: sends a code.
async fn send_code(State((pool, config)): App, Json([number]): Json<[String; 1]>) -> Answer {
    let phone_number = &number.parse().map_err(|error| refuse(StatusCode::BAD_REQUEST, error))?;
    let request = VerificationRequest::new(phone_number, Purpose::SignIn);
    match otp::send(&pool, &config, &request).await.map_err(failed)? {
        // An SMS provider goes here.
        SendOutcome::Sent { code, .. } => println!("send {} to {number}", code.expose()),
        // Possible only with review numbers or a list of countries.
        SendOutcome::Fixed { .. } | SendOutcome::CountryRefused => {}
        SendOutcome::RetryAfter(wait) => return Err(refuse(StatusCode::TOO_MANY_REQUESTS, format!("wait {wait:?}"))),
    }
    Ok("sent\n".to_owned())
}

/// `["+4915112345678", "123456", "ada"]`: exchanges a code for a token. The name is used at the first sign-in only.
async fn sign_in(State((pool, config)): App, Json([number, code, name]): Json<[String; 3]>) -> Answer {
    let phone_number = &number.parse().map_err(|error| refuse(StatusCode::BAD_REQUEST, error))?;
    let code = code.parse().map_err(|error| refuse(StatusCode::BAD_REQUEST, error))?;
    let request = VerificationRequest::new(phone_number, Purpose::SignIn);
    let (device, policy) = (Device::default(), SessionPolicy::default());
    let VerifyOutcome::Verified(ticket) = otp::verify(&pool, &config, &request, &code).await.map_err(failed)? else {
        return Err(refuse(StatusCode::UNAUTHORIZED, "the code is wrong, used or expired"));
    };
    let token = match users::sign_in_with_ticket(&pool, &ticket, &device, &policy).await.map_err(failed)? {
        SignInOutcome::SignedIn(user) => user.token,
        SignInOutcome::NoAccount => {
            let name = name.parse().map_err(|error| refuse(StatusCode::BAD_REQUEST, error))?;
            let new = NewUser::new(&name, "minimal");
            match users::register_with_ticket(&pool, &ticket, &new, &device, &policy).await.map_err(failed)? {
                RegisterOutcome::Registered(user) => user.token,
                _ => return Err(refuse(StatusCode::CONFLICT, "the name is taken")),
            }
        }
        _ => return Err(refuse(StatusCode::FORBIDDEN, "this account can't be used")),
    };
    Ok(format!("{}\n", token.expose()))
}

fn refuse(status: StatusCode, why: impl Display) -> (StatusCode, String) {
    (status, format!("{why}\n"))
}

fn failed(error: impl Display) -> (StatusCode, String) {
    eprintln!("error: {error}");
    refuse(StatusCode::SERVICE_UNAVAILABLE, "try again later")
}
