//! What a participant can do about the own data, and the page of an order whose data were erased.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::buyer_data::DataStanding;
use operations::orders::show::ShownOrder;
use words::buyer_data as texts;
use words::date;
use words::lang::Lang;
use words::status::Tone;

use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::notice::Notice;
use crate::pages::frame::ParticipantPage;
use crate::paths;

/// Taking the data out, asking to erase them, and what was answered.
#[component]
pub fn OwnData(order: ShownOrder, standing: DataStanding, lang: Lang) -> impl IntoView {
    let token = order.page.link_token.clone();
    let is_asked = standing.is_asked();
    let answer = standing.request.map(|it| it.answer).filter(|it| !it.is_empty());
    let is_open = is_asked || answer.is_some();
    let can_ask = standing.needed.is_empty() && !is_asked;
    view! {
        <details class="card own-data no-print" open=is_open>
            <summary>{texts::own_title(lang)}</summary>
            <p class="quiet-text">{texts::own_text(lang)}</p>
            <p>
                <a href=paths::own_order_data(&token) download="">
                    {texts::own_file(lang)}
                </a>
            </p>
            {is_asked.then(|| view! { <Notice tone=Tone::Waiting>{texts::own_asked(lang)}</Notice> })}
            {answer
                .map(|answer| {
                    view! {
                        <Notice tone=Tone::Quiet title=texts::own_refused(lang)>
                            <p>{answer}</p>
                        </Notice>
                    }
                })}
            {can_ask
                .then(|| {
                    view! {
                        <p class="quiet-text">{texts::own_ask_text(lang)}</p>
                        <form method="post" action=paths::ASK_ERASURE>
                            <input type="hidden" name="token" value=token />
                            <SubmitButton kind=ButtonKind::Secondary>
                                {texts::own_ask_confirm(lang)}
                            </SubmitButton>
                        </form>
                    }
                })}
        </details>
    }
}

/// The personal page of an order that nobody is known of any more.
#[component]
pub fn ErasedOrder(order: ShownOrder, at: time::OffsetDateTime, lang: Lang) -> impl IntoView {
    let page = order.page;
    let since = texts::gone_since(&date::day_time(at, &page.event.time_zone, lang), lang);
    let contact = page.organizer_email;
    view! {
        <Title text=texts::gone_title(lang) />
        <Meta name="robots" content="noindex" />
        <ParticipantPage>
            <div class="order-page">
                <h1>{texts::gone_title(lang)}</h1>
                <p>{texts::gone_text(lang)}</p>
                <p class="quiet-text">{page.event.title} " ・ " {page.code} <br /> {since}</p>
                <p>
                    {texts::gone_questions(lang)} ": " {page.organizer_name} " "
                    <a href=format!("mailto:{contact}")>{contact.clone()}</a>
                </p>
            </div>
        </ParticipantPage>
    }
}
