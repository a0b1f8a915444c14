-- Keys by which websites show an organizer's events in a frame. They are no secrets: they say which sites may.

create table publishable_keys (
    publishable_key_id uuid primary key,
    organizer_id uuid not null references organizers,
    name text not null,
    -- Scheme, host and port, as browsers compare them.
    sites text[] not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz,
    constraint publishable_keys_sites_check check (cardinality(sites) between 1 and 10)
);
create index publishable_keys_organizer_id_idx on publishable_keys (organizer_id);

alter table publishable_keys enable row level security;
create policy own_rows on publishable_keys to eventpay_organizer using (organizer_id = (select acting_organizer()));
