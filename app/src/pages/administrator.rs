//! The pages of administrators.

use std::future::Future;

use domain::permission::Permission;
use leptos::prelude::*;
use operations::Deps;
use operations::actor::AdministratorAccess;
use words::lang::Lang;

use crate::api::administration::door;
use crate::error::AppError;
use crate::pages::not_found::ProblemPage;
use crate::{paths, ssr};

pub mod alerts;
pub mod audit;
pub mod frame;
pub mod jobs;
pub mod organizer;
pub mod organizers;
pub mod overview;
pub mod payouts;
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

/// Renders a page for one of our staff who may see it; who is not signed in is led to the login, everybody else is told.
fn page_for_administrator<Render, Rendered>(permission: Permission, render: Render) -> impl IntoView
where
    Render: FnOnce(Administrator) -> Rendered + Send + 'static,
    Rendered: Future<Output = Result<AnyView, AppError>> + Send + 'static,
{
    ssr::keep_private();
    let lang = ssr::lang();
    Suspend::new(async move {
        let (deps, access) = match door::administrator(permission).await {
            Ok(found) => found,
            Err(AppError::SignInNeeded) => {
                ssr::redirect(paths::LOGIN);
                return ().into_any();
            }
            Err(error) => return view! { <ProblemPage error /> }.into_any(),
        };
        match render(Administrator { access, deps, lang }).await {
            Ok(page) => page,
            Err(error) => view! { <ProblemPage error=ssr::reply(error) /> }.into_any(),
        }
    })
}
