//! Sending and verifying codes per second, with 1 and 16 tasks: the functions of this release (`otp_issue_code`, `otp_check_code`)
//! beside those of the previous one (`otp_send_code`, `otp_verify_code`), which the schema keeps. Numbers and addresses differ.
//!
//! Both are called by the driver, one connection per task, so that the ratios are those of the functions.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use barqnet_db::{
    embedded,
    pool::Settings,
    tokio_postgres::{Client, Statement},
};
use tokio::task::JoinSet;

use crate::{median::median, outcome::Outcome, server};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(700);
const TASKS: [usize; 2] = [1, 16];

/// More than a round verifies.
const CODES: u32 = 20_000;

/// $1 is a random number with 8 digits after the country code. The overall budget is the third of the shared ones.
const SEND_BEFORE: &str = "
    SELECT code_ends_at IS NOT NULL
    FROM otp_send_code($1, 'sign_in', DECODE(REPEAT('aa', 32), 'hex'), 1, NULL, 300, 60, 5, 10, 100, 86400,
                       ARRAY['send_address', 'send_overall', 'send_prefix'], ARRAY[RIGHT($1, 7), 'all', LEFT($1, 7)],
                       ARRAY[60000, {limit}, 60000], ARRAY[3600, 60, 60])";
const SEND: &str = "
    SELECT code_id IS NOT NULL
    FROM otp_issue_code($1, 'sign_in', DECODE(REPEAT('aa', 32), 'hex'), 1, NULL, 'sms', NULL, 300, 60, 5, 10, 100, 80, 86400,
                        ARRAY['send_address', 'send_country', 'send_overall', 'send_prefix'],
                        ARRAY[RIGHT($1, 7), LEFT($1, 3), 'all', LEFT($1, 7)], ARRAY[1, 64, 64, 1],
                        ARRAY[30, 60000, {limit}, 100], ARRAY[60, NULL, NULL, 200], ARRAY[300, NULL, NULL, 1000],
                        ARRAY[0, 0, 0, 0], ARRAY['at_once', 'later', 'never', 'later'], LEFT($1, 7), 50, 10)";
const SEND_WITHOUT_OVERALL: &str = "
    SELECT code_id IS NOT NULL
    FROM otp_issue_code($1, 'sign_in', DECODE(REPEAT('aa', 32), 'hex'), 1, NULL, 'sms', NULL, 300, 60, 5, 10, 100, 80, 86400,
                        ARRAY['send_address', 'send_country', 'send_prefix'],
                        ARRAY[RIGHT($1, 7), LEFT($1, 3), LEFT($1, 7)], ARRAY[1, 64, 1],
                        ARRAY[30, 60000, 100], ARRAY[60, NULL, 200], ARRAY[300, NULL, 1000],
                        ARRAY[0, 0, 0], ARRAY['at_once', 'later', 'later'], LEFT($1, 7), 50, 10)";

/// The next of the numbers that have a code. $1 is not used.
const VERIFY_BEFORE: &str = "
    SELECT v.verified
    FROM (SELECT '+49' || 10000000 + NEXTVAL('turn') + 0 * LENGTH($1) AS number) t,
         LATERAL otp_verify_code(t.number, 'sign_in', ARRAY[DECODE(REPEAT('aa', 32), 'hex')], ARRAY[1], NULL, 5, 10,
                                 ARRAY[900.0, 3600, 86400], 100, 'verify_address', RIGHT(t.number, 7), 30, 3600,
                                 MD5(RANDOM()::TEXT), 600) v";
const VERIFY: &str = "
    SELECT v.verified
    FROM (SELECT '+49' || 10000000 + NEXTVAL('turn') + 0 * LENGTH($1) AS number) t,
         LATERAL otp_check_code(t.number, 'sign_in', ARRAY[DECODE(REPEAT('aa', 32), 'hex')], ARRAY[1], NULL, NULL, 5, 10,
                                ARRAY[900.0, 3600, 86400], 100, 80, ARRAY['verify_address'], ARRAY[RIGHT(t.number, 7)],
                                ARRAY[NULL::INTEGER], ARRAY[30], ARRAY[100], MD5(RANDOM()::TEXT), 600) v";

const CLEAR: &str = "TRUNCATE otp_numbers, otp_attempts, otp_budgets, rate_counters, rate_returns CASCADE";

/// Prints rates and their ratios.
pub(crate) async fn run() -> Outcome {
    let server = server::start()?;
    let database = server::create_database(&server, "codes", &embedded::migrations()).await?;
    let client = server::connect(&database).await?;
    client.batch_execute("CREATE SEQUENCE turn").await?;
    println!("{:<44} {:>10} {:>10} {:>8}", "per second", "previous", "this", "ratio");
    sends(&database, &client).await?;
    shared_budget(&database, &client).await?;
    verifications(&database, &client).await
}

/// Sends with so many uses in the window of the overall budget; then refusals.
async fn sends(database: &Settings, client: &Client) -> Outcome {
    let mut at_first = Vec::new();
    for (uses, limit) in [(0, 60_000), (300, 60_000), (30_000, 60_000), (60_000, 120_000), (0, 0)] {
        for tasks in TASKS {
            let (mut before, mut after) = (Vec::new(), Vec::new());
            // In turns, so that other load on the machine affects both.
            for _ in 0..ROUNDS {
                for (text, rates) in [(SEND_BEFORE, &mut before), (SEND, &mut after)] {
                    client.batch_execute(CLEAR).await?;
                    client.batch_execute(&fill(uses)).await?;
                    rates.push(rate(database, tasks, &text.replace("{limit}", &limit.to_string()), limit > 0).await?);
                }
            }
            let what = if limit == 0 { "refusals".to_owned() } else { format!("sends, {uses} in the window") };
            print(&what, tasks, &before, &after);
            if uses == 300 {
                at_first.push(median(after.clone()));
            } else if uses == 60_000 {
                let of_300 = median(after) / at_first[usize::from(tasks > 1)];
                println!("    with 60,000 in the window, of that with 300: {of_300:.2}");
            }
        }
    }
    Ok(())
}

/// The rate of 16 senders with an overall budget of 60,000 per minute, of that without.
async fn shared_budget(database: &Settings, client: &Client) -> Outcome {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (text, rates) in [(SEND_WITHOUT_OVERALL, &mut without), (SEND, &mut with)] {
            client.batch_execute(CLEAR).await?;
            rates.push(rate(database, 16, &text.replace("{limit}", "60000"), true).await?);
        }
    }
    println!("{:<44} {:>10} {:>10} {:>8}", "", "without", "with", "ratio");
    print("sends with an overall budget", 16, &without, &with);
    Ok(())
}

/// Right codes.
async fn verifications(database: &Settings, client: &Client) -> Outcome {
    for tasks in TASKS {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            for (text, codes, rates) in [(VERIFY_BEFORE, CODES_BEFORE, &mut before), (VERIFY, CODES_NOW, &mut after)] {
                client.batch_execute(CLEAR).await?;
                client.batch_execute(&codes.replace("{codes}", &CODES.to_string())).await?;
                for table in ["otp_numbers", "otp_challenges", "otp_codes", "otp_attempts", "rate_counters"] {
                    client.batch_execute(&format!("VACUUM ANALYZE {table}")).await?;
                }
                client.batch_execute("ALTER SEQUENCE turn RESTART").await?;
                rates.push(rate(database, tasks, text, true).await?);
            }
        }
        print("verifications", tasks, &before, &after);
    }
    Ok(())
}

fn print(what: &str, tasks: usize, before: &[f64], after: &[f64]) {
    let ratios = before.iter().zip(after).map(|(before, after)| after / before).collect();
    let (before, after, ratio) = (median(before.to_vec()), median(after.to_vec()), median(ratios));
    println!("{:<44} {before:>10.0} {after:>10.0} {ratio:>8.2}", format!("{what}, {tasks} tasks"));
}

/// Uses of the overall budget, as each release counts them.
fn fill(uses: u32) -> String {
    format!(
        "INSERT INTO otp_budgets (budget, key, uses, empty_at)
         SELECT 'send_overall', 'all', ARRAY_AGG(CLOCK_TIMESTAMP()), NOW() + INTERVAL '1 day'
         FROM GENERATE_SERIES(1, {uses}) HAVING COUNT(*) > 0;
         INSERT INTO rate_counters (budget, key, shard, counts, updated_at, used_on)
         SELECT 'send_overall', 'all', shard, ARRAY_FILL({uses} / 64, ARRAY[45]), CLOCK_TIMESTAMP(), CURRENT_DATE
         FROM GENERATE_SERIES(0, 63) shard WHERE {uses} > 0;
         UPDATE rate_counters
         SET counts = ARRAY_FILL(0, ARRAY[6]) || counts[7:7] || ARRAY_FILL(0, ARRAY[12]) || counts[20:20]
                      || ARRAY_FILL(0, ARRAY[24]) || counts[45:45]"
    )
}

/// A code for each number, as the previous release records it.
const CODES_BEFORE: &str = "
    INSERT INTO otp_numbers (phone_number, sent_at) SELECT '+49' || 10000000 + n, ARRAY[NOW()] FROM GENERATE_SERIES(1, {codes}) n;
    WITH sent AS (
        INSERT INTO otp_attempts (phone_number, otp_code, attempt_type, purpose, created_at, expires_at)
        SELECT phone_number, '******', 'send', 'sign_in', NOW(), NOW() + INTERVAL '10 minutes' FROM otp_numbers
        RETURNING id, phone_number
    )
    INSERT INTO otp_challenges (phone_number, purpose, code_mac, code_key_id, code_sent_at, code_expires_at, code_attempt_id)
    SELECT phone_number, 'sign_in', DECODE(REPEAT('aa', 32), 'hex'), 1, NOW(), NOW() + INTERVAL '10 minutes', id FROM sent;";

/// A code for each number, as this release records it: each from an address of its own, to one country.
const CODES_NOW: &str = "
    INSERT INTO otp_numbers (phone_number, sent_at) SELECT '+49' || 10000000 + n, ARRAY[NOW()] FROM GENERATE_SERIES(1, {codes}) n;
    WITH sent AS (
        INSERT INTO otp_attempts (phone_number, otp_code, attempt_type, purpose, created_at, expires_at)
        SELECT phone_number, '******', 'send', 'sign_in', NOW(), NOW() + INTERVAL '10 minutes' FROM otp_numbers
        RETURNING id, phone_number
    )
    INSERT INTO otp_codes (phone_number, purpose, id, mac, key_id, created_at, expires_at, budgets, keys, shards, returns)
    SELECT phone_number, 'sign_in', id, DECODE(REPEAT('aa', 32), 'hex'), 1, NOW(), NOW() + INTERVAL '10 minutes',
           ARRAY['send_address', 'send_country', 'send_overall', 'send_prefix'],
           ARRAY[RIGHT(phone_number, 7), '+49', 'all', LEFT(phone_number, 7)], ARRAY[0, id % 64, id % 64, 0],
           ARRAY['at_once', 'later', 'never', 'later']
    FROM sent;
    INSERT INTO rate_counters (budget, key, counts, updated_at, used_on)
    SELECT 'send_address', RIGHT(phone_number, 7), ARRAY_FILL(1, ARRAY[45]), NOW(), CURRENT_DATE FROM otp_numbers;";

/// Calls a function in so many tasks for one round, after a short one that opens connections and prepares the statement, and
/// returns the number of answers per second. Each answer must be `expected`.
async fn rate(database: &Settings, tasks: usize, text: &str, expected: bool) -> Result<f64, Box<dyn Error>> {
    let mut callers = Vec::new();
    for _ in 0..tasks {
        let client = server::connect(database).await?;
        let statement = client.prepare(text).await?;
        callers.push((client, statement));
    }
    let mut rate = 0.0;
    for round in [ROUND / 10, ROUND] {
        let begin = Instant::now();
        let mut set = JoinSet::new();
        for caller in callers.drain(..) {
            set.spawn(call(caller, begin, round, expected));
        }
        let mut answers = 0;
        while let Some(answered) = set.join_next().await {
            let (caller, answered) = answered?.map_err(|error| error as Box<dyn Error>)?;
            answers += answered;
            callers.push(caller);
        }
        rate = f64::from(answers) / begin.elapsed().as_secs_f64();
    }
    Ok(rate)
}

async fn call(
    (client, statement): (Client, Statement),
    begin: Instant,
    round: Duration,
    expected: bool,
) -> Result<((Client, Statement), u32), Box<dyn Error + Send + Sync>> {
    let mut answers = 0;
    while begin.elapsed() < round {
        let number = format!("+49{:08}", 10_000_000 + getrandom::u32()? % 90_000_000);
        let answer: bool = client.query_one(&statement, &[&number]).await?.try_get(0)?;
        if answer != expected {
            return Err(format!("the call for {number} was answered {answer}").into());
        }
        answers += 1;
    }
    Ok(((client, statement), answers))
}
