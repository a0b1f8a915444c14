-- Personal data of participants end: on request, and some time after their event. Amounts, dates, numbers of tickets, the
-- ledger and credit notes that were issued stay as long as the law wants the books: seven years, ten with a loss
-- (Corporation Tax Act, Regulation for Enforcement art. 59; Consumption Tax Act art. 57-4 (6)).
-- Expand step: columns that are empty or have a default, and a small table. The new checks are not held against what is
-- there already, so the locks are short; the next step does that without holding up writers.

-- How long after an event its organizer keeps who came. Half a year at least: a cardholder may turn to the bank for 120
-- days, and the answer to that takes a while.
alter table organizers
    add column retention_days smallint not null default 365,
    add constraint organizers_retention_days_check check (retention_days between 180 and 2555);

-- Since when nothing personal is left of all of its orders; the nightly work passes it by.
alter table events add column data_erased_at timestamptz;

alter table orders
    add column erased_at timestamptz,
    add constraint orders_erased_check
        check (erased_at is null or (buyer_name = '' and buyer_email = '' and search_text = lower(code))) not valid;

-- A participant asks to be forgotten; the organizer does it, or says why not yet.
create table erasure_requests (
    order_id uuid primary key references orders,
    organizer_id uuid not null references organizers,
    event_id uuid not null references events,
    asked_at timestamptz not null,
    -- Said no, with these words; done is an order that is erased.
    answered_at timestamptz,
    answered_by uuid references users,
    answer text not null default '',
    constraint erasure_requests_answer_check check (answered_at is not null or answer = '')
);
create index erasure_requests_open_idx on erasure_requests (event_id) where answered_at is null;

alter table erasure_requests enable row level security;
create policy own_rows on erasure_requests to eventpay_organizer
    using (organizer_id = (select acting_organizer()));

-- What was written about a cancellation may be erased; what it was stays.
create function keep_cancellation() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.reason = '' and to_jsonb(new) - 'reason' = to_jsonb(old) - 'reason' then
        return new;
    end if;
    raise exception '% is append-only: write a new line instead', tg_table_name using errcode = 'restrict_violation';
end $$;
drop trigger cancellations_append_only on cancellations;
create trigger cancellations_append_only before update or delete on cancellations
    for each row execute function keep_cancellation();

do $$
declare kinds text;
begin
    -- What is there stays: others add kinds of mails too.
    select string_agg(quote_literal(word[1]), ', ') into kinds
    from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') as word
    where conname = 'mails_kind_check';
    alter table mails drop constraint mails_kind_check;
    execute format('alter table mails add constraint mails_kind_check check (kind in (%s, %L)) not valid', kinds, 'erasure_to_decide');
end $$;
