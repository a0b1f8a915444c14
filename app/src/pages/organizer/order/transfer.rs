//! Recording a transfer by hand, on the page of the order that it pays.

use domain::permission::Permission;
use leptos::prelude::*;
use operations::fresh;
use operations::orders::detail::OrderDetail;
use words::lang::Lang;
use words::transfer;

use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::Notice;
use crate::pages::frame::{Allowed, here};
use crate::{paths, ssr};

/// The form, while the order waits for money.
pub(super) fn record(found: &OrderDetail, lang: Lang) -> Option<impl IntoView + use<>> {
    if !found.head.status.is_payable() || !Allowed::may(Permission::RecordPayments) {
        return None;
    }
    let missing = found.head.amount.minor() - found.collected_minor();
    let amount = FieldSpec {
        value: missing.max(0).to_string(),
        inputmode: Some("numeric"),
        ..FieldSpec::new("amount", transfer::record_amount(lang))
    };
    let today = domain::time_zone::local(found.now, &found.head.time_zone).ok();
    let today = today.map(|day| format!("{:04}-{:02}-{:02}", day.year, day.month, day.day));
    let received_on = FieldSpec {
        kind: "date",
        value: today.unwrap_or_default(),
        ..FieldSpec::new("received_on", transfer::record_day(lang))
    };
    let note =
        FieldSpec { is_required: false, ..FieldSpec::new("note", transfer::record_note(lang)) };
    let was_refused = ssr::query("done").is_some_and(|done| done == "transfer_refused");
    Some(view! {
        <details class="card record-transfer" open=was_refused>
            <summary>{transfer::record_title(lang)}</summary>
            {was_refused
                .then(|| {
                    view! {
                        <Notice tone=words::status::Tone::Bad>{transfer::record_failed(lang)}</Notice>
                    }
                })}
            <p class="field-help">{transfer::record_hint(lang)}</p>
            <form method="post" action=here(paths::RECORD_TRANSFER)>
                <input type="hidden" name="order" value=found.head.id.to_string() />
                <input type="hidden" name="key" value=fresh::token() />
                <Field field=amount lang />
                <Field field=received_on lang />
                <Field field=note lang />
                <SubmitButton kind=ButtonKind::Secondary>
                    {transfer::record_button(lang)}
                </SubmitButton>
            </form>
        </details>
    })
}
