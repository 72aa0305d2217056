//! Fixed codes, for the numbers of an app store's review.

use barqnet_db::otp::{OtpCode, OtpPolicy, ReviewNumber, SendOutcome, VerifyOutcome, send, verify};

use super::support::{config, config_with, is_invalid, other_than, request, sent};
use crate::common::{migrated_database, phone_number};

#[tokio::test]
async fn a_review_number_has_its_fixed_code_after_each_request_and_nobody_gets_a_message() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let (reviewer, ada) = (phone_number("+4915112345670"), phone_number("+4915112345678"));
    let fixed: OtpCode = "048213".parse().unwrap();
    let review_numbers = vec![ReviewNumber { phone_number: reviewer.clone(), code: fixed.clone() }];
    let config = config_with(OtpPolicy { review_numbers, ..OtpPolicy::default() });
    let refused = verify(&pool, &config, &request(&reviewer), &fixed).await.unwrap();
    assert!(matches!(refused, VerifyOutcome::Invalid), "nobody asked: {refused:?}");
    let outcome = send(&pool, &config, &request(&reviewer)).await.unwrap();
    assert!(matches!(outcome, SendOutcome::Fixed { .. }), "{outcome:?}");
    let wrong = verify(&pool, &config, &request(&reviewer), &other_than(&fixed)).await.unwrap();
    assert!(matches!(wrong, VerifyOutcome::Invalid), "{wrong:?}");
    let verified = verify(&pool, &config, &request(&reviewer), &fixed).await.unwrap();
    assert!(matches!(verified, VerifyOutcome::Verified(_)), "{verified:?}");
    // All limits apply.
    let again = send(&pool, &config, &request(&reviewer)).await.unwrap();
    assert!(matches!(again, SendOutcome::RetryAfter(_)), "{again:?}");
    // The code is that of no other number.
    assert_ne!(sent(&pool, &ada, &config).await.expose(), fixed.expose());
    assert!(is_invalid(&pool, &ada, &fixed).await);
}

#[tokio::test]
async fn a_number_that_the_policy_does_not_list_has_no_fixed_code() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let reviewer = phone_number("+4915112345670");
    let code = sent(&pool, &reviewer, &config()).await;
    assert!(is_invalid(&pool, &reviewer, &other_than(&code)).await);
}
