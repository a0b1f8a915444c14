//! The signed-in member of an organizer: who pages and forms under `/o` act for, and whether they may.
//!
//! There is no member without a permission: a page or form that declares none does not compile.

use std::future::Future;

pub use domain::permission::Permission;
use domain::standing::Standing;
use leptos::prelude::*;
use operations::Deps;
pub use operations::access::On;
use operations::access::{AccessError, Membership, enter, membership};
use operations::account::{self, Home, Organizer};
use operations::actor::OrganizerAccess;
use operations::platform::organizers::own_standing;
use operations::platform::visits::{self, Visitor};
use words::lang::Lang;

use crate::error::AppError;
use crate::pages::frame::{ActingFor, Allowed, IsStaff, OnHold, OpenAlerts, Reader};
use crate::pages::not_found::ProblemPage;
use crate::pages::visit::{Visiting, banner};
use crate::{paths, ssr};

/// A member, with the proof that operations ask for.
#[derive(Debug, Clone)]
pub struct Member {
    pub access: OrganizerAccess,
    /// All of the user's roles with the organizer.
    pub membership: Membership,
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

/// What a page is about, by the id in its address.
pub fn on_path<Id: std::str::FromStr>(name: &str, kind: fn(Id) -> On) -> On {
    On::named(&ssr::param(name), kind)
}

/// Renders a page for a signed-in member who may see it; who may not is told so, everybody else is led to the login or to
/// the first profile.
pub fn page_for_member<Render, Rendered>(
    permission: Permission,
    on: On,
    render: Render,
) -> impl IntoView
where
    Render: FnOnce(Member) -> Rendered + Send + 'static,
    Rendered: Future<Output = Result<AnyView, AppError>> + Send + 'static,
{
    ssr::keep_private();
    let (lang, deps) = (ssr::lang(), ssr::deps());
    Suspend::new(async move {
        let member = match find(deps, lang, (permission, on), Asked::Page).await {
            Ok(member) => member,
            Err(Gate::SignIn) => {
                ssr::redirect(paths::LOGIN);
                return ().into_any();
            }
            Err(Gate::MakeProfile) => {
                ssr::redirect(paths::PROFILE);
                return ().into_any();
            }
            Err(Gate::Problem(error)) => {
                return view! { {banner(lang)} <ProblemPage error /> }.into_any();
            }
        };
        match render(member).await {
            Ok(page) => view! { {banner(lang)} {page} }.into_any(),
            Err(error) => view! { {banner(lang)} <ProblemPage error /> }.into_any(),
        }
    })
}

/// The member who posts a form and may do so; `None` after the browser was led to where it can become one.
///
/// # Errors
/// When the member may not, or who it is cannot be found out.
pub async fn member(permission: Permission, on: On) -> Result<Option<Member>, AppError> {
    match find(ssr::deps(), ssr::lang(), (permission, on), Asked::Form).await {
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

/// What is asked for, by what the browser sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Page,
    Form,
}

/// The organizer that a page is about, or that a form was shown for. A form that names none acts only where nothing else
/// could be meant: for somebody's only organizer, or on something that is the organizer's alone.
fn chosen(home: &Home, asked: Asked, on: On) -> Result<&Organizer, Gate> {
    let current = home.current().ok_or(Gate::MakeProfile)?;
    let is_one_of_many = home.organizers.len() > 1;
    match (asked, ssr::query(paths::FOR)) {
        (Asked::Page, _) => Ok(current),
        (Asked::Form, Some(text)) => home.named(&text).ok_or(Gate::Problem(AppError::NotFound)),
        (Asked::Form, None) if is_one_of_many && on == On::Organizer => {
            Err(Gate::Problem(AppError::NotFound))
        }
        (Asked::Form, None) => Ok(current),
    }
}

async fn find(
    deps: Deps,
    lang: Lang,
    (permission, on): (Permission, On),
    asked: Asked,
) -> Result<Member, Gate> {
    let user = ssr::viewer().await.map_err(|error| match error {
        AppError::SignInNeeded => Gate::SignIn,
        other => Gate::Problem(other),
    })?;
    let home =
        account::home(&deps, user).await.map_err(|error| Gate::Problem(ssr::unexpected(error)))?;
    if home.user.is_administrator
        && let Some(visitor) = visits::current(&deps, user, ssr::step_up::confirmed().await)
            .await
            .map_err(|error| Gate::Problem(ssr::unexpected(error)))?
    {
        return visit(deps, lang, visitor, (permission, on), asked).await;
    }
    let Organizer { organizer, display_name, .. } = chosen(&home, asked, on)?.clone();
    if home.current().is_some_and(|it| it.organizer != organizer) {
        // What is shown next is of the same organizer as the form was.
        let acted = operations::members::act_for(&deps, user, organizer).await;
        acted.map_err(|error| Gate::Problem(ssr::unexpected(error)))?;
    }
    let membership = membership(&deps, user, organizer).await.map_err(|error| match error {
        AccessError::Unknown | AccessError::NotAllowed | AccessError::SecondFactorNeeded => {
            Gate::MakeProfile
        }
        AccessError::Unexpected(error) => Gate::Problem(ssr::unexpected(error)),
    })?;
    let access = enter(&deps, &membership, permission, on).await;
    let access = access.map_err(|error| Gate::Problem(error.into()))?;
    provide_context(Allowed(*access.allowed()));
    Reader::tell(&home.user);
    let is_one_of_many = home.organizers.len() > 1;
    provide_context(ActingFor { organizer, name: display_name, is_one_of_many });
    if asked == Asked::Page {
        tell_standing(&deps, &access).await;
        if home.user.is_administrator {
            provide_context(IsStaff);
        }
    }
    if asked == Asked::Page && access.may(Permission::HandleAlerts) {
        // A menu without its count is better than no page.
        let n_open = operations::alerts::list::count_open(&deps, &access).await.unwrap_or_default();
        provide_context(OpenAlerts(n_open));
    }
    let deps = deps.of(&access);
    Ok(Member { access, membership, home, deps, lang })
}

/// Whether who is signed in visits an organizer, and so changes nothing of anybody's there.
///
/// # Errors
/// When nobody is signed in, or it cannot be found out.
pub async fn is_visiting(deps: &Deps) -> Result<bool, AppError> {
    let (user, confirmed) = (ssr::viewer().await?, ssr::step_up::confirmed().await);
    let visitor = visits::current(deps, user, confirmed).await.map_err(ssr::unexpected)?;
    Ok(visitor.is_some())
}

/// One of our staff in a member's place: every page is written down, and every form refused.
async fn visit(
    deps: Deps,
    lang: Lang,
    visitor: Visitor,
    (permission, on): (Permission, On),
    asked: Asked,
) -> Result<Member, Gate> {
    Visiting::tell(&visitor);
    let access = match asked {
        Asked::Page => {
            let noted = visits::note_page(&deps, &visitor, &ssr::path()).await;
            noted.map_err(|error| Gate::Problem(ssr::unexpected(error)))?;
            visits::enter(&deps, &visitor, permission, on).await
        }
        Asked::Form => Err(visits::refuse(&deps, &visitor, permission).await),
    };
    let access = access.map_err(|error| Gate::Problem(error.into()))?;
    provide_context(Allowed(*access.allowed()));
    provide_context(IsStaff);
    tell_standing(&deps, &access).await;
    let deps = deps.of(&access);
    Ok(Member { access, membership: visitor.membership, home: visitor.home, deps, lang })
}

/// Lets the page say that its organizer is suspended or looked at; a page without this is better than none.
async fn tell_standing(deps: &Deps, access: &OrganizerAccess) {
    let Ok(kept) = own_standing(deps, access).await else { return };
    if kept.standing != Standing::Active {
        provide_context(OnHold { standing: kept.standing, reason: kept.reason });
    }
}
