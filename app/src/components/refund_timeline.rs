//! A story as a line of points: what happened with its time, then what is still to come.

use domain::refund_story::Line;
use leptos::prelude::*;
use words::lang::Lang;
use words::{date, refunds};

/// The story of a refund. Done and still to come are told apart by sign and word, not by colour alone.
#[component]
pub fn RefundTimeline(story: Vec<Line>, zone: String, lang: Lang) -> impl IntoView {
    let n_done = story.iter().filter(|line| line.at.is_some()).count();
    let has_more = n_done < story.len();
    let items = story
        .into_iter()
        .enumerate()
        .map(|(i, line)| {
            let is_now = has_more && i == n_done;
            let state = match line.at {
                Some(_) => "done",
                None if is_now => "next",
                None => "ahead",
            };
            let text = refunds::milestone(line.milestone, line.at.is_some(), lang);
            let time = line.at.map(|at| (date::machine(at), date::day_time(at, &zone, lang)));
            view! {
                <li data-state=state aria-current=is_now.then_some("step")>
                    <span class="timeline-text">{text}</span>
                    {time
                        .map(|(machine, shown)| {
                            view! {
                                <time class="timeline-time" datetime=machine>
                                    {shown}
                                </time>
                            }
                        })}
                    {is_now
                        .then(|| {
                            view! { <span class="timeline-time">{refunds::story_next(lang)}</span> }
                        })}
                </li>
            }
        })
        .collect_view();
    view! {
        <ol class="timeline" aria-label=refunds::story_title(lang)>
            {items}
        </ol>
    }
}
