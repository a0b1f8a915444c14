-- What is sold: files, events, their autosaved drafts, quotas, ticket types.
-- First release: creates tables only, locks nothing anyone uses.

create table files (
    file_id uuid primary key,
    organizer_id uuid not null references organizers,
    content_type text not null,
    n_bytes bigint not null,
    width integer not null,
    height integer not null,
    created_at timestamptz not null
);

create table events (
    event_id uuid primary key,
    organizer_id uuid not null references organizers,
    slug text not null,
    status text not null default 'draft',
    visibility text not null default 'unlisted',
    title text not null default '',
    description_markdown text not null default '',
    place_name text not null default '',
    place_address text not null default '',
    starts_at timestamptz,
    ends_at timestamptz,
    time_zone text not null default 'Asia/Tokyo',
    currency char(3) not null default 'JPY',
    methods text[] not null default '{credit_card,konbini,paypay}',
    cover_file_id uuid references files,
    -- The event's own number of places over all ticket types; none means no limit of its own.
    capacity integer,
    -- Grows with every change, so that two people editing do not overwrite each other unseen.
    version bigint not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    published_at timestamptz,
    closed_at timestamptz,
    constraint events_slug_key unique (slug),
    constraint events_status_check check (status in ('draft', 'published', 'closed')),
    constraint events_visibility_check check (visibility in ('public', 'unlisted')),
    constraint events_capacity_check check (capacity >= 0)
);
create index events_organizer_id_idx on events (organizer_id, event_id desc);

-- What an organizer typed and did not save yet; the form's own fields, by name.
create table event_drafts (
    event_id uuid primary key references events on delete cascade,
    form jsonb not null,
    saved_by uuid not null references users,
    saved_at timestamptz not null
);

-- A number of places. `n_taken` is changed only together with tickets, in one statement that also checks the size;
-- the check constraint is the second lock, and `eventpay check` compares it with the tickets.
create table quotas (
    quota_id uuid primary key,
    event_id uuid not null references events on delete cascade,
    -- The quota of the whole event, if it has a capacity; at most one.
    is_event_wide boolean not null default false,
    size integer not null,
    n_taken integer not null default 0,
    constraint quotas_size_check check (size >= 0),
    constraint quotas_n_taken_check check (n_taken >= 0 and n_taken <= size)
);
create index quotas_event_id_idx on quotas (event_id);
create unique index quotas_event_wide_key on quotas (event_id) where is_event_wide;

create table ticket_types (
    ticket_type_id uuid primary key,
    event_id uuid not null references events on delete cascade,
    position integer not null,
    name text not null,
    description text not null default '',
    price_minor bigint not null,
    tax_rate_basis_points integer not null,
    sales_start_at timestamptz,
    sales_end_at timestamptz,
    per_order_min integer not null default 1,
    per_order_max integer not null default 10,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- Taken off sale but kept for the orders that have it.
    archived_at timestamptz,
    constraint ticket_types_price_minor_check check (price_minor >= 0 and price_minor <= 10000000),
    constraint ticket_types_tax_rate_check check (tax_rate_basis_points in (0, 800, 1000)),
    constraint ticket_types_per_order_check check (per_order_min >= 1 and per_order_min <= per_order_max)
);
create index ticket_types_event_id_idx on ticket_types (event_id, position);

-- Which quotas a ticket of a type takes from: its own, the event's, later shared ones.
create table ticket_type_quotas (
    ticket_type_id uuid not null references ticket_types on delete cascade,
    quota_id uuid not null references quotas on delete cascade,
    primary key (ticket_type_id, quota_id)
);
create index ticket_type_quotas_quota_id_idx on ticket_type_quotas (quota_id);
