-- Recording a capture changes its order, payment and tickets in place: none of their indexes speaks of what a capture
-- changes, and their pages keep room for the changed row beside the old one. What waits for something stands in small
-- tables of its own. docs/decisions/0030.
-- `orders` is written anew for its new column, and read once; a moment's exclusive lock on the other tables.

-- How an order ended, where it did; unlike `status` it stays as it is when money comes.
alter table orders add column ended_as text
    generated always as (case when status in ('cancelled', 'expired') then status end) stored;
create index orders_ended_idx on orders (event_id, ended_as, order_id desc) where ended_as is not null;
drop index orders_event_id_status_idx;
drop index orders_hold_idx;
drop index payments_event_id_idx;
create index payments_event_id_idx on payments (event_id);
drop index tickets_event_id_idx;
create index tickets_event_id_idx on tickets (event_id);
alter table orders set (fillfactor = 45);
alter table payments set (fillfactor = 40);
alter table tickets set (fillfactor = 45);

-- Orders that hold places without being paid, and until when. Those that are paid or ended since are swept out of it, and
-- come never back; the order itself decides.
create table order_holds (
    order_id uuid primary key references orders,
    event_id uuid not null,
    expires_at timestamptz not null
);
create index order_holds_event_id_idx on order_holds (event_id, order_id desc);
create index order_holds_expires_at_idx on order_holds (expires_at);
insert into order_holds (order_id, event_id, expires_at)
select order_id, event_id, hold_expires_at from orders where status in ('pending', 'awaiting_payment');

create function keep_order_hold() returns trigger language plpgsql as $$
begin
    insert into order_holds (order_id, event_id, expires_at) values (new.order_id, new.event_id, new.hold_expires_at)
    on conflict (order_id) do update set expires_at = excluded.expires_at;
    return null;
end $$;
create trigger orders_hold_begins after insert on orders for each row
    when (new.status in ('pending', 'awaiting_payment')) execute function keep_order_hold();
create trigger orders_hold_changes after update of hold_expires_at on orders for each row
    when (new.status in ('pending', 'awaiting_payment') and new.hold_expires_at <> old.hold_expires_at)
    execute function keep_order_hold();

-- Payments that a provider can still say something about, and when it was last asked; before the first time, when they
-- were made. Swept as above; the payment itself decides.
create table open_payments (
    payment_id uuid primary key references payments,
    asked_at timestamptz not null
);
create index open_payments_asked_at_idx on open_payments (asked_at);
insert into open_payments (payment_id, asked_at)
select payment_id, coalesce(asked_at, created_at) from payments
where status in ('created', 'pending', 'authorized') and provider <> 'bank';
drop index payments_open_idx;
alter table payments drop column asked_at;

create function keep_open_payment() returns trigger language plpgsql as $$
begin
    insert into open_payments (payment_id, asked_at) values (new.payment_id, new.created_at) on conflict do nothing;
    return null;
end $$;
create trigger payments_open after insert on payments for each row
    when (new.status in ('created', 'pending', 'authorized') and new.provider <> 'bank') execute function keep_open_payment();

-- Every name that a provider gave to a payment of ours. A name belongs to one payment for ever, so that its money is booked
-- once. Whoever writes a name holds its payment, so no reference has to look it up again; `check` compares.
create table provider_payments (
    provider_payment_id text not null,
    provider text not null,
    payment_id uuid not null,
    primary key (provider_payment_id, provider)
);
insert into provider_payments (provider_payment_id, provider, payment_id)
select provider_payment_id, provider, payment_id from payments where provider_payment_id is not null;
alter table payments drop constraint payments_provider_payment_key;

-- An entry is found by its transaction; its own number only keeps the order of lines.
alter table ledger_entries drop constraint ledger_entries_pkey, add primary key (ledger_transaction_id, ledger_entry_id);
drop index ledger_entries_transaction_idx;
-- Ids of mails grow with time.
drop index mails_created_at_idx;

-- Whoever writes these rows holds the order or the payment that they name; `check` looks for what names none.
alter table mails drop constraint mails_order_id_fkey;
alter table ledger_transactions drop constraint ledger_transactions_payment_id_fkey;

-- Many entries, few accounts: each account and each transaction of a statement is looked up once.
create or replace function ledger_entries_must_add_up() returns trigger language plpgsql as $$
begin
    if exists (select from written group by ledger_transaction_id, currency having sum(amount_minor) <> 0) then
        raise exception 'a ledger transaction does not sum to zero within its statement'
            using errcode = 'check_violation', constraint = 'ledger_entries_balance_check';
    end if;
    -- Each by its key: an `exists` here would be read as a hash of the whole table.
    if exists (
        select from (select distinct ledger_account_id, currency from written) w
        where w.currency is distinct from
              (select a.currency from ledger_accounts a where a.ledger_account_id = w.ledger_account_id)
    ) or exists (
        select from (select distinct ledger_transaction_id from written) w
        where (select t.kind from ledger_transactions t where t.ledger_transaction_id = w.ledger_transaction_id) is null
    ) then
        raise exception 'a ledger entry without its account, its transaction or its currency'
            using errcode = 'foreign_key_violation', constraint = 'ledger_entries_account_check';
    end if;
    return null;
end $$;

-- Walls as of the rows they stand beside. docs/decisions/0023.
do $$
declare
    it record;
begin
    for it in select * from (values
        ('order_holds', 'orders', 'order_id', 'select, insert, update'),
        ('open_payments', 'payments', 'payment_id', 'select, insert'),
        ('provider_payments', 'payments', 'payment_id', 'select, insert')
    ) as hanging (walled, parent, key, rights) loop
        execute format('alter table %I enable row level security', it.walled);
        execute format(
            'create policy own_rows on %1$I to eventpay_organizer
             using (exists (select from %2$I parent where parent.%3$I = %1$I.%3$I))
             with check (exists (select from %2$I parent where parent.%3$I = %1$I.%3$I))', it.walled, it.parent, it.key);
        execute format('grant %s on %I to eventpay_organizer', it.rights, it.walled);
    end loop;
end $$;
