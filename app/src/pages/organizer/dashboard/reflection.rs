//! How fast the event's last payments showed here.

use leptos::prelude::*;
use operations::events::dashboard::Dashboard;
use operations::reflection::Reflection;
use words::alerts as texts;
use words::lang::Lang;
use words::organizer;

/// The times of the last payments, beside the promise.
pub(super) fn reflection(board: &Dashboard, lang: Lang) -> impl IntoView + use<> {
    let told = match &board.reflection {
        None => view! { <p class="quiet-text">{texts::reflection_none(lang)}</p> }.into_any(),
        Some(it) => times(it, lang).into_any(),
    };
    view! {
        <h2 id="reflection-title">{texts::reflection_title(lang)}</h2>
        <p class="quiet-text">{texts::reflection_text(lang)}</p>
        {told}
    }
}

fn times(it: &Reflection, lang: Lang) -> impl IntoView + use<> {
    let permille = it.permille_in_time();
    let share = format!("{}.{}%", permille / 10, permille % 10);
    let most = it.seconds_p90.map_or_else(
        || texts::reflection_longer(lang).to_owned(),
        |bound| texts::seconds(bound, lang),
    );
    view! {
        <dl class="facts-list">
            <div>
                <dt>{texts::reflection_in_time(lang)}</dt>
                <dd>
                    {share} <span class="facts-note">{organizer::payments(it.n_payments, lang)}</span>
                </dd>
            </div>
            <div>
                <dt>{texts::reflection_most(lang)}</dt>
                <dd>{most}</dd>
            </div>
        </dl>
    }
}
