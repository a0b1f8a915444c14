//! The signed-in member of an organizer: who pages and forms under `/o` act for.

use std::future::Future;

use leptos::prelude::*;
use operations::Deps;
use operations::access::{AccessError, member_access};
use operations::account::{self, Home};
use operations::actor::OrganizerAccess;
use words::lang::Lang;

use crate::error::AppError;
use crate::pages::frame::OpenAlerts;
use crate::pages::not_found::ProblemPage;
use crate::{paths, ssr};

/// A member, with the proof that operations ask for.
#[derive(Debug, Clone)]
pub struct Member {
    pub access: OrganizerAccess,
    pub home: Home,
    pub deps: Deps,
    pub lang: Lang,
}

/// Why a page of the organizer's part is not for this browser.
#[derive(Debug)]
enum Gate {
    SignIn,
    /// Signed in for the first time: there is no organizer yet.
    MakeProfile,
    Problem(AppError),
}

/// Renders a page for a signed-in member; everybody else is led to the login or to the first profile.
pub fn page_for_member<Render, Rendered>(render: Render) -> impl IntoView
where
    Render: FnOnce(Member) -> Rendered + Send + 'static,
    Rendered: Future<Output = Result<AnyView, AppError>> + Send + 'static,
{
    ssr::keep_private();
    let (lang, deps) = (ssr::lang(), ssr::deps());
    Suspend::new(async move {
        let member = match find(deps, lang).await {
            Ok(member) => member,
            Err(Gate::SignIn) => {
                ssr::redirect(paths::LOGIN);
                return ().into_any();
            }
            Err(Gate::MakeProfile) => {
                ssr::redirect(paths::PROFILE);
                return ().into_any();
            }
            Err(Gate::Problem(error)) => return view! { <ProblemPage error /> }.into_any(),
        };
        match render(member).await {
            Ok(page) => page,
            Err(error) => view! { <ProblemPage error /> }.into_any(),
        }
    })
}

/// The member who posts a form; `None` after the browser was led to where it can become one.
///
/// # Errors
/// When who it is cannot be found out.
pub async fn member() -> Result<Option<Member>, AppError> {
    match find(ssr::deps(), ssr::lang()).await {
        Ok(member) => Ok(Some(member)),
        Err(Gate::SignIn) => {
            ssr::redirect(paths::LOGIN);
            Ok(None)
        }
        Err(Gate::MakeProfile) => {
            ssr::redirect(paths::PROFILE);
            Ok(None)
        }
        Err(Gate::Problem(error)) => Err(ssr::reply(error)),
    }
}

async fn find(deps: Deps, lang: Lang) -> Result<Member, Gate> {
    let user = ssr::viewer().await.map_err(|error| match error {
        AppError::SignInNeeded => Gate::SignIn,
        other => Gate::Problem(other),
    })?;
    let home =
        account::home(&deps, user).await.map_err(|error| Gate::Problem(ssr::unexpected(error)))?;
    let organizer = home.current().ok_or(Gate::MakeProfile)?.organizer;
    let access = member_access(&deps, user, organizer).await.map_err(|error| match error {
        AccessError::Unknown | AccessError::NotAllowed => Gate::MakeProfile,
        AccessError::Unexpected(error) => Gate::Problem(ssr::unexpected(error)),
    })?;
    // A menu without its count is better than no page.
    let n_open = operations::alerts::list::count_open(&deps, &access).await.unwrap_or_default();
    provide_context(OpenAlerts(n_open));
    Ok(Member { access, home, deps, lang })
}
