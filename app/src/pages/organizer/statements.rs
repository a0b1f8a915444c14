//! Bank statements: read one in, decide what is not certain, see what was recorded.

use domain::ids::StatementImportId;
use leptos::prelude::*;
use operations::statements::page::{
    DecidedHow, ImportRow, LineRow, LineStatus, OrderRow, ProposalRow, StatementsPage as Shown,
    read,
};
use words::lang::Lang;
use words::status::Tone;
use words::{bank, date, errors, money, transfer};

use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::card::Card;
use crate::components::notice::Notice;
use crate::pages::frame::{Allowed, OrganizerPage, Section, here};
use crate::pages::organizer::{ActionButton, PageHead};
use crate::ssr::flash;
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

/// Under which name the sentence about a refused file is kept.
pub const UPLOAD_FORM: &str = "statement_upload";

/// The page of statements.
#[component]
pub fn StatementsPage() -> impl IntoView {
    page_for_member(Permission::ReconcileStatements, On::Organizer, |member| async move {
        let lang = member.lang;
        let just_read = ssr::query("read").and_then(|id| id.parse::<StatementImportId>().ok());
        let shown = read(&member.deps, &member.access, just_read).await.map_err(ssr::unexpected)?;
        let refused = flash::take(UPLOAD_FORM).await.whole();
        Ok(view! {
            <PageHead title=transfer::statements_title(lang).to_owned() />
            <OrganizerPage section=Section::Statements event=None>
                <div class="form-page statements-page">
                    <header class="page-header">
                        <div>
                            <h1>{transfer::statements_title(lang)}</h1>
                            <p class="page-lead">{transfer::statements_lead(lang)}</p>
                        </div>
                    </header>
                    {done(lang)} {just_read.is_some().then(|| result(&shown, lang))}
                    {undecided(&shown, lang)} {upload(refused, lang)} {account(&shown, lang)}
                    {decided(&shown, lang)} {history(&shown, lang)}
                </div>
            </OrganizerPage>
        }
        .into_any())
    })
}

/// What a door has to say about the last press.
fn done(lang: Lang) -> Option<impl IntoView + use<>> {
    let (tone, text) = match ssr::query("done")?.as_str() {
        "accepted" => (Tone::Good, transfer::accepted(lang)),
        "account_saved" => (Tone::Good, transfer::account_saved(lang)),
        "known" => (Tone::Quiet, transfer::same_file(lang)),
        "decided_before" => (Tone::Waiting, transfer::decided_before(lang)),
        "no_such_order" => (Tone::Bad, transfer::no_such_order(lang)),
        "busy" => (Tone::Bad, errors::busy(lang)),
        _ => return None,
    };
    Some(view! { <Notice tone>{text}</Notice> })
}

/// Every line of the file that was just read.
fn result(shown: &Shown, lang: Lang) -> impl IntoView + use<> {
    let count = |wanted: &[LineStatus]| {
        let n = shown.just_read.iter().filter(|line| wanted.contains(&line.status)).count();
        i64::try_from(n).unwrap_or_default()
    };
    let n_applied = count(&[LineStatus::Applied]);
    let n_undecided = count(&[LineStatus::Open, LineStatus::Proposed]);
    let n_new = n_applied + n_undecided + count(&[LineStatus::Dismissed]);
    let title = if n_new == 0 {
        transfer::all_known(lang).to_owned()
    } else {
        transfer::read_result(n_new, n_applied, n_undecided, lang)
    };
    let rows = shown.just_read.iter().map(|line| short_line(line, lang)).collect_view();
    view! {
        <Notice tone=Tone::Good title=title>
            <ul class="statement-lines">{rows}</ul>
        </Notice>
    }
}

/// One line of a file with what became of it.
fn short_line(line: &LineRow, lang: Lang) -> impl IntoView + use<> {
    let (tone, word) = match (line.status, line.how) {
        (LineStatus::Applied, Some(DecidedHow::Number)) => (Tone::Good, transfer::by_number(lang)),
        (LineStatus::Applied, _) => (Tone::Good, transfer::by_person(lang)),
        (LineStatus::Open | LineStatus::Proposed, _) => (Tone::Waiting, transfer::undecided(lang)),
        (LineStatus::Dismissed, _) => (Tone::Quiet, transfer::dismissed(lang)),
        (LineStatus::Outgoing, _) => (Tone::Quiet, transfer::outgoing(lang)),
    };
    let order = line.order.clone();
    view! {
        <li class="statement-line" data-tone=tone.as_str()>
            <span class="statement-day">{day(line)}</span>
            <span class="statement-payer">{line.payer.clone()}</span>
            <Amount money=line.amount lang />
            <span class="statement-state">
                {word}
                {order
                    .map(|order| {
                        view! { " " <a href=paths::order(order.id)>{order.code} " " {words::buyer_data::name(&order.buyer_name, lang)}</a> }
                    })}
            </span>
        </li>
    }
}

fn day(line: &LineRow) -> String {
    format!("{}/{}", u8::from(line.booked_on.month()), line.booked_on.day())
}

/// What waits for the organizer, each line with its proposals.
fn undecided(shown: &Shown, lang: Lang) -> impl IntoView + use<> {
    let rows = shown.undecided.iter().map(|line| undecided_line(line, lang)).collect_view();
    let is_empty = shown.undecided.is_empty();
    view! {
        <section class="card" id="undecided">
            <h2 class="card-title">{transfer::open_title(lang)}</h2>
            {if is_empty {
                view! {
                    <p>
                        <b>{transfer::open_none(lang)}</b>
                    </p>
                    <p class="quiet-text">{transfer::open_none_text(lang)}</p>
                }
                    .into_any()
            } else {
                view! { <ul class="statement-todos">{rows}</ul> }.into_any()
            }}
        </section>
    }
}

fn undecided_line(line: &LineRow, lang: Lang) -> impl IntoView + use<> {
    let id = line.id.to_string();
    let proposals = line.proposals.iter().map(|it| proposal(&id, it, lang)).collect_view();
    let has_none = line.proposals.is_empty();
    let code_id = format!("code-{id}");
    view! {
        <li class="statement-todo">
            <p class="statement-head">
                <span class="statement-day">{day(line)}</span>
                <b class="statement-payer">{line.payer.clone()}</b>
                <Amount money=line.amount lang />
            </p>
            {(!line.memo.is_empty())
                .then(|| view! { <p class="quiet-text">{line.memo.clone()}</p> })}
            {has_none.then(|| view! { <p class="quiet-text">{transfer::no_proposal(lang)}</p> })}
            <ul class="statement-proposals">{proposals}</ul>
            <div class="statement-other">
                <form method="post" action=here(paths::CHOOSE_ORDER) class="field statement-choose">
                    <input type="hidden" name="line" value=id.clone() />
                    <label class="field-label" for=code_id.clone()>
                        {transfer::choose_label(lang)}
                    </label>
                    <input type="text" id=code_id name="code" autocomplete="off" maxlength="12" required=true />
                    <SubmitButton kind=ButtonKind::Secondary>{transfer::choose(lang)}</SubmitButton>
                </form>
                <ActionButton
                    action=paths::DISMISS_TRANSFER
                    fields=vec![("line", id)]
                    kind=ButtonKind::Quiet
                >
                    {transfer::dismiss(lang)}
                </ActionButton>
            </div>
        </li>
    }
}

fn proposal(line: &str, proposal: &ProposalRow, lang: Lang) -> impl IntoView + use<> {
    let reasons: Vec<&str> =
        proposal.reasons.iter().map(|reason| transfer::reason(*reason, lang)).collect();
    let fields = || vec![("line", line.to_owned()), ("order", proposal.order.id.to_string())];
    let (accepted, refused) = (fields(), fields());
    view! {
        <li class="statement-proposal">
            {order_line(&proposal.order, lang)}
            <p class="statement-reasons">{reasons.join(" · ")}</p>
            <div class="button-row">
                <ActionButton action=paths::ACCEPT_TRANSFER fields=accepted>
                    {transfer::accept(lang)}
                </ActionButton>
                <ActionButton action=paths::REFUSE_TRANSFER fields=refused kind=ButtonKind::Quiet>
                    {transfer::refuse(lang)}
                </ActionButton>
            </div>
        </li>
    }
}

fn order_line(order: &OrderRow, lang: Lang) -> impl IntoView + use<> {
    let missing = money::format(order.missing, lang);
    view! {
        <p>
            <a href=paths::order(order.id)>{order.code.clone()} " " {words::buyer_data::name(&order.buyer_name, lang)}</a>
            " " <span class="quiet-text">{order.event_title.clone()}</span> " "
            <span class="amount">{transfer::lacks(lang)} " " {missing}</span>
        </p>
    }
}

fn upload(refused: Option<String>, lang: Lang) -> impl IntoView + use<> {
    view! {
        <section class="card" id="upload">
            <h2 class="card-title">{transfer::upload_title(lang)}</h2>
            {refused
                .map(|why| {
                    view! {
                        <Notice tone=Tone::Bad title=transfer::refused_title(lang)>
                            <p>{why}</p>
                        </Notice>
                    }
                })}
            <form
                method="post"
                action=here(paths::UPLOAD_STATEMENT)
                enctype="multipart/form-data"
                class="cover-form"
            >
                <div class="field">
                    <label class="field-label" for="statement">
                        {transfer::upload_file(lang)}
                    </label>
                    <p class="field-help" id="statement-help">
                        {transfer::upload_hint(lang)}
                    </p>
                    <div class="field-control">
                        <input
                            type="file"
                            id="statement"
                            name="statement"
                            accept=".csv,.txt,.dat,.api,text/csv,text/plain"
                            required=true
                            aria-describedby="statement-help"
                        />
                    </div>
                </div>
                <SubmitButton>{transfer::upload_button(lang)}</SubmitButton>
            </form>
        </section>
    }
}

fn account(shown: &Shown, lang: Lang) -> impl IntoView + use<> {
    let line = shown.account.as_ref().map(|receiving| {
        let account = &receiving.account;
        format!(
            "{} {} {} {} {}",
            receiving.bank_name,
            receiving.branch_name,
            bank::account_kind(account.kind, lang),
            account.number,
            account.holder
        )
    });
    view! {
        <Card title=transfer::account_title(lang)>
            <div class="more-row">
                <p>{line.unwrap_or_else(|| transfer::account_none(lang).to_owned())}</p>
                {Allowed::may(Permission::ManageBankAccounts)
                    .then(|| {
                        view! {
                            <LinkButton
                                href=paths::RECEIVING_ACCOUNT.to_owned()
                                kind=ButtonKind::Secondary
                            >
                                {transfer::account_edit(lang)}
                            </LinkButton>
                        }
                    })}
            </div>
        </Card>
    }
}

fn decided(shown: &Shown, lang: Lang) -> impl IntoView + use<> {
    let rows = shown.decided.iter().map(|line| short_line(line, lang)).collect_view();
    (!shown.decided.is_empty()).then(|| {
        view! {
            <Card title=transfer::decided_title(lang)>
                <ul class="statement-lines">{rows}</ul>
            </Card>
        }
    })
}

fn history(shown: &Shown, lang: Lang) -> impl IntoView + use<> {
    let rows = shown.imports.iter().map(|import| import_row(import, lang)).collect_view();
    let is_empty = shown.imports.is_empty();
    view! {
        <Card title=transfer::history_title(lang)>
            {if is_empty {
                view! { <p class="quiet-text">{transfer::history_none(lang)}</p> }.into_any()
            } else {
                view! { <ul class="statement-lines">{rows}</ul> }.into_any()
            }}
        </Card>
    }
}

fn import_row(import: &ImportRow, lang: Lang) -> impl IntoView + use<> {
    let at = date::short_time(import.created_at, domain::time_zone::JAPAN);
    let text =
        transfer::read_result(import.n_new.into(), import.n_applied, import.n_undecided, lang);
    view! {
        <li class="statement-import">
            <a href=paths::statement_lines(import.id)>{import.file_name.clone()}</a>
            <span class="quiet-text">{at} " " {import.account.clone()}</span>
            <span>{text}</span>
        </li>
    }
}
