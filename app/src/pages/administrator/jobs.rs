//! Jobs that gave up: why each did, and what to do about it, one by one or all of a kind.

use domain::ids::JobId;
use domain::permission::Permission;
use leptos::prelude::*;
use operations::platform::jobs::{DeadJob, JobPage, list};
use serde_json::Value;
use words::lang::Lang;
use words::status::Tone;
use words::{date, platform as texts};

use super::frame::{
    AdminHeader, AdminPage, AdminSection, Nothing, Pager, ReasonField, form_answer,
};
use super::{ZONE, page_for_administrator};
use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::icon::IconName;
use crate::{paths, ssr};

/// The page.
#[component]
pub fn AdminJobsPage() -> impl IntoView {
    let kind = ssr::query("kind").unwrap_or_default();
    let before = ssr::query("before").and_then(|id| id.parse::<JobId>().ok());
    page_for_administrator(Permission::RunJobs, move |it| async move {
        let wanted = Some(kind.as_str()).filter(|kind| !kind.is_empty());
        let page = list(&it.deps, &it.access, wanted, before).await.map_err(ssr::unexpected)?;
        let answer = form_answer(done(it.lang)).await;
        let lang = it.lang;
        let first = before.map(|_| paths::admin::jobs(&kind, None));
        let next = page.older.map(|older| paths::admin::jobs(&kind, Some(older)));
        Ok(view! {
            <AdminPage section=AdminSection::Jobs title=texts::jobs_title(lang)>
                <AdminHeader title=texts::jobs_title(lang) lead=texts::jobs_lead(lang) />
                {answer}
                {kinds(&page, &kind, lang)}
                {body(&page, &kind, lang)}
                <Pager first next />
            </AdminPage>
        }
        .into_any())
    })
}

fn done(lang: Lang) -> Option<(Tone, String)> {
    let word = ssr::query("done")?;
    let n = ssr::query("n").and_then(|n| n.parse::<u64>().ok()).unwrap_or_default();
    if n == 0 {
        return Some((Tone::Waiting, texts::done_none(lang).to_owned()));
    }
    Some((Tone::Good, texts::jobs_done(&word, n, lang)?))
}

/// The kinds that gave up, to choose one.
fn kinds(page: &JobPage, here: &str, lang: Lang) -> Option<impl IntoView + use<>> {
    let dead: Vec<_> = page.queue.iter().filter(|it| it.n_dead > 0).collect();
    if dead.is_empty() {
        return None;
    }
    let chips = dead
        .iter()
        .map(|it| {
            let is_here = (it.kind == here).then_some("true");
            view! {
                <a class="chip" href=paths::admin::jobs(&it.kind, None) aria-current=is_here>
                    {texts::job_chip(&it.kind, it.n_dead, lang)}
                </a>
            }
        })
        .collect_view();
    let is_all = here.is_empty().then_some("true");
    Some(view! {
        <nav class="chips" aria-label=texts::kind(lang)>
            <a class="chip" href=paths::admin::JOBS aria-current=is_all>
                {texts::every_kind(lang)}
            </a>
            {chips}
        </nav>
    })
}

fn body(page: &JobPage, kind: &str, lang: Lang) -> impl IntoView + use<> {
    if page.dead.is_empty() {
        return view! {
            <Nothing
                icon=IconName::Check
                title=texts::jobs_none(lang)
                text=texts::jobs_none_text(lang)
            />
        }
        .into_any();
    }
    let cards = page.dead.iter().map(|job| card(job, kind, lang)).collect_view();
    let all = (!kind.is_empty()).then(|| all_of_a_kind(kind, lang));
    view! {
        {all}
        <ul class="admin-list">{cards}</ul>
    }
    .into_any()
}

fn all_of_a_kind(kind: &str, lang: Lang) -> impl IntoView + use<> {
    let fields = || vec![("kind", kind.to_owned()), ("back", kind.to_owned())];
    let name = texts::job(kind, lang);
    view! {
        <section class="card admin-all" aria-label=name.clone()>
            <p>
                <b>{name.clone()}</b>
            </p>
            <div class="admin-actions">
                {again(fields(), texts::try_all(lang), &name)}
                {give_up(fields(), ("all", texts::give_up_all(lang)), &name, lang)}
            </div>
        </section>
    }
}

fn card(job: &DeadJob, kind: &str, lang: Lang) -> impl IntoView + use<> {
    let fields = || vec![("job", job.id.to_string()), ("back", kind.to_owned())];
    let id = job.id.to_string();
    let title_id = format!("job-{id}");
    let labelled_by = title_id.clone();
    let name = format!("{} {}", texts::job(&job.kind, lang), subject(&job.payload));
    let error = job.last_error.clone().filter(|it| !it.is_empty());
    let error = error.unwrap_or_else(|| texts::no_error(lang).to_owned());
    view! {
        <li class="card" aria-labelledby=labelled_by>
            <h2 class="card-title" id=title_id>
                {texts::job(&job.kind, lang)}
            </h2>
            <dl class="admin-facts">
                <div>
                    <dt>{texts::what_it_is(lang)}</dt>
                    <dd>
                        <code>{subject(&job.payload)}</code>
                    </dd>
                </div>
                <div>
                    <dt>{texts::since(lang)}</dt>
                    <dd>
                        <time datetime=date::machine(job.dead_at)>
                            {date::day_time(job.dead_at, ZONE, lang)}
                        </time>
                    </dd>
                </div>
                <div>
                    <dt>{texts::attempts(lang)}</dt>
                    <dd>{job.attempts}</dd>
                </div>
            </dl>
            <p class="admin-why-title">{texts::why(lang)}</p>
            <p class="admin-why">{error}</p>
            <div class="admin-actions">
                {again(fields(), texts::try_again(lang), &name)}
                {give_up(fields(), (id.as_str(), texts::give_up(lang)), &name, lang)}
            </div>
        </li>
    }
}

/// What the job is about: its ids, without its kind.
fn subject(payload: &Value) -> String {
    let Some(fields) = payload.as_object() else { return payload.to_string() };
    let values = fields.iter().filter(|(name, _)| *name != "kind").map(|(_, value)| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let told = values.collect::<Vec<_>>().join(" ");
    if told.is_empty() { "—".to_owned() } else { told }
}

fn hidden(fields: Vec<(&'static str, String)>) -> impl IntoView {
    fields
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view()
}

fn again(
    fields: Vec<(&'static str, String)>,
    word: &'static str,
    name: &str,
) -> impl IntoView + use<> {
    view! {
        <form method="post" action=paths::admin::RETRY_JOBS>
            {hidden(fields)}
            <button type="submit" class="button" data-kind="secondary" aria-label=format!("{word}: {name}")>
                {word}
            </button>
        </form>
    }
}

/// Opens the question for a reason; it needs no script.
fn give_up(
    fields: Vec<(&'static str, String)>,
    (id, word): (&str, &'static str),
    name: &str,
    lang: Lang,
) -> impl IntoView + use<> {
    let field = format!("reason-{id}");
    view! {
        <details class="admin-decide">
            <summary class="button" data-kind="quiet" aria-label=format!("{word}: {name}")>
                {word}
            </summary>
            <form method="post" action=paths::admin::GIVE_UP_JOBS>
                {hidden(fields)} <p>{texts::give_up_why(lang)}</p> <ReasonField id=field /> <SubmitButton kind=ButtonKind::Danger>{word}</SubmitButton>
            </form>
        </details>
    }
}
