//! A long process, step by step: what is done, what runs, what was taken back.

use domain::process::{Timeline, TimelineStep};
use leptos::prelude::*;
use words::lang::Lang;
use words::{date, process};

use crate::components::status_badge::StatusBadge;

/// The steps of a process with their states and times.
#[component]
pub fn ProcessTimeline(timeline: Timeline, time_zone: String, lang: Lang) -> impl IntoView {
    let kind = timeline.kind.as_str();
    let rows = timeline.steps.iter().map(|it| step(it, &time_zone, lang)).collect_view();
    view! {
        <div class="process" data-process=kind data-state=timeline.state.as_str()>
            <p class="process-head">
                <b>{process::kind(timeline.kind, lang)}</b>
                <StatusBadge status=process::process(timeline.state, lang) />
            </p>
            <ol class="steps">{rows}</ol>
        </div>
    }
}

fn step(step: &TimelineStep, time_zone: &str, lang: Lang) -> impl IntoView + use<> {
    let state = process::state(step.state, lang);
    let at = step.at.map(|at| (date::machine(at), date::short_time(at, time_zone)));
    view! {
        <li class="step" data-state=state.status>
            <span class="step-sign" data-tone=state.tone.as_str() aria-hidden="true">
                {state.sign}
            </span>
            <span class="step-name">{process::step(step.name, lang)}</span>
            <span class="step-state">
                {state.word} {at.map(|(machine, at)| view! { " " <time datetime=machine>{at}</time> })}
                {step
                    .is_overdue
                    .then(|| view! { <strong class="step-overdue">{process::overdue(lang)}</strong> })}
            </span>
        </li>
    }
}
