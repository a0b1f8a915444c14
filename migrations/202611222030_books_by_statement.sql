-- Every line of a booking stands in the statement that writes it, so the statement is judged once, not line by line at
-- commit; and rows that copy organizer and event from their order no longer look each of them up again.
-- Drops and adds triggers and constraints (a moment's exclusive lock each); one reference is read over once.

drop trigger ledger_entries_balance on ledger_entries;
drop function ledger_must_balance();
alter table ledger_entries
    drop constraint ledger_entries_ledger_transaction_id_fkey,
    drop constraint ledger_entries_ledger_account_id_fkey;

create function ledger_entries_must_add_up() returns trigger language plpgsql as $$
begin
    if exists (select from written group by ledger_transaction_id, currency having sum(amount_minor) <> 0) then
        raise exception 'a ledger transaction does not sum to zero within its statement'
            using errcode = 'check_violation', constraint = 'ledger_entries_balance_check';
    end if;
    -- References, looked up together: one by one they would lock the accounts that everybody books on. Each by its key:
    -- an `exists` here would be read as a hash of the whole table.
    if exists (
        select from written w
        where w.currency is distinct from
                  (select a.currency from ledger_accounts a where a.ledger_account_id = w.ledger_account_id)
           or (select t.kind from ledger_transactions t where t.ledger_transaction_id = w.ledger_transaction_id) is null
    ) then
        raise exception 'a ledger entry without its account, its transaction or its currency'
            using errcode = 'foreign_key_violation', constraint = 'ledger_entries_account_check';
    end if;
    return null;
end $$;
create trigger ledger_entries_add_up after insert on ledger_entries
    referencing new table as written for each statement execute function ledger_entries_must_add_up();
-- What nobody may delete needs no reference that keeps it.
create trigger ledger_accounts_append_only before update or delete on ledger_accounts
    for each row execute function refuse_change();

-- An order's event belongs to the order's organizer: one reference says both.
alter table events add constraint events_organizer_key unique (event_id, organizer_id);
alter table orders
    add constraint orders_event_organizer_fkey foreign key (event_id, organizer_id) references events (event_id, organizer_id),
    drop constraint orders_event_id_fkey,
    drop constraint orders_organizer_id_fkey;
-- These rows copy both from the order that they reference; `check` compares them.
alter table payments drop constraint payments_organizer_id_fkey, drop constraint payments_event_id_fkey;
alter table tickets drop constraint tickets_event_id_fkey;
alter table mails drop constraint mails_organizer_id_fkey;
alter table ledger_transactions
    drop constraint ledger_transactions_organizer_id_fkey,
    drop constraint ledger_transactions_event_id_fkey,
    drop constraint ledger_transactions_order_id_fkey;

-- The unique key on order and ordinal finds an order's payments as well.
drop index payments_order_id_idx;
