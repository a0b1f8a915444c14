-- Payouts and fees: whose account money comes to, bank accounts, payouts with what they are made of, fee rules.
-- Adds columns with constant defaults (no rewrite) and tables; checks on the ledger are read once over (short lock).

-- Whose account at the provider the money comes to. `direct` is the default: to hold money for others may be a
-- funds-transfer business (資金決済に関する法律 2条2項), so nobody begins to by accident. docs/payouts.md says more.
alter table organizers
    add column payout_model text not null default 'direct',
    add column payout_business_days smallint not null default 5,
    add column payout_reserve_basis_points integer not null default 1000,
    add column payout_reserve_days smallint not null default 14,
    add column payout_minimum_minor bigint not null default 1000,
    add constraint organizers_payout_model_check check (payout_model in ('direct', 'collect')),
    add constraint organizers_payout_terms_check check
        (payout_business_days between 0 and 60 and payout_reserve_basis_points between 0 and 10000
         and payout_reserve_days between 0 and 365 and payout_minimum_minor between 0 and 1000000);

-- Frozen when the event is first published: a later switch does not move money that came in under the other model.
alter table events
    add column payout_model text not null default 'direct',
    add column fee_bearer text not null default 'organizer',
    add constraint events_payout_model_check check (payout_model in ('direct', 'collect')),
    add constraint events_fee_bearer_check check (fee_bearer in ('organizer', 'participant'));

-- What the platform and the provider take. A changed rule is a new row: what was agreed when can be read later.
create table fee_rules (
    fee_rule_id uuid primary key,
    -- None stands for every organizer without rules of its own for that party.
    organizer_id uuid references organizers,
    party text not null,
    -- None stands for every method without a rule of its own.
    method text,
    currency char(3) not null,
    rate_basis_points integer not null,
    fixed_minor bigint not null,
    minimum_minor bigint not null,
    tax_rate_basis_points integer not null,
    created_by uuid references users,
    created_at timestamptz not null,
    ended_at timestamptz,
    constraint fee_rules_party_check check (party in ('platform', 'provider')),
    constraint fee_rules_method_check check
        (method in ('credit_card', 'konbini', 'paypay', 'bank_transfer', 'pay_easy')),
    constraint fee_rules_amounts_check check
        (rate_basis_points between 0 and 10000 and fixed_minor between 0 and 1000000
         and minimum_minor between 0 and 1000000 and tax_rate_basis_points in (0, 800, 1000))
);
create unique index fee_rules_key on fee_rules (organizer_id, party, method, currency) nulls not distinct
    where ended_at is null;

-- The terms an order was placed under, and what its buyer pays on top of the tickets; none where no fee is taken.
alter table orders
    add column fee_minor bigint not null default 0,
    add column fee_terms jsonb,
    add constraint orders_fee_minor_check check (fee_minor between 0 and amount_minor);

-- What was taken of a payment when it was captured; `check` compares it with the ledger.
alter table payments
    add column platform_fee_minor bigint not null default 0,
    add column provider_fee_minor bigint not null default 0,
    add constraint payments_fees_check check
        (platform_fee_minor >= 0 and provider_fee_minor >= 0 and platform_fee_minor + provider_fee_minor <= applied_minor);

-- Where an organizer is paid. The account itself is sealed; what a person needs to know it by stands beside it.
create table bank_accounts (
    bank_account_id uuid primary key,
    organizer_id uuid not null references organizers,
    sealed bytea not null,
    bank_name text not null,
    branch_name text not null,
    number_tail text not null,
    created_by uuid not null references users,
    created_at timestamptz not null,
    -- A changed account is a new row: payouts that were agreed on keep theirs.
    replaced_at timestamptz
);
create unique index bank_accounts_organizer_id_key on bank_accounts (organizer_id) where replaced_at is null;

-- Payouts that go to the bank in one file.
create table payout_files (
    payout_file_id uuid primary key,
    transfer_on date not null,
    created_by uuid not null references users,
    created_at timestamptz not null
);

create table payouts (
    payout_id uuid primary key,
    organizer_id uuid not null references organizers,
    -- What people read out, and what the payee's bank shows.
    code text not null,
    status text not null,
    amount_minor bigint not null,
    currency char(3) not null,
    bank_account_id uuid not null references bank_accounts,
    prepared_by uuid not null references users,
    approved_by uuid references users,
    approved_at timestamptz,
    payout_file_id uuid references payout_files,
    submitted_at timestamptz,
    paid_at timestamptz,
    -- When it failed, came back or was taken back, and why.
    ended_at timestamptz,
    end_reason text not null default '',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint payouts_code_key unique (code),
    constraint payouts_status_check check
        (status in ('draft', 'approved', 'submitted', 'paid', 'failed', 'returned', 'cancelled')),
    -- 全銀 files know yen only.
    constraint payouts_amount_minor_check check (amount_minor > 0 and currency = 'JPY'),
    constraint payouts_approved_check check
        (status in ('draft', 'cancelled') or (approved_by is not null and approved_at is not null)),
    constraint payouts_submitted_check check
        (status in ('draft', 'approved', 'cancelled') or (payout_file_id is not null and submitted_at is not null))
);
create index payouts_organizer_id_idx on payouts (organizer_id, payout_id desc);
create index payouts_open_idx on payouts (status, updated_at) where status in ('draft', 'approved', 'submitted');

-- What a payout is made of, event by event, as it was when it was prepared: the statement.
create table payout_lines (
    payout_id uuid not null references payouts,
    event_id uuid not null references events,
    -- What came in for the event's orders, fees included.
    sales_minor bigint not null,
    platform_fees_minor bigint not null,
    provider_fees_minor bigint not null,
    refunds_minor bigint not null,
    disputes_minor bigint not null,
    paid_before_minor bigint not null,
    reserve_minor bigint not null,
    -- Less than nothing where the event owes: it is taken off the others.
    amount_minor bigint not null,
    primary key (payout_id, event_id),
    constraint payout_lines_amount_minor_check check
        (amount_minor <> 0 and amount_minor = sales_minor - platform_fees_minor - provider_fees_minor - refunds_minor
                                              - disputes_minor - paid_before_minor - reserve_minor)
);
create index payout_lines_event_id_idx on payout_lines (event_id);

-- More words, whatever words there are by now.
do $$
declare
    more record;
    list text;
begin
    for more in select * from (values
        ('ledger_accounts', 'ledger_accounts_kind_check',
         array['platform_fees', 'payouts_in_transit', 'bank_clearing']),
        ('ledger_transactions', 'ledger_transactions_kind_check',
         array['payout_prepared', 'payout_paid', 'payout_released', 'payout_returned'])
    ) as m (place, rule, words) loop
        select string_agg(quote_literal(word), ', ' order by word) into list from (
            select word[1] as word
            from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') as word
            where conname = more.rule
            union
            select unnest(more.words)
        ) as known;
        execute format('alter table %I drop constraint %I', more.place, more.rule);
        execute format('alter table %I add constraint %I check (kind in (%s))', more.place, more.rule, list);
    end loop;
end $$;

-- A payout is about no single order; the rest stays about one.
alter table ledger_transactions
    alter column event_id drop not null,
    alter column order_id drop not null,
    alter column payment_id drop not null,
    add column payout_id uuid references payouts;
alter table ledger_transactions
    add constraint ledger_transactions_payment_check check
        (payout_id is not null or (event_id is not null and order_id is not null and payment_id is not null)),
    add constraint ledger_transactions_payout_check check
        ((payout_id is not null) = (kind in ('payout_prepared', 'payout_paid', 'payout_released', 'payout_returned')));
create index ledger_transactions_payout_id_idx on ledger_transactions (payout_id) where payout_id is not null;

-- Two payouts of one organizer at once meet here; the second sees what the first left.
create function lock_organizer_of_payout() returns trigger language plpgsql as $$
begin
    perform from organizers where organizer_id = new.organizer_id for no key update;
    return new;
end $$;
create trigger payouts_lock_organizer before insert on payouts for each row execute function lock_organizer_of_payout();

-- The promise of the house: nobody is paid more than is payable, of any event or of all together.
create function payout_must_be_payable() returns trigger language plpgsql as $$
begin
    if (select coalesce(sum(amount_minor), 0) from payout_lines where payout_id = new.payout_id) <> new.amount_minor
       or (select coalesce(-sum(e.amount_minor), 0) from ledger_transactions t
           join ledger_entries e using (ledger_transaction_id) join ledger_accounts a using (ledger_account_id)
           where t.payout_id = new.payout_id and t.kind = 'payout_prepared' and a.kind = 'payouts_in_transit')
          <> new.amount_minor then
        raise exception 'payout % is not what its lines and the ledger say', new.payout_id
            using errcode = 'check_violation', constraint = 'payouts_lines_check';
    end if;
    if exists (
        with owed as (
            select t.event_id, -sum(e.amount_minor) as minor
            from ledger_accounts a join ledger_entries e using (ledger_account_id)
            join ledger_transactions t using (ledger_transaction_id) join events v using (event_id)
            where a.organizer_id = new.organizer_id and a.currency = new.currency
              and a.kind in ('organizer_payable', 'refunds_by_hand', 'disputes') and v.payout_model = 'collect'
            group by t.event_id
        )
        select from owed having sum(minor) < 0
        union all
        select from owed join payout_lines l using (event_id)
        where l.payout_id = new.payout_id and l.amount_minor > 0 and owed.minor < 0
        union all
        select from payout_lines l join events v using (event_id)
        where l.payout_id = new.payout_id and (v.payout_model <> 'collect' or v.organizer_id <> new.organizer_id)
    ) then
        raise exception 'payout % is more than is payable', new.payout_id
            using errcode = 'check_violation', constraint = 'payouts_payable_check';
    end if;
    return null;
end $$;
-- Deferred: payout, lines and postings are written one after the other and judged together at commit.
create constraint trigger payouts_payable after insert on payouts
    deferrable initially deferred for each row execute function payout_must_be_payable();
