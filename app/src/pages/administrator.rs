//! The pages of administrators.

use std::future::Future;

use domain::permission::Permission;
use leptos::prelude::*;
use operations::Deps;
use operations::access::AccessError;
use operations::actor::AdministratorAccess;
use operations::platform::visits;
use words::lang::Lang;

use crate::api::administration::door;
use crate::error::AppError;
use crate::pages::not_found::ProblemPage;
use crate::pages::visit::{Visiting, banner};
use crate::ssr::sign_in;
use crate::{paths, ssr};

pub mod alerts;
pub mod audit;
pub mod frame;
pub mod jobs;
pub mod organizer;
pub mod organizers;
pub mod overview;
pub mod payouts;
pub mod switches;
pub mod users;

/// The zone of the staff's times.
const ZONE: &str = domain::time_zone::JAPAN;

/// One of our staff, with the proof that operations ask for.
#[derive(Debug, Clone)]
pub(crate) struct Administrator {
    pub(crate) access: AdministratorAccess,
    pub(crate) deps: Deps,
    pub(crate) lang: Lang,
}

/// Renders a page for one of our staff who may see it. Who is not signed in is led to the login, who did not prove a second
/// factor to where that is done, and back; everybody else is told.
fn page_for_administrator<Render, Rendered>(permission: Permission, render: Render) -> impl IntoView
where
    Render: FnOnce(Administrator) -> Rendered + Send + 'static,
    Rendered: Future<Output = Result<AnyView, AppError>> + Send + 'static,
{
    ssr::keep_private();
    let lang = ssr::lang();
    Suspend::new(async move {
        let user = match ssr::viewer().await {
            Ok(user) => user,
            Err(AppError::SignInNeeded) => {
                ssr::redirect(paths::LOGIN);
                return ().into_any();
            }
            Err(error) => return view! { <ProblemPage error=ssr::reply(error) /> }.into_any(),
        };
        let access = match door::enter(user, permission).await {
            Ok(access) => access,
            Err(AccessError::SecondFactorNeeded) => return prove_first().await,
            Err(error) => return view! { <ProblemPage error=ssr::reply(error) /> }.into_any(),
        };
        let deps = ssr::deps();
        let confirmed = ssr::step_up::confirmed().await;
        // A page without the banner is better than none.
        if let Ok(Some(visitor)) = visits::current(&deps, user, confirmed).await {
            Visiting::tell(&visitor);
        }
        match render(Administrator { access, deps, lang }).await {
            Ok(page) => view! { {banner(lang)} {page} }.into_any(),
            Err(error) => view! { <ProblemPage error=ssr::reply(error) /> }.into_any(),
        }
    })
}

/// Leads to the proof of a second factor, or to where one is set up, and back to this page.
async fn prove_first() -> AnyView {
    match sign_in::come_back_to(&ssr::address()).await {
        Ok(()) => {
            ssr::redirect(paths::CONFIRM);
            ().into_any()
        }
        Err(error) => view! { <ProblemPage error=ssr::reply(error) /> }.into_any(),
    }
}
