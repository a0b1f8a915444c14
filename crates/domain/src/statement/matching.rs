//! Which order a line of a bank statement pays: certain by its number alone; everything else is a proposal with reasons.

use crate::bank::PayerName;
use crate::ids::OrderId;
use crate::money::Money;
use crate::transfer::TransferNumber;

/// Proposals for one line; more would be a guess.
const PROPOSALS_MAX: usize = 3;

crate::words! {
    /// Why an order is proposed for a line, the strongest first.
    Reason {
        /// The payer wrote the order's number with one slip.
        AlmostNumber = "almost_number",
        /// The payer's name is the buyer's.
        Name = "name",
        /// The amount is what the order lacks.
        Amount = "amount",
    }
}

/// An order that waits for money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    pub order: OrderId,
    /// None while its buyer was never given one.
    pub number: Option<TransferNumber>,
    pub missing: Money,
    pub buyer: PayerName,
}

/// An order that a line may pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub order: OrderId,
    pub reasons: Vec<Reason>,
}

/// Which orders a line may pay, the likeliest first; none where nothing speaks for any.
///
/// Who only shares an amount with others is proposed only where they are few: ten orders of ¥3,000 say nothing about one
/// transfer of ¥3,000.
pub fn propose(payer: &PayerName, amount: Money, awaited: &[Awaited]) -> Vec<Proposal> {
    let mut proposals: Vec<Proposal> = awaited
        .iter()
        .filter_map(|it| {
            let reasons = reasons(payer, amount, it);
            (!reasons.is_empty()).then_some(Proposal { order: it.order, reasons })
        })
        .collect();
    let is_weak = |it: &Proposal| it.reasons == [Reason::Amount];
    if proposals.iter().filter(|it| is_weak(it)).count() > PROPOSALS_MAX
        || proposals.iter().any(|it| !is_weak(it))
    {
        proposals.retain(|it| !is_weak(it));
    }
    proposals.sort_by_key(|it| (strength(&it.reasons), it.order));
    proposals.truncate(PROPOSALS_MAX);
    proposals
}

fn reasons(payer: &PayerName, amount: Money, awaited: &Awaited) -> Vec<Reason> {
    let is_almost = awaited
        .number
        .as_ref()
        .is_some_and(|number| payer.numbers().iter().any(|run| number.is_almost(run)));
    let has_name = !payer.name().is_empty() && payer.name() == awaited.buyer.name();
    [
        (Reason::AlmostNumber, is_almost),
        (Reason::Name, has_name),
        (Reason::Amount, amount == awaited.missing),
    ]
    .into_iter()
    .filter_map(|(reason, holds)| holds.then_some(reason))
    .collect()
}

/// Smaller is stronger: by the strongest reason, and two beat one.
fn strength(reasons: &[Reason]) -> (Option<Reason>, usize) {
    (reasons.first().copied(), PROPOSALS_MAX.saturating_sub(reasons.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use uuid::Uuid;

    fn awaited(n: u32, buyer: &str, missing: i64) -> Awaited {
        Awaited {
            order: OrderId::from_uuid(Uuid::from_u128(n.into())),
            number: Some(TransferNumber::from_seed(n * 1111)),
            missing: Money::yen(missing),
            buyer: PayerName::read(buyer),
        }
    }

    fn ask(payer: &str, yen: i64, orders: &[Awaited]) -> Vec<(u128, Vec<Reason>)> {
        propose(&PayerName::read(payer), Money::yen(yen), orders)
            .into_iter()
            .map(|it| (it.order.uuid().as_u128(), it.reasons))
            .collect()
    }

    #[test]
    fn what_speaks_for_an_order_is_named() {
        use Reason as R;
        let orders = [
            awaited(1, "佐藤 健", 3000),
            awaited(2, "すずき はなこ", 3000),
            awaited(3, "Smith", 5000),
            awaited(4, "高橋", 3000),
        ];
        assert_eq!(ask("ｽｽﾞｷ ﾊﾅｺ", 3000, &orders), [(2, vec![R::Name, R::Amount])]);
        assert_eq!(ask("ｽｽﾞｷ ﾊﾅｺ", 2000, &orders), [(2, vec![R::Name])]);
        assert_eq!(ask("SMITH", 5000, &orders), [(3, vec![R::Name, R::Amount])]);
        // Only the amount, and only one order lacks it.
        assert_eq!(ask("ﾔﾏﾀﾞ", 5000, &orders), [(3, vec![R::Amount])]);
        // Three lack it: all of them, and nobody is guessed.
        assert_eq!(ask("ﾔﾏﾀﾞ", 3000, &orders).len(), 3);
        assert_eq!(ask("ﾔﾏﾀﾞ", 1, &orders), []);
        let number = TransferNumber::from_seed(4444).to_string();
        let slip = format!("{}ﾔﾏﾀﾞ", number.get(1..).unwrap());
        assert_eq!(ask(&slip, 3000, &orders), [(4, vec![R::AlmostNumber, R::Amount])]);
    }

    #[test]
    fn an_amount_that_many_lack_proposes_nobody() {
        let orders: Vec<Awaited> = (1..=4).map(|n| awaited(n, "佐藤", 3000)).collect();
        assert_eq!(ask("ﾔﾏﾀﾞ", 3000, &orders), []);
    }
}
