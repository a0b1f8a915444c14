-- What moves things: the webhook inbox, jobs, mails, idempotency keys, the outbox of facts, the audit log, alerts.
-- First release: creates tables only, locks nothing anyone uses.

-- Every message of a provider, as it came, before anybody reads it.
create table webhook_events (
    webhook_event_id uuid primary key,
    provider text not null,
    provider_event_id text not null,
    kind text not null,
    body bytea not null,
    payment_id uuid references payments,
    status text not null default 'received',
    -- How often it was delivered; the first delivery is kept.
    n_deliveries integer not null default 1,
    received_at timestamptz not null,
    processed_at timestamptz,
    note text not null default '',
    constraint webhook_events_provider_event_key unique (provider, provider_event_id),
    constraint webhook_events_status_check check (status in ('received', 'processed', 'ignored'))
);
create index webhook_events_payment_id_idx on webhook_events (payment_id);

-- Work to do later, born in the transaction that causes it. A finished job is deleted; a dead one stays to be seen.
create table jobs (
    job_id uuid primary key,
    kind text not null,
    payload jsonb not null,
    -- At most one waiting job per key: the same wish twice is one wish.
    dedupe_key text,
    run_at timestamptz not null,
    attempts integer not null default 0,
    attempts_max integer not null,
    -- Who works on it, until when. A worker whose lease was taken over finishes nothing.
    lease_token uuid,
    lease_until timestamptz,
    last_error text,
    created_at timestamptz not null,
    dead_at timestamptz
);
create index jobs_ready_idx on jobs (run_at) where dead_at is null;
create unique index jobs_dedupe_key_key on jobs (dedupe_key) where dead_at is null and lease_token is null;
create index jobs_dead_idx on jobs (dead_at) where dead_at is not null;

create table mails (
    mail_id uuid primary key,
    organizer_id uuid references organizers,
    order_id uuid references orders,
    kind text not null,
    -- The same mail is written once, whatever is repeated.
    dedupe_key text not null,
    recipient text not null,
    locale text not null,
    subject text not null,
    text_body text not null,
    html_body text not null,
    status text not null default 'queued',
    created_at timestamptz not null,
    sent_at timestamptz,
    last_error text,
    constraint mails_dedupe_key_key unique (dedupe_key),
    constraint mails_status_check check (status in ('queued', 'sent', 'failed'))
);
create index mails_order_id_idx on mails (order_id);
create index mails_created_at_idx on mails (created_at);

create table idempotency_keys (
    -- Whose key it is: an organizer's, an order's.
    scope text not null,
    key text not null,
    request_hash bytea not null,
    -- What it made (an id), and how it was answered; empty while the first request is under way.
    answer jsonb,
    -- A request that died leaves its key free again after this time.
    locked_until timestamptz not null,
    created_at timestamptz not null,
    primary key (scope, key)
);
create index idempotency_keys_created_at_idx on idempotency_keys (created_at);

-- Facts of the domain in the order they were committed by: for live pages now, webhooks and streams later.
create table outbox_messages (
    outbox_message_id bigint generated always as identity primary key,
    topic text not null,
    key text not null,
    organizer_id uuid not null references organizers,
    event_id uuid references events,
    order_id uuid references orders,
    payload jsonb not null,
    created_at timestamptz not null
);
create index outbox_messages_event_id_idx on outbox_messages (event_id, outbox_message_id desc);

create table audit_entries (
    audit_entry_id uuid primary key,
    organizer_id uuid references organizers,
    event_id uuid references events,
    order_id uuid references orders,
    -- user, api_key, buyer, provider, system; with the id of the one where there is one.
    actor_kind text not null,
    actor_id uuid,
    action text not null,
    detail jsonb not null default '{}',
    created_at timestamptz not null
);
create index audit_entries_order_id_idx on audit_entries (order_id, audit_entry_id);
create index audit_entries_event_id_idx on audit_entries (event_id, audit_entry_id desc);
create index audit_entries_organizer_id_idx on audit_entries (organizer_id, audit_entry_id desc);
create trigger audit_entries_append_only before update or delete on audit_entries
    for each row execute function refuse_change();

-- Something that does not add up, in plain words, with what to do; one open line per matter.
create table alerts (
    alert_id uuid primary key,
    rule text not null,
    dedupe_key text not null,
    organizer_id uuid not null references organizers,
    event_id uuid references events,
    order_id uuid references orders,
    payment_id uuid references payments,
    detail jsonb not null default '{}',
    raised_at timestamptz not null,
    resolved_at timestamptz,
    constraint alerts_dedupe_key_key unique (dedupe_key)
);
create index alerts_organizer_id_idx on alerts (organizer_id) where resolved_at is null;
