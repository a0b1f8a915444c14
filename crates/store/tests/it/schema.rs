//! The schema and the rules of `domain` say the same, and migrations run from nothing.

use std::collections::BTreeSet;

use domain::dispute::DisputeStatus;
use domain::event::{EventStatus, OrganizerKind, Visibility};
use domain::event_cancellation::{CancellationOutcome, CancellationStatus};
use domain::fees::{Bearer, Party};
use domain::ledger::{AccountKind, PostingKind};
use domain::mail::MailKind;
use domain::order::OrderStatus;
use domain::payment::{PaymentMethod, PaymentStatus};
use domain::payout::{PayoutModel, PayoutStatus};
use domain::permission::Role;
use domain::refund::{RefundSource, RefundStatus, RefundWait, RefundWay};
use testkit::database;

/// The words that a check constraint lets through.
async fn words_of(url: &str, constraint: &str) -> BTreeSet<String> {
    let sql = format!(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = '{constraint}'"
    );
    let definition = database::look(url, &sql).await;
    assert!(!definition.is_empty(), "there is no {constraint}");
    definition.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

fn texts<T: Copy>(all: &[T], text: fn(T) -> &'static str) -> BTreeSet<String> {
    all.iter().map(|word| text(*word).to_owned()).collect()
}

#[tokio::test]
async fn every_status_check_lists_the_words_of_its_enum() {
    let (_, url) = database::fresh_with_url().await;
    let methods = PaymentMethod::ALL.iter().copied().filter(|it| it.has_fees());
    let methods: Vec<_> = methods.collect();
    for (constraint, words) in [
        ("orders_status_check", texts(OrderStatus::ALL, OrderStatus::as_str)),
        ("payments_status_check", texts(PaymentStatus::ALL, PaymentStatus::as_str)),
        ("refunds_status_check", texts(RefundStatus::ALL, RefundStatus::as_str)),
        ("refunds_source_check", texts(RefundSource::ALL, RefundSource::as_str)),
        ("refunds_way_check", texts(RefundWay::ALL, RefundWay::as_str)),
        ("refunds_waits_for_check", texts(RefundWait::ALL, RefundWait::as_str)),
        ("disputes_status_check", texts(DisputeStatus::ALL, DisputeStatus::as_str)),
        ("members_role_check", texts(Role::ALL, Role::as_str)),
        ("invitations_role_check", texts(Role::ALL, Role::as_str)),
        ("events_status_check", texts(EventStatus::ALL, EventStatus::as_str)),
        ("mails_kind_check", texts(MailKind::ALL, MailKind::as_str)),
        (
            "event_cancellation_orders_status_check",
            texts(CancellationStatus::ALL, CancellationStatus::as_str),
        ),
        (
            "event_cancellation_orders_outcome_check",
            texts(CancellationOutcome::ALL, CancellationOutcome::as_str),
        ),
        ("events_visibility_check", texts(Visibility::ALL, Visibility::as_str)),
        ("organizers_kind_check", texts(OrganizerKind::ALL, OrganizerKind::as_str)),
        ("payouts_status_check", texts(PayoutStatus::ALL, PayoutStatus::as_str)),
        ("organizers_payout_model_check", texts(PayoutModel::ALL, PayoutModel::as_str)),
        ("events_payout_model_check", texts(PayoutModel::ALL, PayoutModel::as_str)),
        ("events_fee_bearer_check", texts(Bearer::ALL, Bearer::as_str)),
        ("fee_rules_party_check", texts(Party::ALL, Party::as_str)),
        ("fee_rules_method_check", texts(&methods, PaymentMethod::as_str)),
        ("ledger_accounts_kind_check", texts(AccountKind::ALL, AccountKind::as_str)),
        ("ledger_transactions_kind_check", texts(PostingKind::ALL, PostingKind::as_str)),
    ] {
        assert_eq!(words_of(&url, constraint).await, words, "{constraint}");
    }
}

#[tokio::test]
async fn migrations_run_from_nothing_and_twice_change_nothing() {
    let (db, url) = database::empty().await;
    db.migrate().await.unwrap();
    let tables = "select count(*) from pg_tables where schemaname = 'public'";
    let n_tables = database::look(&url, tables).await;
    db.migrate().await.unwrap();
    assert_eq!(database::look(&url, tables).await, n_tables);
    assert!(n_tables.parse::<u32>().unwrap() > 20, "{n_tables}");
}

#[tokio::test]
async fn two_processes_may_migrate_at_once() {
    let (db, url) = database::empty().await;
    let (first, second) = tokio::join!(db.migrate(), db.migrate());
    first.unwrap();
    second.unwrap();
    assert_ne!(database::look(&url, "select count(*) from _sqlx_migrations").await, "0");
}
