-- The watch: alerts to the contract of consistency alerts, its own memory, and a fair order of asking the provider.
-- Expand step: columns with defaults and small tables. The index on open payments is replaced on few rows; the BRIN
-- indexes cost a write next to nothing, since these tables only grow at their end.

-- An alert without an organizer is for administrators.
alter table alerts alter column organizer_id drop not null;
alter table alerts
    -- Who noticed: the recording of money, the watch, the nightly check.
    add column source text not null default 'record',
    -- What we saw and what should be; stable while the matter is the same.
    add column observed jsonb not null default '{}',
    add column expected jsonb not null default '{}',
    add column refund_id uuid references refunds,
    add column resolution text,
    add column resolved_by uuid references users,
    add column note text not null default '',
    -- When audit log, stream and operators heard that it was raised, and the audit log that it was closed.
    add column told_at timestamptz,
    add column mailed_at timestamptz,
    add column closing_told_at timestamptz;
update alerts
set told_at = raised_at, mailed_at = raised_at, closing_told_at = resolved_at,
    resolution = case when resolved_at is not null then 'itself' end;
alter table alerts
    add constraint alerts_source_check check (source in ('record', 'watch', 'check')),
    add constraint alerts_resolution_check check (resolution in ('itself', 'accepted')),
    add constraint alerts_resolved_check check ((resolved_at is null) = (resolution is null));
create index alerts_organizer_id_alert_id_idx on alerts (organizer_id, alert_id desc);
create index alerts_open_rule_idx on alerts (rule) where resolved_at is null;
create index alerts_open_event_idx on alerts (event_id) where resolved_at is null;
create index alerts_payment_id_idx on alerts (payment_id);
create index alerts_untold_idx on alerts (raised_at) where told_at is null;
create index alerts_unmailed_idx on alerts (told_at) where mailed_at is null and resolved_at is null;
create index alerts_untold_closing_idx on alerts (resolved_at) where resolved_at is not null and closing_told_at is null;

-- What recurs, once per cluster: who claims its row does it.
create table recurring_work (
    name text primary key,
    begun_at timestamptz not null,
    ended_at timestamptz,
    outcome jsonb not null default '{}'
);

-- Up to where the watch has seen everything.
create table watch_cursors (
    name text primary key,
    seen_until timestamptz not null
);

-- How long it took from the provider's capture to our commit, counted once per payment.
create table reflection_counts (
    day date not null,
    -- The upper bound of the bucket; the last one, 2147483647, has none.
    seconds_max integer not null,
    n_payments bigint not null,
    seconds_sum bigint not null,
    primary key (day, seconds_max)
);

create index ledger_transactions_created_at_idx on ledger_transactions using brin (created_at) with (pages_per_range = 16);
create index webhook_events_received_at_idx on webhook_events using brin (received_at) with (pages_per_range = 16);
create index mails_failed_idx on mails (mail_id) where status = 'failed';

-- When the sweeper last wanted the provider asked, whether or not an answer came.
alter table payments add column asked_at timestamptz;
drop index payments_open_idx;
create index payments_open_idx on payments ((coalesce(asked_at, synced_at, created_at)))
    where status in ('created', 'pending', 'authorized');

-- One kind of mail more, whatever kinds there are by now.
do $$
declare
    kinds text;
begin
    select string_agg(distinct quote_literal(word[1]), ', ') into kinds
    from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') as word
    where conname = 'mails_kind_check';
    alter table mails drop constraint mails_kind_check;
    execute format('alter table mails add constraint mails_kind_check check (kind in (%s, %L))', kinds, 'alert_digest');
end $$;
