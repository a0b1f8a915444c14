-- Outgoing webhooks: receivers, deliveries with their attempts, and a place in the outbox that no late commit slips past.
-- Expand: new tables; a column on outbox_messages whose default is evaluated once (no rewrite). Building the index holds
-- writes to the outbox back for as long as it takes to read the table.

-- Which transaction wrote the message. Numbers of messages are given before commits, so a message with a smaller number
-- can appear later; but once every transaction below some id has ended, nothing with an id below it can appear any more.
alter table outbox_messages add column written_in xid8 not null default pg_current_xact_id();
create index outbox_messages_written_in_idx on outbox_messages (written_in, outbox_message_id);

-- How far each reader of the outbox is: in the order of (written_in, outbox_message_id), below the oldest transaction
-- that was still running when it looked.
create table outbox_cursors (
    reader text primary key,
    written_in xid8 not null,
    outbox_message_id bigint not null,
    -- After a move to another cluster, whose transactions count from the beginning again: what is not read once more.
    floor bigint not null default 0
);
-- What is there already stays unsent.
insert into outbox_cursors (reader, written_in, outbox_message_id)
values ('webhooks', pg_current_xact_id(), 9223372036854775807);

create table webhook_endpoints (
    webhook_endpoint_id uuid primary key,
    organizer_id uuid not null references organizers,
    url text not null,
    description text not null default '',
    topics text[] not null,
    -- Sealed (operations::sealed); bound to the endpoint.
    secret bytea not null,
    -- The one before, which signs too until then.
    old_secret bytea,
    old_secret_until timestamptz,
    created_by uuid references users,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- Since when every attempt failed; none while it works.
    failing_since timestamptz,
    disabled_at timestamptz,
    disabled_reason text,
    removed_at timestamptz,
    constraint webhook_endpoints_topics_check check (cardinality(topics) > 0),
    constraint webhook_endpoints_disabled_check check
        ((disabled_at is null) = (disabled_reason is null) and disabled_reason in ('by_hand', 'failing', 'gone'))
);
create index webhook_endpoints_organizer_id_idx on webhook_endpoints (organizer_id) where removed_at is null;
create index webhook_endpoints_active_idx on webhook_endpoints (webhook_endpoint_id)
    where removed_at is null and disabled_at is null;

create table webhook_deliveries (
    webhook_delivery_id uuid primary key,
    webhook_endpoint_id uuid not null references webhook_endpoints,
    outbox_message_id bigint not null references outbox_messages,
    -- What receivers know the fact by; the same in every attempt, after a resend, and for every receiver.
    message_id uuid not null,
    topic text not null,
    status text not null default 'pending',
    -- All of them; the last one's ordinal.
    n_attempts integer not null default 0,
    -- Those since it was made or sent again: the place in the schedule.
    n_in_round integer not null default 0,
    next_attempt_at timestamptz not null,
    lease_token uuid,
    lease_until timestamptz,
    created_at timestamptz not null,
    delivered_at timestamptz,
    constraint webhook_deliveries_message_key unique (webhook_endpoint_id, outbox_message_id),
    constraint webhook_deliveries_status_check check (status in ('pending', 'delivered', 'failed'))
);
create index webhook_deliveries_due_idx on webhook_deliveries (webhook_endpoint_id, next_attempt_at)
    where status = 'pending';
create index webhook_deliveries_leased_idx on webhook_deliveries (webhook_endpoint_id) where lease_token is not null;
create index webhook_deliveries_created_at_idx on webhook_deliveries (created_at);
create index webhook_deliveries_log_idx on webhook_deliveries (webhook_endpoint_id, webhook_delivery_id desc);

create table webhook_attempts (
    webhook_delivery_id uuid not null references webhook_deliveries on delete cascade,
    ordinal integer not null,
    outcome text not null,
    response_status integer,
    -- The beginning of it.
    response_body text not null default '',
    took_ms integer not null,
    at timestamptz not null,
    primary key (webhook_delivery_id, ordinal),
    constraint webhook_attempts_outcome_check check (outcome in
        ('accepted', 'refused', 'redirected', 'timed_out', 'unreachable', 'private_address', 'unsigned'))
);

-- One more kind of mail beside those that the constraint allows at this moment, whichever migrations ran before.
do $$
declare
    kinds text;
begin
    select string_agg(quote_literal(kind), ', ') into kinds
    from (
        select (regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g'))[1] as kind
        from pg_constraint where conname = 'mails_kind_check'
        union
        select 'webhook_disabled'
    ) known;
    alter table mails drop constraint mails_kind_check;
    execute format('alter table mails add constraint mails_kind_check check (kind in (%s))', kinds);
end $$;
