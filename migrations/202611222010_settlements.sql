-- Settlements of the provider: what it paid out, line by line, and what of it does not add up with our books.
-- Adds tables and a nullable column. The checks read the ledger once over, and nobody posts to it until this commits.

create table settlements (
    settlement_id uuid primary key,
    provider text not null,
    provider_settlement_id text not null,
    reference text not null,
    status text not null,
    cycle text not null,
    currency char(3) not null,
    -- Everything that came in less what went back, what the provider kept, and what reached the bank.
    transactions_minor bigint not null,
    fees_minor bigint not null,
    transfer_fee_minor bigint not null,
    remittance_minor bigint not null,
    cutoff_at timestamptz,
    settled_at timestamptz,
    -- Whether the provider's file of single lines was read, which it is when the money was paid out.
    has_lines boolean not null,
    created_at timestamptz not null,
    constraint settlements_provider_key unique (provider, provider_settlement_id)
);
create index settlements_settled_at_idx on settlements (provider, settled_at desc);

create table settlement_lines (
    settlement_id uuid not null references settlements,
    line_number integer not null,
    kind text not null,
    provider_line_id text not null,
    provider_payment_id text not null,
    -- Our name of the payment, as the provider tells it.
    reference text,
    -- A line in another currency than its settlement's is in none of its sums.
    currency char(3) not null,
    amount_minor bigint not null,
    fee_minor bigint not null,
    rate_basis_points integer,
    -- What of ours it is; nothing where nobody here knows it, or not yet.
    organizer_id uuid references organizers,
    payment_id uuid references payments,
    refund_id uuid references refunds,
    booked_at timestamptz,
    primary key (settlement_id, line_number),
    constraint settlement_lines_kind_check check (kind in ('payment', 'refund', 'chargeback', 'other')),
    constraint settlement_lines_booked_check check (booked_at is null or payment_id is not null)
);
create index settlement_lines_payment_id_idx on settlement_lines (payment_id) where payment_id is not null;
create index settlement_lines_unknown_idx on settlement_lines (settlement_id) where payment_id is null and kind <> 'other';
create index settlement_lines_organizer_id_idx on settlement_lines (organizer_id, settlement_id) where organizer_id is not null;

-- What does not add up, a row each; it is resolved when the facts are right.
create table settlement_differences (
    settlement_difference_id uuid primary key,
    settlement_id uuid not null references settlements,
    line_number integer,
    reason text not null,
    -- The same difference is written once.
    dedupe_key text not null,
    organizer_id uuid references organizers,
    payment_id uuid references payments,
    expected_minor bigint not null,
    found_minor bigint not null,
    currency char(3) not null,
    raised_at timestamptz not null,
    resolved_at timestamptz,
    constraint settlement_differences_dedupe_key unique (dedupe_key),
    constraint settlement_differences_reason_check
        check (reason in ('missing_here', 'missing_there', 'other_amount', 'other_fee', 'other_sum', 'without_lines'))
);
create index settlement_differences_open_idx on settlement_differences (settlement_id) where resolved_at is null;

-- A settlement is about no single order, as a payout is.
alter table ledger_transactions add column settlement_id uuid references settlements;
alter table ledger_transactions
    drop constraint ledger_transactions_payment_check,
    add constraint ledger_transactions_payment_check check
        (payout_id is not null or settlement_id is not null
         or (event_id is not null and order_id is not null and payment_id is not null)),
    add constraint ledger_transactions_settlement_check check ((settlement_id is not null) = (kind = 'settlement'));
create index ledger_transactions_settlement_id_idx on ledger_transactions (settlement_id) where settlement_id is not null;
do $$
declare
    kinds text;
begin
    -- Added to the words that are there, whatever they are.
    select string_agg(quote_literal(word), ', ') into kinds from (
        select hit.words[1] as word
        from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') as hit (words)
        where conname = 'ledger_transactions_kind_check'
        union values ('settlement')
    ) known;
    execute 'alter table ledger_transactions drop constraint ledger_transactions_kind_check';
    execute format('alter table ledger_transactions add constraint ledger_transactions_kind_check check (kind in (%s))', kinds);
end $$;
