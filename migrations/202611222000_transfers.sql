-- Transfers to organizers' own accounts, the bank statements that tell of them, and what the matching decided.
-- Adds a nullable column with a unique constraint to orders, checked columns to payments and refunds, and new tables. Those
-- three tables are locked until the commit: the index, the sums of credits and the checks read them once over.

-- What a payer puts before the own name: unique over all orders, so that a line of a statement names one.
alter table orders add column transfer_number text;
alter table orders add constraint orders_transfer_number_key unique (transfer_number);

-- Where an organizer's participants transfer to. Shown to them, so not sealed.
create table receiving_accounts (
    organizer_id uuid primary key references organizers,
    bank_code text not null,
    bank_name text not null,
    branch_code text not null,
    branch_name text not null,
    kind text not null,
    number text not null,
    holder_kana text not null,
    updated_at timestamptz not null,
    constraint receiving_accounts_digits_check
        check (bank_code ~ '^[0-9]{4}$' and branch_code ~ '^[0-9]{3}$' and number ~ '^[0-9]{7}$'),
    constraint receiving_accounts_kind_check check (kind in ('ordinary', 'checking', 'savings'))
);

-- Money in an organizer's own account is theirs already, and stands apart from what the provider holds.
do $$
declare
    words text;
begin
    -- Added to the words that are there, whatever they are.
    select string_agg(quote_literal(word), ', ') into words from (
        select hit.words[1] as word
        from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') as hit (words)
        where conname = 'ledger_accounts_kind_check'
        union values ('organizer_bank'), ('organizer_own')
    ) known;
    execute 'alter table ledger_accounts drop constraint ledger_accounts_kind_check';
    execute format('alter table ledger_accounts add constraint ledger_accounts_kind_check check (kind in (%s))', words);
end $$;

-- A credit that went back pays no order: the two together never exceed what was captured.
alter table payments add column credit_refunds_minor bigint not null default 0;
update payments p
set credit_refunds_minor = b.minor
from (
    select payment_id, sum(amount_minor) as minor from refunds
    where is_from_credit and status in ('requested', 'needs_account', 'processing', 'succeeded') group by payment_id
) b where b.payment_id = p.payment_id;
alter table payments add constraint payments_credit_check
    check (credit_refunds_minor >= 0 and applied_minor + credit_refunds_minor <= captured_minor);

-- Beside `count_refund`, which counts all refunds of a payment.
create function count_credit_refund() returns trigger language plpgsql as $$
declare
    counted text[] := array['requested', 'needs_account', 'processing', 'succeeded'];
    before bigint := 0;
    after bigint := 0;
begin
    if tg_op = 'UPDATE' and old.status = any (counted) then before := old.amount_minor; end if;
    if new.status = any (counted) then after := new.amount_minor; end if;
    if new.is_from_credit and before <> after then
        update payments set credit_refunds_minor = credit_refunds_minor + after - before where payment_id = new.payment_id;
    end if;
    return new;
end $$;
create trigger refunds_count_credit before insert or update on refunds for each row execute function count_credit_refund();

-- What came to the organizer's own account, the organizer gives back.
alter table refunds drop constraint refunds_waits_for_check,
    add constraint refunds_waits_for_check check (waits_for in ('provider_balance', 'organizer'));

create table statement_imports (
    statement_import_id uuid primary key,
    organizer_id uuid not null references organizers,
    file_name text not null,
    -- The same bytes a second time are the same import.
    file_hash bytea not null,
    format text not null,
    -- Bank, branch and the account's last digits, where the file says them.
    account text not null default '',
    n_lines integer not null,
    n_new integer not null,
    first_day date,
    last_day date,
    imported_by uuid references users,
    created_at timestamptz not null,
    constraint statement_imports_file_key unique (organizer_id, file_hash),
    constraint statement_imports_format_check check (format in ('zengin', 'csv'))
);
create index statement_imports_organizer_idx on statement_imports (organizer_id, statement_import_id desc);

create table statement_lines (
    statement_line_id uuid primary key,
    statement_import_id uuid not null references statement_imports,
    organizer_id uuid not null references organizers,
    row_number integer not null,
    -- What makes it this line, in whichever file it comes again.
    line_key bytea not null,
    booked_on date not null,
    direction text not null,
    amount_minor bigint not null,
    currency char(3) not null,
    payer text not null,
    memo text not null,
    bank_reference text not null,
    -- `open`: nothing speaks for any order; `proposed`: something does; `applied`: recorded; `dismissed`: none of ours;
    -- `outgoing`: money that left the account.
    status text not null,
    order_id uuid references orders,
    payment_id uuid references payments,
    -- Why it was applied: its number, a person, or a proposal that a person accepted.
    decided_how text,
    decided_by uuid references users,
    decided_at timestamptz,
    note text not null default '',
    created_at timestamptz not null,
    constraint statement_lines_line_key unique (organizer_id, line_key),
    constraint statement_lines_direction_check check (direction in ('in', 'out')),
    constraint statement_lines_amount_check check (amount_minor > 0),
    constraint statement_lines_status_check
        check (status in ('open', 'proposed', 'applied', 'dismissed', 'outgoing')
               and (direction = 'out') = (status = 'outgoing')
               and (status = 'applied') = (payment_id is not null)
               and (payment_id is null) = (order_id is null)),
    constraint statement_lines_how_check check (decided_how in ('number', 'accepted', 'chosen')),
    -- One line pays one payment.
    constraint statement_lines_payment_key unique (payment_id)
);
create index statement_lines_import_idx on statement_lines (statement_import_id, row_number);
create index statement_lines_open_idx on statement_lines (organizer_id, statement_line_id) where status in ('open', 'proposed');

create table statement_proposals (
    statement_line_id uuid not null references statement_lines,
    order_id uuid not null references orders,
    position integer not null,
    reasons text[] not null,
    -- Refused proposals stay, so that nobody is proposed twice.
    refused_at timestamptz,
    refused_by uuid references users,
    primary key (statement_line_id, order_id)
);
