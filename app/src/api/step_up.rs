//! When members of an organizer confirm again.

use leptos::prelude::*;

use crate::error::AppError;

/// Saves the organizer's rule. Whoever switches it on has a second factor, so that nobody locks themselves out.
#[server(prefix = "/api", endpoint = "step_up/save")]
pub async fn save_step_up(
    #[server(default)] is_on: String,
    #[server(default)] refunds_above: String,
) -> Result<(), AppError> {
    use domain::step_up::Rule;
    use operations::account::second_factors::{factors, is_asked_at_login};
    use operations::account::step_up::set_rule;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    // Whoever decides whom to trust decides how sure one must be of them.
    let wanted = Permission::ManageMembers;
    let Some(member) = member(wanted, On::Organizer).await? else { return Ok(()) };
    let lang = member.lang;
    let user = member.home.user.user;
    // What people log in with is behind no organizer's wall.
    let factors = factors(&member.deps.of_everybody(), user).await.map_err(ssr::unexpected)?;
    let above = refunds_above.trim().parse::<i64>().ok().filter(|it| *it >= 0);
    let problem = match above {
        None => Some(("refunds_above", words::errors::malformed(lang))),
        Some(_) if is_on == "on" && !is_asked_at_login(&factors) => {
            Some(("is_on", words::second_factor::set_up_first(lang)))
        }
        Some(_) => None,
    };
    if let Some((field, problem)) = problem {
        let values = [("is_on", is_on), ("refunds_above", refunds_above)];
        let values = values.into_iter().map(|(name, it)| (name.to_owned(), it)).collect();
        let errors = [(field.to_owned(), problem.to_owned())].into_iter().collect();
        ssr::flash::put("step_up", values, errors).await;
        ssr::redirect(paths::STEP_UP_FORM);
        return Ok(());
    }
    let rule = Rule { is_on: is_on == "on", refunds_above_minor: above.unwrap_or_default() };
    set_rule(&member.deps, &member.access, rule).await.map_err(ssr::unexpected)?;
    ssr::redirect(paths::SETTINGS_STEP_UP);
    Ok(())
}
