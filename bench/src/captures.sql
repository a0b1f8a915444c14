-- Makes :n orders of a new event, each with a ticket and an open payment; one was placed every millisecond.
-- Ids are UUIDv7 as everywhere (RFC 9562 §5.7): what is paid together was placed together and lies together.
create or replace function pg_temp.id_at(n integer) returns uuid language sql volatile as $$
    select (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint + n), 12, '0')
        || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid
$$;
with organizer as (
    insert into organizers (organizer_id, kind, display_name, contact_email, created_at, updated_at)
    values (gen_random_uuid(), 'individual', 'Bench', 'bench@example.com', now(), now())
    returning organizer_id
), event as (
    insert into events (event_id, organizer_id, slug, status, title, starts_at, created_at, updated_at, published_at)
    select gen_random_uuid(), organizer_id, 'bench-' || gen_random_uuid(), 'published', 'Bench',
           now() + interval '30 days', now(), now(), now()
    from organizer
    returning event_id, organizer_id
), quota as (
    insert into quotas (quota_id, event_id, size, n_taken) select gen_random_uuid(), event_id, :n, :n from event
    returning quota_id
), ticket_type as (
    insert into ticket_types (ticket_type_id, event_id, position, name, price_minor, tax_rate_basis_points, created_at, updated_at)
    select gen_random_uuid(), event_id, 1, 'Ticket', 3000, 1000, now(), now() from event
    returning ticket_type_id
), shared as (
    insert into ticket_type_quotas (ticket_type_id, quota_id) select ticket_type_id, quota_id from ticket_type, quota
), placed as (
    insert into orders (order_id, organizer_id, event_id, code, status, buyer_name, buyer_email, locale, amount_minor,
                        tax_minor, currency, link_token, hold_expires_at, source, created_at, updated_at, search_text)
    select pg_temp.id_at(n), organizer_id, event_id, 'B' || n, 'pending', 'Buyer ' || n, 'buyer' || n || '@example.com',
           'ja', 3000, 272, 'JPY', gen_random_uuid()::text, now() + interval '1 day', 'api', now(), now(),
           'b' || n || ' buyer ' || n || ' buyer' || n || '@example.com'
    from event, generate_series(1, :n) n
    returning order_id, organizer_id, event_id, substr(code, 2)::integer n
), lines as (
    insert into order_lines (order_line_id, order_id, ticket_type_id, position, name, unit_price_minor, quantity,
                             tax_rate_basis_points, amount_minor)
    select pg_temp.id_at(n), order_id, ticket_type_id, 1, 'Ticket', 3000, 1, 1000, 3000 from placed, ticket_type
), held as (
    insert into tickets (ticket_id, order_id, event_id, ticket_type_id, position, code, attendee_name, status)
    select pg_temp.id_at(n), order_id, event_id, ticket_type_id, 1, gen_random_uuid()::text, 'Buyer', 'held'
    from placed, ticket_type
)
insert into payments (payment_id, order_id, organizer_id, event_id, ordinal, provider, reference, status, methods,
                      amount_minor, currency, provider_session_id, hosted_url, deadline_at, created_at, updated_at)
select pg_temp.id_at(n), order_id, organizer_id, event_id, 1, 'komoju', order_id::text, 'pending', '{credit_card}',
       3000, 'JPY', 'session-' || order_id, 'http://127.0.0.1/', now() + interval '1 day', now(), now()
from placed;
