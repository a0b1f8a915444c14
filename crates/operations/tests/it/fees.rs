//! Fees: shown before, frozen with the order, booked with the capture to the yen.

mod stay;

use domain::fees::{Bearer, FeeRule, Party};
use domain::ids::Id;
use domain::money::{Currency, Money};
use domain::payment::PaymentMethod;
use domain::tax::TaxRate;
use operations::access::administrator_access;
use operations::actor::AdministratorAccess;
use operations::fees::{FeeError, end_rule, event_fees, rules, set_bearer, set_rule};
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{on_sale, payment_of};
use uuid::Uuid;

const PLATFORM: FeeRule = FeeRule {
    party: Party::Platform,
    method: None,
    rate_basis_points: 300,
    fixed_minor: 50,
    minimum_minor: 0,
    tax_rate: TaxRate::STANDARD,
};
const CARD: FeeRule = FeeRule {
    party: Party::Provider,
    method: Some(PaymentMethod::CreditCard),
    rate_basis_points: 360,
    fixed_minor: 0,
    minimum_minor: 0,
    tax_rate: TaxRate::NONE,
};

async fn administrator(app: &TestApp) -> AdministratorAccess {
    let user = Uuid::now_v7();
    let sql = format!(
        "insert into users (user_id, email, email_key, is_administrator, created_at)
         values ('{user}', 'a@example.com', 'a@example.com', true, now())"
    );
    database::run(&app.database_url, &sql).await;
    administrator_access(&app.deps, domain::ids::UserId::from_uuid(user)).await.unwrap()
}

async fn with_rules() -> (TestApp, AdministratorAccess) {
    let app = TestApp::start().await;
    let administrator = administrator(&app).await;
    for rule in [PLATFORM, CARD] {
        set_rule(&app.deps, &administrator, None, Currency::JPY, rule).await.unwrap();
    }
    (app, administrator)
}

async fn balances(app: &TestApp) -> String {
    app.look(
        "select string_agg(kind || ' ' || minor, ', ' order by kind)
         from (select kind, sum(amount_minor) as minor from ledger_entries join ledger_accounts using (ledger_account_id)
               group by kind) sums",
    )
    .await
}

#[tokio::test]
async fn without_rules_nothing_is_taken() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    sale.paid_order(&app, 1).await;
    assert_eq!(balances(&app).await, "organizer_payable -3000, provider_clearing 3000");
    assert_eq!(app.look("select fee_terms is null and fee_minor = 0 from orders").await, "true");
    app.check().await;
}

#[tokio::test]
async fn what_the_organizer_bears_is_taken_from_what_it_gets() {
    let (app, _) = with_rules().await;
    let sale = on_sale(&app, 3000, 10).await;
    let order = sale.paid_order(&app, 1).await;
    assert_eq!(order.amount, Money::yen(3000));
    // 3 % and ¥50 with 10 % tax; 3.6 % for the card.
    assert_eq!(
        balances(&app).await,
        "organizer_payable -2738, platform_fees -154, provider_clearing 3000, provider_fees -108"
    );
    assert_eq!(
        app.look(&payment_of(&order, "platform_fee_minor + provider_fee_minor")).await,
        "262"
    );
    app.check().await;
}

#[tokio::test]
async fn what_the_participant_bears_is_added_and_frozen() {
    let (app, administrator) = with_rules().await;
    let sale = on_sale(&app, 3000, 10).await;
    let access = sale.access(&app).await;
    set_bearer(&app.deps, &access, sale.event, Bearer::Participant).await.unwrap();
    let order = sale.order(&app, 1).await;
    // The dearest of the methods: the card, 154 and 108.
    assert_eq!(order.amount, Money::yen(3262));
    // A later change of the rules changes no order.
    let dearer = FeeRule { fixed_minor: 900, ..PLATFORM };
    set_rule(&app.deps, &administrator, None, Currency::JPY, dearer).await.unwrap();
    set_bearer(&app.deps, &access, sale.event, Bearer::Organizer).await.unwrap();
    app.pay_by_card(&testkit::story::pay_url(&order)).await;
    app.until(&testkit::story::status_of(&order), "paid").await;
    assert_eq!(
        balances(&app).await,
        "organizer_payable -3000, platform_fees -154, provider_clearing 3262, provider_fees -108"
    );
    // 272 of the tickets, and the fee of ¥262 at 10 % with them: 3,262 × 10/110.
    assert_eq!(app.look("select tax_minor from orders").await, "296");
    app.check().await;
}

#[tokio::test]
async fn an_organizers_own_rule_stands_in_the_place_of_everybodys() {
    let (app, administrator) = with_rules().await;
    let sale = on_sale(&app, 3000, 10).await;
    let own =
        FeeRule { rate_basis_points: 0, fixed_minor: 10, tax_rate: TaxRate::NONE, ..PLATFORM };
    set_rule(&app.deps, &administrator, Some(sale.organizer), Currency::JPY, own).await.unwrap();
    let access = sale.access(&app).await;
    let fees = event_fees(&app.deps, &access, sale.event).await.unwrap();
    let terms = fees.terms.unwrap();
    assert_eq!(terms.rules, [own, CARD]);
    let gets = terms.organizer_gets(Money::yen(3000), PaymentMethod::CreditCard, &fees.methods);
    assert_eq!(gets, Ok(Money::yen(2882)));
    sale.paid_order(&app, 1).await;
    assert!(balances(&app).await.starts_with("organizer_payable -2882, platform_fees -10,"));
    for kept in rules(&app.deps, &administrator).await.unwrap() {
        end_rule(&app.deps, &administrator, kept.id).await.unwrap();
    }
    assert!(event_fees(&app.deps, &access, sale.event).await.unwrap().terms.is_none());
    app.check().await;
}

#[tokio::test]
async fn strangers_and_absurd_rules_are_refused() {
    let (app, administrator) = with_rules().await;
    let sale = on_sale(&app, 3000, 10).await;
    let stranger = on_sale(&app, 1, 1).await.access(&app).await;
    let refused = set_bearer(&app.deps, &stranger, sale.event, Bearer::Participant).await;
    assert!(matches!(refused, Err(FeeError::NotFound)), "{refused:?}");
    let refused = event_fees(&app.deps, &stranger, sale.event).await;
    assert!(matches!(refused, Err(FeeError::NotFound)));
    let absurd = FeeRule { rate_basis_points: 10_001, ..PLATFORM };
    let refused = set_rule(&app.deps, &administrator, None, Currency::JPY, absurd).await;
    assert!(matches!(refused, Err(FeeError::OutOfBounds)), "{refused:?}");
}
