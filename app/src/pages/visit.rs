//! What stands above every page while somebody of the staff visits an organizer.

use leptos::prelude::*;
use operations::platform::visits::Visitor;
use time::OffsetDateTime;
use words::lang::Lang;
use words::{date, platform};

use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::icon::{Icon, IconName};
use crate::paths;

/// The reader visits this organizer; put into the context where a member or one of the staff is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visiting {
    name: String,
    reason: String,
    until: OffsetDateTime,
}

impl Visiting {
    /// Lets every page of this answer say so.
    pub fn tell(visitor: &Visitor) {
        let name = visitor.home.current().map(|it| it.display_name.clone()).unwrap_or_default();
        let visit = &visitor.visit;
        provide_context(Self { name, reason: visit.reason.clone(), until: visit.until });
    }

    /// Whether the reader of this page is a visitor, who takes no file away. The server decides again.
    pub fn is_on() -> bool {
        use_context::<Self>().is_some()
    }
}

/// The banner, where somebody visits.
pub fn banner(lang: Lang) -> Option<impl IntoView> {
    let Visiting { name, reason, until } = use_context::<Visiting>()?;
    let until = date::clock(until, domain::time_zone::JAPAN);
    Some(view! {
        <aside class="visit-banner" aria-label=platform::visit_label(lang)>
            <Icon name=IconName::Info />
            <p>
                <b>{platform::visiting(&name, &until, lang)}</b>
                " "
                {platform::reason(lang)} ": " {reason}
            </p>
            <form method="post" action=paths::admin::END_VISIT>
                <SubmitButton kind=ButtonKind::Secondary>{platform::end_visit(lang)}</SubmitButton>
            </form>
        </aside>
    })
}
