//! Money on a screen: tabular figures that never break across lines.

use domain::money::Money;
use leptos::prelude::*;
use words::lang::Lang;

/// An amount.
#[component]
pub fn Amount(money: Money, lang: Lang) -> impl IntoView {
    view! { <span class="amount">{words::money::format(money, lang)}</span> }
}
