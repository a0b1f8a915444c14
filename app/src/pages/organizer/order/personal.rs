//! The personal data of an order: taken out, asked to be erased, erased.

use domain::permission::Permission;
use leptos::prelude::*;
use operations::buyer_data::DataStanding;
use operations::orders::detail::OrderDetail;
use words::buyer_data as texts;
use words::date;
use words::lang::Lang;
use words::status::Tone;

use crate::components::button::{ButtonKind, LinkButton};
use crate::components::card::Card;
use crate::components::notice::Notice;
use crate::pages::frame::Allowed;
use crate::paths;

/// What stands above the order: a wish that waits, or that nothing is left.
pub(super) fn notice(found: &OrderDetail, standing: &DataStanding, lang: Lang) -> Option<AnyView> {
    if let Some(at) = standing.erased_at {
        let since = texts::gone_since(&date::day_time(at, &found.head.time_zone, lang), lang);
        return Some(
            view! {
                <Notice tone=Tone::Quiet title=texts::erased_title(lang)>
                    <p>{texts::erased_text(lang)}</p>
                    <p>{since}</p>
                </Notice>
            }
            .into_any(),
        );
    }
    let (id, may) = (found.head.id, Allowed::may(Permission::ManageBuyerData));
    (standing.is_asked() && may).then(|| {
        view! {
            <Notice tone=Tone::Waiting title=texts::asked_title(lang)>
                <p>{texts::asked_text(lang)}</p>
                <LinkButton href=paths::erase_order(id) kind=ButtonKind::Secondary>
                    {texts::asked_open(lang)}
                </LinkButton>
            </Notice>
        }
        .into_any()
    })
}

/// What can be done about them.
pub(super) fn card(
    found: &OrderDetail,
    standing: &DataStanding,
    lang: Lang,
) -> Option<impl IntoView + use<>> {
    if standing.erased_at.is_some() || !Allowed::may(Permission::ManageBuyerData) {
        return None;
    }
    let id = found.head.id;
    let by_itself = standing.erased_from.map(|at| date::day_time(at, &found.head.time_zone, lang));
    Some(view! {
        <Card title=texts::title(lang)>
            <p class="quiet-text">{texts::text(lang)}</p>
            {by_itself.map(|day| view! { <p class="quiet-text">{texts::goes_on(&day, lang)}</p> })}
            <p>
                <a href=paths::order_data(id) download="">
                    {texts::file(lang)}
                </a>
            </p>
            <LinkButton href=paths::erase_order(id) kind=ButtonKind::Quiet>
                {texts::open(lang)}
            </LinkButton>
        </Card>
    })
}
