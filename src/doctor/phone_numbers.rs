//! Phone numbers of accounts that are stored in another form than that of [`PhoneNumber`].

use std::collections::HashMap;

use tokio_postgres::Client;

use super::finding::{CheckResult, Finding};
use crate::phone_number::PhoneNumber;

/// How many accounts a finding names.
const NAMED: usize = 20;

/// Reads the number of every account once.
pub(super) async fn spelled(client: &Client) -> CheckResult {
    let rows = client
        .query("SELECT id, phone_number::TEXT FROM users WHERE phone_number IS NOT NULL ORDER BY id", &[])
        .await?;
    let stored: HashMap<&str, i64> = rows.iter().map(|row| (row.get(1), row.get(0))).collect();
    let (mut other, mut twice, mut none) = (Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        let (id, text): (i64, &str) = (row.get(0), row.get(1));
        match PhoneNumber::from_stored(text) {
            Some(number) if number.as_str() == text => {}
            Some(number) => match stored.get(number.as_str()) {
                Some(holder) => twice.push(format!("users.id {id} has that of {holder}")),
                None => other.push((id, number)),
            },
            None => none.push(format!("users.id {id}")),
        }
    }
    let mut findings = Vec::new();
    if !other.is_empty() {
        let ids: Vec<String> = other.iter().map(|(id, _)| format!("users.id {id}")).collect();
        let what = format!("{} spelled otherwise than its numbering plan: {}", of_accounts(&ids), names(&ids));
        // A number of one account only is in the message: it is the operator's to ask for more.
        let update = match &other[0] {
            (id, number) if other.len() == 1 => format!("UPDATE users SET phone_number = '{number}' WHERE id = {id}"),
            _ => "UPDATE users SET phone_number = … for each".to_owned(),
        };
        findings
            .push(Finding::note(what).with_advice(format!("the next sign-in finds and corrects it; or now: {update}")));
    }
    if !twice.is_empty() {
        let what = format!("{} accounts have one phone number in two spellings: {}", twice.len() * 2, names(&twice));
        let advice = "a sign-in opens the account with the right spelling: find out which one its owner uses, and set phone_number \
                      of the other one to NULL";
        findings.push(Finding::warning(what, advice));
    }
    if !none.is_empty() {
        let what = format!("{} none: {}", of_accounts(&none), names(&none));
        findings.push(Finding::warning(what, "no sign-in finds it: write it in international form, or set it to NULL"));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("every phone number of an account has its form"));
    }
    Ok(findings)
}

fn of_accounts(of: &[String]) -> String {
    format!("the phone number of {} {} is", of.len(), if of.len() == 1 { "account" } else { "accounts" })
}

fn names(of: &[String]) -> String {
    let more = if of.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", of[..of.len().min(NAMED)].join(", "))
}
