-- Screening: how unusual an order looks before its buyer pays, why, and what was decided; how an organizer tunes it; how
-- often the same address or mail domain came lately.
-- Adds columns with constant defaults (no rewrite) and tables; adds two kinds of mail.

alter table organizers
    add column screening_sensitivity text not null default 'normal',
    add column screening_review_at smallint not null default 500,
    add column screening_block_above smallint not null default 800,
    add constraint organizers_screening_check check
        (screening_sensitivity in ('off', 'lenient', 'normal', 'strict')
         and screening_review_at between 300 and 900 and screening_block_above between 600 and 1000
         and screening_review_at <= screening_block_above);

-- What the reasons of a score add up to.
create function reasons_add(reasons jsonb) returns bigint language sql immutable parallel safe as $$
    select coalesce(sum((reason ->> 'adds')::bigint), 0)::bigint from jsonb_array_elements(reasons) as reason
$$;

create table screenings (
    screening_id uuid primary key,
    order_id uuid not null references orders,
    organizer_id uuid not null references organizers,
    event_id uuid not null references events,
    -- Thousandths.
    score smallint not null,
    -- What was measured and how much it added; no address, no mail.
    reasons jsonb not null,
    decision text not null,
    decided_by uuid references users,
    decided_at timestamptz,
    created_at timestamptz not null,
    constraint screenings_decision_check check (decision in ('pass', 'review', 'blocked', 'approved', 'denied')),
    constraint screenings_score_check check (score between 0 and 1000),
    -- No score without its reasons.
    constraint screenings_explained_check check (score = reasons_add(reasons)),
    constraint screenings_decided_check check
        ((decision in ('approved', 'denied')) = (decided_at is not null) and (decided_at is not null or decided_by is null))
);
create index screenings_order_id_idx on screenings (order_id);
-- What was held back stands: an order is held back once, and what was decided then holds for it.
create unique index screenings_standing_key on screenings (order_id) where decision <> 'pass';
-- What organizers read.
create index screenings_event_id_idx on screenings (event_id, screening_id desc) where decision <> 'pass';

alter table screenings enable row level security;
create policy own_rows on screenings to eventpay_organizer using (organizer_id = (select acting_organizer()));

-- Orders and attempts of an address or a mail domain, counted by time. The name is hashed with our key: from the rows alone
-- nobody learns an address. Removed within two days.
create table screening_counts (
    name_hash bytea not null,
    begins_at timestamptz not null,
    n integer not null,
    constraint screening_counts_pkey primary key (name_hash, begins_at),
    constraint screening_counts_n_check check (n > 0)
) with (fillfactor = 70);
create index screening_counts_begins_at_idx on screening_counts (begins_at);
revoke all on screening_counts from eventpay_organizer;

do $$
declare kinds text;
begin
    select string_agg(quote_literal(word[1]), ', ') into kinds
    from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') as word
    where conname = 'mails_kind_check';
    alter table mails drop constraint mails_kind_check;
    execute format('alter table mails add constraint mails_kind_check check (kind in (%s, %L, %L)) not valid', kinds,
        'payment_cleared', 'screening_to_decide');
end $$;

-- An order over the API is held back behind the wall, and its organizer is told in its own language: the language alone.
alter function organizer_locale(uuid) security definer set search_path = public, pg_temp;
