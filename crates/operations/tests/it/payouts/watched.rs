//! A payout as a process: its timeline, and the alert when a step takes too long.

use super::*;
use domain::process::{ProcessState, StepName, StepState, Timeline};
use operations::PlacesGuard;
use operations::clock::Clock;
use operations::processes::told;
use operations::watch::watch;
use time::{Duration, OffsetDateTime};

/// Whose alerts are open: the organizer's, or the platform's.
const OPEN: &str = "select coalesce(string_agg(rule || case when organizer_id is null then ' platform' else ' organizer' end,
                        ', ' order by rule), '') from alerts where resolved_at is null and rule = 'payout.stuck'";

async fn standing() -> World {
    let clock = Clock::standing_at(OffsetDateTime::now_utc() + Duration::SECOND);
    world_in(TestApp::start_with(PlacesGuard::On, clock).await).await
}

impl World {
    async fn after(&self, days: i64) -> String {
        self.app.deps.clock.advance(Duration::days(days));
        watch(&self.app.deps).await.unwrap();
        self.app.look(OPEN).await
    }

    async fn timeline(&self, payout: PayoutId) -> Timeline {
        told::payout(&show::payout(&self.app.deps, &self.access, payout).await.unwrap())
    }
}

fn states(timeline: &Timeline) -> Vec<(StepName, StepState)> {
    timeline.steps.iter().map(|step| (step.name, step.state)).collect()
}

#[tokio::test]
async fn a_payout_that_does_not_move_on_is_told_to_who_can_move_it() {
    let world = standing().await;
    let deps = &world.app.deps;
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    assert_eq!(world.after(6).await, "");
    assert_eq!(world.after(2).await, "payout.stuck organizer");
    let code = "select observed->>'code' = (select code from payouts) from alerts where rule = 'payout.stuck'";
    assert_eq!(world.app.look(code).await, "true");
    assert_eq!(world.after(1).await, "payout.stuck organizer");
    let told = "select count(*) from alerts where rule = 'payout.stuck'";
    assert_eq!(world.app.look(told).await, "1", "it is told once");
    let overdue = world.timeline(payout).await.steps;
    let overdue: Vec<_> = overdue.iter().filter(|it| it.is_overdue).map(|it| it.name).collect();
    assert_eq!(overdue, [StepName::ApprovePayout]);

    approve_payout(deps, &world.second, payout, None).await.unwrap();
    assert_eq!(world.after(0).await, "", "the next step was taken");
    assert_eq!(world.after(8).await, "payout.stuck platform");

    let on = domain::business_day::after(deps.clock.now().date(), 10);
    submit_payouts(deps, &world.administrator, &[payout], on).await.unwrap();
    assert_eq!(world.after(8).await, "", "the day of the transfer is to come");
    let until = (on - deps.clock.now().date()).whole_days();
    assert_eq!(world.after(until + 6).await, "");
    assert_eq!(world.after(3).await, "payout.stuck platform");
    world.record(payout, BankOutcome::Paid).await.unwrap();
    assert_eq!(world.after(0).await, "");
}

#[tokio::test]
async fn a_payouts_way_is_told_step_by_step() {
    use StepName::{ApprovePayout, AwaitBank, MakePayable, SetAside, TellBank};
    use StepState::{Done, Failed, Running, Skipped, TakenBack, Waiting};
    let world = world().await;
    let deps = &world.app.deps;
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    let draft = world.timeline(payout).await;
    let waits =
        [(SetAside, Done), (ApprovePayout, Running), (TellBank, Waiting), (AwaitBank, Waiting)];
    assert_eq!((states(&draft).as_slice(), draft.state), (&waits[..], ProcessState::Running));
    cancel_payout(deps, &world.second, payout).await.unwrap();
    let cancelled = world.timeline(payout).await;
    assert_eq!(cancelled.state, ProcessState::TakenBack);
    let back = [
        (SetAside, TakenBack),
        (ApprovePayout, Skipped),
        (TellBank, Skipped),
        (AwaitBank, Skipped),
        (MakePayable, Done),
    ];
    assert_eq!(states(&cancelled), back);

    let refused = world.submitted().await;
    let sent = [(SetAside, Done), (ApprovePayout, Done), (TellBank, Done), (AwaitBank, Running)];
    assert_eq!(states(&world.timeline(refused).await), sent);
    world.record(refused, BankOutcome::Failed).await.unwrap();
    let failed = world.timeline(refused).await;
    assert_eq!(failed.state, ProcessState::TakenBack);
    assert_eq!(states(&failed)[3..], [(AwaitBank, Failed), (MakePayable, Done)]);

    let paid = world.submitted().await;
    world.record(paid, BankOutcome::Paid).await.unwrap();
    let arrived = world.timeline(paid).await;
    assert_eq!((arrived.state, arrived.steps.len()), (ProcessState::Succeeded, 4));
    world.record(paid, BankOutcome::Returned).await.unwrap();
    let returned = world.timeline(paid).await;
    assert_eq!(returned.state, ProcessState::TakenBack);
    assert_eq!(states(&returned)[3..], [(AwaitBank, Done), (MakePayable, Done)]);
}
