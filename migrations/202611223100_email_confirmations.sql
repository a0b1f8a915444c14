-- Events may ask for a confirmed mail address before an order is paid or, where it is free, before it counts.
-- A column with a constant default (no rewrite), a table, and a kind of mail.

alter table events add column confirms_email boolean not null default false;

create table email_confirmations (
    order_id uuid primary key references orders,
    organizer_id uuid not null references organizers,
    asked_at timestamptz not null,
    -- Nobody at the address said yes yet.
    confirmed_at timestamptz
);

alter table email_confirmations enable row level security;
create policy own_rows on email_confirmations to eventpay_organizer using (organizer_id = (select acting_organizer()));

do $$
declare kinds text;
begin
    select string_agg(quote_literal(word[1]), ', ') into kinds
    from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') as word
    where conname = 'mails_kind_check';
    alter table mails drop constraint mails_kind_check;
    execute format('alter table mails add constraint mails_kind_check check (kind in (%s, %L)) not valid', kinds,
        'address_to_confirm');
end $$;
