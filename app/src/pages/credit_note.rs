//! A credit note as a sheet of paper, for the buyer by the personal link and for the organizer; made to be printed.

use domain::ids::OrderId;
use domain::tax::TaxPart;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::access::buyer_access;
use operations::refunds::credit_note::{
    CreditNote, CreditNoteError, list_for_buyer, list_for_organizer,
};
use words::lang::Lang;
use words::{credit_note, date, money};

use crate::components::amount::Amount;
use crate::components::card::Card;
use crate::error::AppError;
use crate::pages::frame::ParticipantPage;
use crate::pages::participant::personal_link;
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

/// The note of a personal link.
#[component]
pub fn BuyerCreditNotePage() -> impl IntoView {
    Suspend::new(async move {
        ssr::keep_private();
        let (token, lang) = (ssr::param("token"), ssr::lang());
        match for_buyer(&token).await {
            Ok(note) => sheet(&note, paths::order_status(&token), lang).into_any(),
            Err(error) => personal_link::refuse(&token, error).await,
        }
    })
}

async fn for_buyer(token: &str) -> Result<CreditNote, AppError> {
    let access = buyer_access(&ssr::deps(), token).await?;
    pick(list_for_buyer(&ssr::deps(), &access).await?)
}

/// The same for the organizer.
#[component]
pub fn OrganizerCreditNotePage() -> impl IntoView {
    let order: Result<OrderId, _> = ssr::param("order").parse();
    page_for_member(Permission::ViewOrders, on_path("order", On::Order), move |member| async move {
        let order = order.map_err(|_| AppError::NotFound)?;
        let note = pick(list_for_organizer(&member.deps, &member.access, order).await?)?;
        Ok(sheet(&note, paths::order(order), member.lang).into_any())
    })
}

/// The note whose number stands in the address.
fn pick(notes: Vec<CreditNote>) -> Result<CreditNote, AppError> {
    let number = ssr::param("number");
    let found = notes.into_iter().find(|note| note.number.to_string() == number);
    found.ok_or(AppError::NotFound)
}

impl From<CreditNoteError> for AppError {
    fn from(error: CreditNoteError) -> Self {
        match error {
            CreditNoteError::NotFound => Self::NotFound,
            CreditNoteError::Unexpected(error) => ssr::unexpected(error),
        }
    }
}

/// Links to the notes of an order; nothing where there is none.
pub(super) fn list(
    notes: &[CreditNote],
    href: impl Fn(&str) -> String,
    lang: Lang,
) -> Option<AnyView> {
    if notes.is_empty() {
        return None;
    }
    let rows = notes
        .iter()
        .map(|note| {
            let number = note.number.to_string();
            view! {
                <li class="note-link">
                    <a href=href(&number)>{number.clone()}</a>
                    <time datetime=date::machine(note.returned_at)>
                        {date::full_day(note.returned_at, &note.time_zone, lang)}
                    </time>
                    <Amount money=note.amount lang />
                </li>
            }
        })
        .collect_view();
    Some(
        view! {
            <Card title=credit_note::list_title(lang)>
                <ul class="note-links">{rows}</ul>
            </Card>
        }
        .into_any(),
    )
}

fn sheet(note: &CreditNote, back: String, lang: Lang) -> impl IntoView + use<> {
    let title = match note.registration_number {
        Some(_) => credit_note::qualified_title(lang),
        None => credit_note::title(lang),
    };
    let head = format!("{title} {}", note.number);
    let paper = paper(note, title, lang).into_any();
    view! {
        <Title text=head />
        <Meta name="robots" content="noindex" />
        <ParticipantPage>
            <div class="paper-page">
                <p class="crumbs no-print">
                    <a href=back>"← " {credit_note::to_order(lang)}</a>
                </p>
                {paper} <p class="quiet-text no-print">{credit_note::print_hint(lang)}</p>
            </div>
        </ParticipantPage>
    }
}

fn paper(note: &CreditNote, title: &'static str, lang: Lang) -> impl IntoView + use<> {
    let day = |at| date::full_day(at, &note.time_zone, lang);
    let fact = |word: &'static str, value: String| {
        view! {
            <div>
                <dt>{word}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let registration = note.registration_number.clone();
    let sale = format!("{} {}", day(note.sold_at), note.event_title);
    view! {
        <article class="card paper">
            <header class="paper-head">
                <h1>{title}</h1>
                <dl class="facts-list">
                    {fact(credit_note::number(lang), note.number.to_string())}
                    {fact(credit_note::issued(lang), day(note.returned_at))}
                </dl>
            </header>
            <p class="paper-to">{credit_note::addressee(&note.buyer_name, lang)}</p>
            <p>{credit_note::lead(lang)}</p>
            <p class="cancel-total">
                <Amount money=note.amount lang />
            </p>
            {parts(note, lang)} <dl class="facts-list">
                {fact(credit_note::returned(lang), day(note.returned_at))}
                {fact(credit_note::sold(lang), sale)}
                {fact(credit_note::content(lang), credit_note::participation(lang).to_owned())}
                {fact(credit_note::order(lang), note.order_code.clone())}
                {fact(credit_note::issuer(lang), note.issuer_name.clone())}
                {registration.map(|it| fact(credit_note::registration(lang), it))}
            </dl>
        </article>
    }
}

fn parts(note: &CreditNote, lang: Lang) -> impl IntoView + use<> {
    let row = |part: &TaxPart| {
        view! {
            <tr>
                <th scope="row">{credit_note::rate_word(part.rate, lang)}</th>
                <td class="amount">{money::format(part.gross, lang)}</td>
                <td class="amount">{money::format(part.tax, lang)}</td>
            </tr>
        }
    };
    let rows = note.parts.iter().map(row).collect_view();
    view! {
        <table class="parts-table paper-parts">
            <thead>
                <tr>
                    <th scope="col">{credit_note::rate(lang)}</th>
                    <th scope="col" class="amount">
                        {credit_note::gross(lang)}
                    </th>
                    <th scope="col" class="amount">
                        {credit_note::tax(lang)}
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
