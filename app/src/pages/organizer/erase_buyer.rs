//! Erasing what says who placed an order: what goes, what stays, what has to be over before, and the answer if it cannot be.

use domain::limits::REASON_CHARS_MAX;
use leptos::prelude::*;
use operations::buyer_data::{DataStanding, for_organizer};
use operations::orders::detail::OrderDetail;
use words::buyer_data as texts;
use words::lang::Lang;
use words::organizer;
use words::status::Tone;

use crate::api::buyer_data::form_key;
use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::{Notice, ProblemSummary};
use crate::pages::frame::here;
use crate::pages::organizer::about_order::{order_and_event, question};
use crate::pages::organizer::id_in_path;
use crate::paths;
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{On, Permission, on_path, page_for_member};

/// The page that asks whether to.
#[component]
pub fn EraseBuyerPage() -> impl IntoView {
    let id = id_in_path("order");
    page_for_member(
        Permission::ManageBuyerData,
        on_path("order", On::Order),
        move |member| async move {
            let id = id?;
            let lang = member.lang;
            let (found, event) = order_and_event(&member, id).await?;
            let standing = for_organizer(&member.deps, &member.access, id).await?;
            let refused = flash::take(&form_key(id)).await;
            let body = body(&found, &standing, refused, lang).into_any();
            Ok(question(texts::page_title(lang), (id, &event), body, lang))
        },
    )
}

fn body(
    found: &OrderDetail,
    standing: &DataStanding,
    refused: Flash,
    lang: Lang,
) -> impl IntoView + use<> {
    if standing.erased_at.is_some() {
        return view! {
            <Notice tone=Tone::Good title=texts::erased_title(lang)>
                <p>{texts::erased_text(lang)}</p>
            </Notice>
        }
        .into_any();
    }
    let head = &found.head;
    let needed = standing.needed.clone();
    let who = organizer::polite(&head.buyer_name, lang);
    let can = needed.is_empty();
    view! {
        {(!can)
            .then(|| {
                view! {
                    <Notice tone=Tone::Waiting title=texts::not_yet(lang)>
                        <ul>
                            {needed
                                .into_iter()
                                .map(|why| view! { <li>{texts::still_needed(why, lang)}</li> })
                                .collect_view()}
                        </ul>
                    </Notice>
                }
            })}
        <section class="card">
            <p>
                <b>{who}</b>
                " ・ "
                {head.code.clone()}
            </p>
            <h2 class="card-title">{texts::what_goes(lang)}</h2>
            <p>{texts::what_goes_text(lang)}</p>
            <h2 class="card-title">{texts::what_stays(lang)}</h2>
            <p>{texts::what_stays_text(lang)}</p>
            {can
                .then(|| {
                    view! {
                        <Notice tone=Tone::Bad>{texts::no_way_back(lang)}</Notice>
                        <form method="post" action=here(paths::ERASE_BUYER)>
                            <input type="hidden" name="order" value=head.id.to_string() />
                            <div class="form-end">
                                <SubmitButton kind=ButtonKind::Danger>
                                    {texts::confirm(lang)}
                                </SubmitButton>
                            </div>
                        </form>
                    }
                })}
        </section>
        {standing.is_asked().then(|| answer(head.id.to_string(), refused, lang))}
    }
    .into_any()
}

/// The answer to a wish that cannot be met.
fn answer(order: String, refused: Flash, lang: Lang) -> impl IntoView + use<> {
    let field = FieldSpec {
        value: refused.value_or("answer", ""),
        error: refused.error("answer"),
        help: Some(texts::refuse_text(lang).to_owned()),
        chars_max: Some(REASON_CHARS_MAX),
        rows: 3,
        ..FieldSpec::new("answer", texts::refuse_answer(lang))
    };
    view! {
        <form method="post" action=here(paths::REFUSE_ERASURE) class="card" novalidate="">
            <h2 class="card-title">{texts::refuse_title(lang)}</h2>
            <ProblemSummary errors=refused.errors lang />
            <input type="hidden" name="order" value=order />
            <Field field lang />
            <div class="form-end">
                <SubmitButton kind=ButtonKind::Secondary>{texts::refuse(lang)}</SubmitButton>
            </div>
        </form>
    }
}
