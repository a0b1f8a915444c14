//! Ending an order, unpaid or paid, after a word of warning.

use domain::limits::REASON_CHARS_MAX;
use leptos::prelude::*;
use operations::cancellations::show::for_organizer;
use operations::orders::detail::OrderDetail;
use words::lang::Lang;
use words::status::Tone;
use words::{money, organizer};

use crate::api::organizer_orders::cancel_key;
use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::{Notice, ProblemSummary};
use crate::pages::frame::here;
use crate::pages::organizer::about_order::{order_and_event, question};
use crate::pages::organizer::cancel_tickets::cancel_tickets;
use crate::pages::organizer::id_in_path;
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

/// The page that asks whether to.
#[component]
pub fn CancelOrderPage() -> impl IntoView {
    let id = id_in_path("order");
    page_for_member(
        Permission::CancelOrders,
        on_path("order", On::Order),
        move |member| async move {
            let id = id?;
            let lang = member.lang;
            let (found, event) = order_and_event(&member, id).await?;
            let view = for_organizer(&member.deps, &member.access, id).await?;
            let refused = flash::take(&cancel_key(id)).await;
            let asked = ssr::query("ticket");
            let currency = found.head.amount.currency();
            let body = if found.head.status.is_payable() {
                form(&found, refused, lang).into_any()
            } else if !view.tickets.is_empty() {
                cancel_tickets(&view, asked.as_deref(), &refused, currency, lang)
            } else {
                view! { <Notice tone=Tone::Quiet>{organizer::cancel_not_possible(lang)}</Notice> }
                    .into_any()
            };
            Ok(question(organizer::cancel_title(lang), (id, &event), body, lang))
        },
    )
}

fn form(found: &OrderDetail, refused: Flash, lang: Lang) -> impl IntoView + use<> {
    let head = &found.head;
    let reason = FieldSpec {
        value: refused.value_or("reason", ""),
        error: refused.error("reason"),
        help: Some(organizer::refund_reason_hint(lang).to_owned()),
        chars_max: Some(REASON_CHARS_MAX),
        is_required: false,
        ..FieldSpec::new("reason", organizer::refund_reason(lang))
    };
    let who = organizer::polite(&head.buyer_name, lang);
    let amount = money::format(head.amount, lang);
    view! {
        <form method="post" action=here(paths::CANCEL_ORDER_BY_ORGANIZER) class="card" novalidate="">
            <ProblemSummary errors=refused.errors.clone() lang />
            <input type="hidden" name="order" value=head.id.to_string() />
            <p>
                <b>{who}</b>
                " ・ "
                {head.code.clone()}
                " ・ "
                <span class="amount">{amount}</span>
            </p>
            <p class="quiet-text">{organizer::cancel_lead(lang)}</p>
            <Field field=reason lang />
            <div class="form-end">
                <SubmitButton kind=ButtonKind::Danger>{organizer::cancel_confirm(lang)}</SubmitButton>
            </div>
        </form>
    }
}
