//! SMS pumping, countries, and networks that try to use up what everybody shares.

use barqnet_db::otp::{Countries, OtpPolicy, SendOutcome, VerificationRequest, VerifyOutcome, send, verify};

use super::support::{
    code_of, config, config_with, is_sent, is_verified, known_device, let_time_pass, request, request_from, sent,
};
use crate::common::{migrated_database, phone_number, scalar};

#[tokio::test]
async fn a_prefix_whose_codes_are_never_entered_gets_a_few_hundred_a_day() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let (mut asked, mut codes) = (0, 0);
    // 90 within ten minutes, then 30 per hour for most of a day.
    for (steps, minutes) in [(3, 5.0), (20, 60.0)] {
        for _ in 0..steps {
            for _ in 0..30 {
                asked += 1;
                let number = phone_number(&format!("+25261{asked:07}"));
                codes += usize::from(is_sent(&send(&pool, &config(), &request(&number)).await.unwrap()));
            }
            let_time_pass(&database, minutes * 60.0).await;
        }
    }
    // 50, and those of the time that a code may take to be entered.
    assert!((50..=120).contains(&codes), "{codes} of {asked}");
    // A known device is not stopped, and no other prefix is.
    let number = phone_number("+252610000000");
    let device = known_device(&database, &number).await;
    let by_owner = VerificationRequest { known_device: Some(&device), ..request(&number) };
    code_of(send(&pool, &config(), &by_owner).await.unwrap());
    sent(&pool, &phone_number("+252629999999"), &config()).await;
    // A day later the prefix gets codes again.
    let_time_pass(&database, 25.0 * 3600.0).await;
    sent(&pool, &phone_number("+252610999999"), &config()).await;
}

#[tokio::test]
async fn a_prefix_of_whose_codes_one_in_five_is_entered_is_not_stopped() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    for n in 0..150 {
        let number = phone_number(&format!("+97433{n:06}"));
        let code = sent(&pool, &number, &config()).await;
        if n % 5 == 0 {
            assert!(is_verified(&pool, &number, &code).await);
        }
        if n % 5 == 4 {
            let_time_pass(&database, 300.0).await;
        }
    }
}

#[tokio::test]
async fn one_network_cannot_use_up_what_everybody_shares() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut codes = 0;
    for n in 0..300 {
        let number = phone_number(&format!("+1{}{:07}", 300 + n % 11, 7_000_000 + n));
        let from = format!("2001:db8:2:{n:x}::1");
        codes += usize::from(is_sent(&send(&pool, &config(), &request_from(&number, &from)).await.unwrap()));
    }
    assert_eq!(codes, 20, "the /48 has one budget");
    code_of(send(&pool, &config(), &request_from(&phone_number("+13017654321"), "203.0.113.9")).await.unwrap());
}

#[tokio::test]
async fn a_country_that_is_not_served_gets_no_code_and_writes_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let code = |text: &str| text.parse().unwrap();
    for (countries, refused, allowed) in [
        (Countries::Except(vec![code("+881"), code("+1876")]), ["+8816123456789", "+18765550123"], "+12025550123"),
        (Countries::Only(vec![code("+49"), code("+1")]), ["+18765550123", "+436601234567"], "+4915112345678"),
    ] {
        let config = config_with(OtpPolicy { countries, ..OtpPolicy::default() });
        for number in refused {
            let outcome = send(&pool, &config, &request(&phone_number(number))).await.unwrap();
            assert!(matches!(outcome, SendOutcome::CountryRefused), "{number}: {outcome:?}");
            let rows = format!("SELECT COUNT(*) FROM otp_numbers WHERE phone_number = '{number}'");
            assert_eq!(scalar(&database, &rows).await, 0);
        }
        sent(&pool, &phone_number(allowed), &config).await;
    }
}

#[tokio::test]
async fn wrong_codes_of_one_ipv6_customer_are_limited_for_all_of_its_networks() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let mut tries = 0;
    loop {
        let from = request_from(&ada, &format!("2001:db8:1:{tries:x}::1"));
        match verify(&pool, &config(), &from, &"123456".parse().unwrap()).await.unwrap() {
            VerifyOutcome::Invalid => tries += 1,
            VerifyOutcome::RetryAfter(wait) => break assert!(!wait.is_zero()),
            verified @ VerifyOutcome::Verified(_) => panic!("{verified:?}"),
        }
    }
    assert_eq!(tries, 60);
    let elsewhere = request_from(&ada, "2001:db8:2::1");
    let outcome = verify(&pool, &config(), &elsewhere, &"123456".parse().unwrap()).await.unwrap();
    assert!(matches!(outcome, VerifyOutcome::Invalid), "{outcome:?}");
}
