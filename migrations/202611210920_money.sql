-- Orders, tickets, payments, refunds and the ledger under them.
-- First release: creates tables only, locks nothing anyone uses.
-- Two rules live here because they must hold whatever code does: refunds never exceed what was captured, and every
-- ledger transaction sums to zero.

create table orders (
    order_id uuid primary key,
    organizer_id uuid not null references organizers,
    event_id uuid not null references events,
    -- What people read out: unique within the event.
    code text not null,
    status text not null,
    buyer_name text not null,
    buyer_email text not null,
    locale text not null,
    amount_minor bigint not null,
    tax_minor bigint not null,
    currency char(3) not null,
    -- The unguessable part of the buyer's personal link.
    link_token text not null,
    -- Places are kept until then, unless paid.
    hold_expires_at timestamptz not null,
    source text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    paid_at timestamptz,
    ended_at timestamptz,
    end_reason text,
    -- Lower-case name, address and code: what the search box looks through.
    search_text text not null,
    constraint orders_event_id_code_key unique (event_id, code),
    constraint orders_link_token_key unique (link_token),
    constraint orders_status_check
        check (status in ('pending', 'awaiting_payment', 'paid', 'cancelled', 'expired')),
    constraint orders_locale_check check (locale in ('ja', 'en')),
    constraint orders_source_check check (source in ('web', 'api')),
    constraint orders_amount_minor_check check (amount_minor >= 0 and tax_minor >= 0 and tax_minor <= amount_minor)
);
-- Lists walk the event's orders newest first; ids are in the order of creation.
create index orders_event_id_idx on orders (event_id, order_id desc);
create index orders_event_id_status_idx on orders (event_id, status, order_id desc) include (amount_minor);
-- The sweeper's question: whose hold has ended?
create index orders_hold_idx on orders (hold_expires_at) where status in ('pending', 'awaiting_payment');

create table order_lines (
    order_line_id uuid primary key,
    order_id uuid not null references orders,
    ticket_type_id uuid not null references ticket_types,
    position integer not null,
    -- As sold: a later change of the ticket type changes no order.
    name text not null,
    unit_price_minor bigint not null,
    quantity integer not null,
    tax_rate_basis_points integer not null,
    amount_minor bigint not null,
    constraint order_lines_quantity_check check (quantity > 0),
    constraint order_lines_amount_minor_check check (amount_minor = unit_price_minor * quantity)
);
create index order_lines_order_id_idx on order_lines (order_id);

create table tickets (
    ticket_id uuid primary key,
    order_id uuid not null references orders,
    event_id uuid not null references events,
    ticket_type_id uuid not null references ticket_types,
    position integer not null,
    -- What the QR holds.
    code text not null,
    attendee_name text not null,
    status text not null,
    issued_at timestamptz,
    constraint tickets_code_key unique (code),
    constraint tickets_status_check check (status in ('held', 'valid', 'void'))
);
create index tickets_order_id_idx on tickets (order_id);
create index tickets_event_id_idx on tickets (event_id, status);

create table payments (
    payment_id uuid primary key,
    order_id uuid not null references orders,
    organizer_id uuid not null references organizers,
    event_id uuid not null references events,
    -- First attempt is 1.
    ordinal integer not null,
    provider text not null,
    -- What we tell the provider and can ask by: unique per attempt.
    reference text not null,
    status text not null,
    -- What the buyer may choose from on the provider's page; asking again must ask for the same.
    methods text[] not null,
    method text,
    amount_minor bigint not null,
    currency char(3) not null,
    provider_session_id text,
    provider_payment_id text,
    hosted_url text,
    -- Konbini code, last four digits, bank: what the buyer and the organizer are shown. Never a card number.
    method_details jsonb not null default '{}',
    method_fee_minor bigint not null default 0,
    captured_minor bigint not null default 0,
    -- Of the captured money, what pays the order; the rest is a credit.
    applied_minor bigint not null default 0,
    -- Refunds that are counted against this payment; kept by a trigger on refunds.
    refunds_minor bigint not null default 0,
    failure_code text,
    -- Until when the buyer can pay: the page's end, then the konbini's.
    deadline_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    captured_at timestamptz,
    synced_at timestamptz,
    constraint payments_order_id_ordinal_key unique (order_id, ordinal),
    constraint payments_provider_reference_key unique (provider, reference),
    constraint payments_provider_session_key unique (provider, provider_session_id),
    constraint payments_provider_payment_key unique (provider, provider_payment_id),
    constraint payments_status_check check
        (status in ('created', 'pending', 'authorized', 'captured', 'failed', 'expired', 'cancelled')),
    constraint payments_captured_check check
        (captured_minor >= 0 and (captured_minor > 0) = (status = 'captured') and applied_minor between 0 and captured_minor),
    -- The promise of the house: nobody gets back more than was taken.
    constraint payments_refunds_check check (refunds_minor >= 0 and refunds_minor <= captured_minor)
);
create index payments_order_id_idx on payments (order_id);
create index payments_event_id_idx on payments (event_id, status, captured_at);
-- The sweeper's question: which attempts are open?
create index payments_open_idx on payments (synced_at nulls first) where status in ('created', 'pending', 'authorized');

create table refunds (
    refund_id uuid primary key,
    payment_id uuid not null references payments,
    order_id uuid not null references orders,
    organizer_id uuid not null references organizers,
    amount_minor bigint not null,
    currency char(3) not null,
    status text not null,
    source text not null,
    -- Whether the organizer gives it back, or it was a credit that no order claimed.
    is_from_credit boolean not null default false,
    reason text not null default '',
    requested_by uuid references users,
    provider_refund_id text,
    failure_code text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    succeeded_at timestamptz,
    constraint refunds_amount_minor_check check (amount_minor > 0),
    constraint refunds_status_check check
        (status in ('requested', 'needs_account', 'processing', 'succeeded', 'failed', 'rejected')),
    constraint refunds_source_check check (source in ('buyer', 'organizer', 'system', 'provider', 'dispute')),
    constraint refunds_provider_refund_key unique (payment_id, provider_refund_id)
);
create index refunds_payment_id_idx on refunds (payment_id);
create index refunds_order_id_idx on refunds (order_id);
create index refunds_open_idx on refunds (updated_at) where status in ('requested', 'processing');

-- Keeps payments.refunds_minor; the update locks the payment's row, so two refunds at once meet there and the check
-- constraint refuses the second.
create function count_refund() returns trigger language plpgsql as $$
declare
    counted text[] := array['requested', 'needs_account', 'processing', 'succeeded'];
    before bigint := 0;
    after bigint := 0;
begin
    if tg_op = 'UPDATE' and old.status = any (counted) then before := old.amount_minor; end if;
    if new.status = any (counted) then after := new.amount_minor; end if;
    if before <> after then
        update payments set refunds_minor = refunds_minor + after - before where payment_id = new.payment_id;
    end if;
    return new;
end $$;
create trigger refunds_count before insert or update on refunds for each row execute function count_refund();

create table ledger_accounts (
    ledger_account_id bigint generated always as identity primary key,
    kind text not null,
    organizer_id uuid references organizers,
    currency char(3) not null,
    constraint ledger_accounts_key unique nulls not distinct (kind, organizer_id, currency),
    constraint ledger_accounts_kind_check check
        (kind in ('provider_clearing', 'organizer_payable', 'buyer_credit', 'refunds_payable', 'provider_fees', 'disputes'))
);

create table ledger_transactions (
    ledger_transaction_id uuid primary key,
    -- The fact that is booked (`capture:<payment>`); booking it twice is impossible.
    fact_key text not null,
    kind text not null,
    organizer_id uuid not null references organizers,
    event_id uuid not null references events,
    order_id uuid not null references orders,
    payment_id uuid not null references payments,
    refund_id uuid references refunds,
    created_at timestamptz not null,
    constraint ledger_transactions_fact_key_key unique (fact_key),
    constraint ledger_transactions_kind_check check
        (kind in ('capture', 'capture_to_credit', 'credit_applied', 'refund_requested', 'refund_succeeded',
                  'refund_released', 'provider_refund', 'dispute'))
);
create index ledger_transactions_order_id_idx on ledger_transactions (order_id);

create table ledger_entries (
    ledger_entry_id bigint generated always as identity primary key,
    ledger_transaction_id uuid not null references ledger_transactions,
    ledger_account_id bigint not null references ledger_accounts,
    -- Debits are positive, credits negative.
    amount_minor bigint not null,
    currency char(3) not null,
    constraint ledger_entries_amount_minor_check check (amount_minor <> 0)
);
create index ledger_entries_transaction_idx on ledger_entries (ledger_transaction_id);
create index ledger_entries_account_idx on ledger_entries (ledger_account_id) include (amount_minor);

create function ledger_must_balance() returns trigger language plpgsql as $$
begin
    if exists (
        select from ledger_entries where ledger_transaction_id = new.ledger_transaction_id
        group by currency having sum(amount_minor) <> 0
    ) then
        raise exception 'ledger transaction % does not sum to zero', new.ledger_transaction_id
            using errcode = 'check_violation', constraint = 'ledger_entries_balance_check';
    end if;
    return null;
end $$;
-- Deferred: the lines of one transaction arrive one by one and are judged together at commit.
create constraint trigger ledger_entries_balance after insert on ledger_entries
    deferrable initially deferred for each row execute function ledger_must_balance();

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: write a new line instead', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger ledger_entries_append_only before update or delete on ledger_entries
    for each row execute function refuse_change();
create trigger ledger_transactions_append_only before update or delete on ledger_transactions
    for each row execute function refuse_change();
