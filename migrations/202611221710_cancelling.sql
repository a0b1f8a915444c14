-- Cancelling: what an event says about it, frozen onto each order; tickets that ended with their fees; return requests.
-- Expand step: new tables, and new columns that are empty or have a default. Adding them holds each table for a moment.

-- The policy as versioned JSON (`domain::cancel_policy`). Nobody cancels a paid order unless the organizer says so.
alter table events add column cancel_policy jsonb not null
    default '{"version": 1, "mode": "closed", "general": {"steps": [], "after": null}}';

-- The policy as it was sold, with the start it counts from; empty for orders from before there were policies.
alter table orders add column cancel_policy jsonb;

create function keep_cancel_policy() returns trigger language plpgsql as $$
begin
    raise exception 'what was sold with order % stays as it is', old.order_id
        using errcode = 'restrict_violation', constraint = 'orders_cancel_policy_kept';
end $$;
create trigger orders_cancel_policy_kept before update of cancel_policy on orders
    for each row when (old.cancel_policy is distinct from new.cancel_policy) execute function keep_cancel_policy();

-- A participant asks to cancel; the organizer decides.
create table return_requests (
    return_request_id uuid primary key,
    order_id uuid not null references orders,
    organizer_id uuid not null references organizers,
    event_id uuid not null references events,
    status text not null default 'requested',
    -- What the participant wrote, and what the organizer answered.
    note text not null default '',
    answer text not null default '',
    decided_by uuid references users,
    created_at timestamptz not null,
    decided_at timestamptz,
    completed_at timestamptz,
    constraint return_requests_status_check check (status in ('requested', 'approved', 'rejected', 'completed'))
);
-- One open wish per order.
create unique index return_requests_open_key on return_requests (order_id) where status = 'requested';
create index return_requests_order_id_idx on return_requests (order_id);
create index return_requests_event_id_idx on return_requests (event_id, return_request_id desc);

create table return_request_tickets (
    return_request_id uuid not null references return_requests,
    ticket_id uuid not null references tickets,
    primary key (return_request_id, ticket_id)
);

-- Tickets of a paid or free order that ended before their event: who did it, what was kept, what goes back.
create table cancellations (
    cancellation_id uuid primary key,
    order_id uuid not null references orders,
    organizer_id uuid not null references organizers,
    event_id uuid not null references events,
    actor_kind text not null,
    actor_id uuid,
    return_request_id uuid references return_requests,
    refund_id uuid references refunds,
    currency char(3) not null,
    -- Kept by the organizer.
    fee_minor bigint not null,
    -- What the policy would have kept and the organizer let go.
    waived_minor bigint not null,
    -- What goes back, by the refund.
    back_minor bigint not null,
    reason text not null default '',
    created_at timestamptz not null,
    constraint cancellations_amounts_check check (fee_minor >= 0 and waived_minor >= 0 and back_minor >= 0),
    constraint cancellations_refund_check check ((back_minor > 0) = (refund_id is not null))
);
create index cancellations_order_id_idx on cancellations (order_id);
create index cancellations_event_id_idx on cancellations (event_id);
create index cancellations_refund_id_idx on cancellations (refund_id);
create trigger cancellations_append_only before update or delete on cancellations
    for each row execute function refuse_change();

alter table tickets add column cancellation_id uuid references cancellations;
-- What was kept of the ticket's price.
alter table tickets add column cancel_fee_minor bigint;
alter table tickets add constraint tickets_cancellation_check check
    ((cancellation_id is null) = (cancel_fee_minor is null)
     and (cancellation_id is null or (status = 'void' and cancel_fee_minor >= 0)));
create index tickets_cancellation_id_idx on tickets (cancellation_id) where cancellation_id is not null;

do $$
declare kinds text;
begin
    -- What is there stays: others add kinds of mails too.
    select string_agg(quote_literal(word[1]), ', ') into kinds
    from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') as word
    where conname = 'mails_kind_check';
    alter table mails drop constraint mails_kind_check;
    execute format(
        'alter table mails add constraint mails_kind_check check (kind in (%s, %L, %L, %L, %L))',
        kinds, 'tickets_cancelled', 'return_requested', 'return_rejected', 'return_to_decide');
end $$;
