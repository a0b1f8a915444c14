-- Calling off a whole event: progress of long processes that have no row of their own, the decision, one row per order.
-- Creates tables; widens two checks (a moment's exclusive lock on events and mails, and a scan of both).

alter table events add column cancelled_at timestamptz;
-- What participants read.
alter table events add column cancel_reason text not null default '';
alter table events drop constraint events_status_check;
alter table events add constraint events_status_check check (status in ('draft', 'published', 'closed', 'cancelled'));
alter table events add constraint events_cancelled_at_check check ((status = 'cancelled') = (cancelled_at is not null));

alter table mails drop constraint mails_kind_check;
alter table mails add constraint mails_kind_check check (kind in
    ('login_link', 'order_received', 'payment_instructions', 'order_paid', 'refunded', 'credit_returned',
     'order_cancelled', 'order_expired', 'event_cancelled'));

-- A process that no other row tells the progress of. Orders, payments and refunds do, and are not repeated here.
create table processes (
    process_id uuid primary key,
    kind text not null,
    organizer_id uuid not null references organizers,
    event_id uuid not null references events,
    status text not null default 'running',
    -- Who began it: what it does is done in their name.
    actor_kind text not null,
    actor_id uuid,
    started_at timestamptz not null,
    finished_at timestamptz,
    -- When the sweeper looks at it again.
    look_at timestamptz not null,
    constraint processes_kind_check check (kind in ('event_cancellation')),
    constraint processes_status_check check (status in ('running', 'succeeded')),
    constraint processes_finished_at_check check ((status = 'succeeded') = (finished_at is not null)),
    -- One run per event, whoever presses at once.
    constraint processes_event_key unique (kind, event_id)
);
create index processes_look_at_idx on processes (look_at) where status = 'running';

create table process_steps (
    process_id uuid not null references processes,
    step text not null,
    position integer not null,
    state text not null default 'waiting',
    started_at timestamptz,
    finished_at timestamptz,
    primary key (process_id, step),
    constraint process_steps_step_check check (step in ('close_sales', 'list_orders', 'end_orders', 'await_refunds')),
    constraint process_steps_state_check check (state in ('waiting', 'running', 'done', 'failed')),
    constraint process_steps_finished_at_check check ((state = 'done') = (finished_at is not null))
);

-- What was decided when an event was called off; it does not change afterwards.
create table event_cancellations (
    process_id uuid primary key references processes,
    event_id uuid not null references events,
    currency char(3) not null,
    -- Kept of what is returned, for costs that arose already.
    fee_basis_points integer not null default 0,
    fee_per_ticket_minor bigint not null default 0,
    -- Only these come back; none means everything.
    ticket_type_ids uuid[],
    constraint event_cancellations_event_key unique (event_id),
    constraint event_cancellations_fee_check
        check (fee_basis_points between 0 and 10000 and fee_per_ticket_minor >= 0)
);
create trigger event_cancellations_append_only before update or delete on event_cancellations
    for each row execute function refuse_change();

-- One row per order that stood when the event was called off.
create table event_cancellation_orders (
    process_id uuid not null references processes,
    order_id uuid not null references orders,
    -- Orders of one batch are one job.
    batch integer not null,
    status text not null default 'waiting',
    outcome text,
    -- What this run gives back of the order's money.
    due_minor bigint not null default 0,
    attempts integer not null default 0,
    failure_code text,
    updated_at timestamptz not null,
    primary key (process_id, order_id),
    constraint event_cancellation_orders_status_check check (status in ('waiting', 'done', 'failed')),
    constraint event_cancellation_orders_outcome_check
        check (outcome in ('refunded', 'unpaid', 'nothing_due', 'ended_before')),
    constraint event_cancellation_orders_done_check check ((status = 'done') = (outcome is not null)),
    constraint event_cancellation_orders_due_check check (due_minor >= 0)
);
create index event_cancellation_orders_batch_idx on event_cancellation_orders (process_id, batch)
    where status = 'waiting';
create index event_cancellation_orders_order_id_idx on event_cancellation_orders (order_id);

-- Which refunds this run asked for. How far they are stands on the refunds.
create table event_cancellation_refunds (
    refund_id uuid primary key references refunds,
    process_id uuid not null,
    order_id uuid not null,
    foreign key (process_id, order_id) references event_cancellation_orders
);
create index event_cancellation_refunds_order_idx on event_cancellation_refunds (process_id, order_id);
