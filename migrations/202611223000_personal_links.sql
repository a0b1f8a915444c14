-- Personal links that were made anew: the old one opens nothing any more, and whoever has it is told so.
-- A table and two kinds of mail; orders are not touched.

create table retired_links (
    -- Hashed: a copy of this table tells no link.
    token_hash bytea primary key,
    order_id uuid not null references orders,
    organizer_id uuid not null references organizers,
    retired_at timestamptz not null
);
create index retired_links_order_id_idx on retired_links (order_id);

alter table retired_links enable row level security;
create policy own_rows on retired_links to eventpay_organizer using (organizer_id = (select acting_organizer()));

do $$
declare kinds text;
begin
    select string_agg(quote_literal(word[1]), ', ') into kinds
    from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') as word
    where conname = 'mails_kind_check';
    alter table mails drop constraint mails_kind_check;
    execute format('alter table mails add constraint mails_kind_check check (kind in (%s, %L, %L)) not valid', kinds,
        'order_link', 'order_link_renewed');
end $$;
