-- The second wall between organizers: what is done for one of them is done in a role that sees no other's rows, so that a
-- query which forgets its organizer finds nothing of anybody else. The first wall is the queries' own filter. Work for
-- everybody (jobs, the watch, participants' pages, the platform's staff) is done by the tables' owner, whom policies do
-- not bind. docs/decisions/0023.

do $$
begin
    if not exists (select from pg_roles where rolname = 'eventpay_organizer') then
        begin
            create role eventpay_organizer nologin;
        exception
            -- Roles belong to the whole cluster: another database of it was brought up to date at the same moment.
            when duplicate_object or unique_violation then null;
            when insufficient_privilege then
                raise exception 'the database user may not create roles'
                    using errcode = 'insufficient_privilege',
                          hint = format('As a superuser: create role eventpay_organizer nologin; '
                                        'grant eventpay_organizer to %I;', current_user);
        end;
    end if;
    if not pg_has_role('eventpay_organizer', 'member') then
        execute format('grant eventpay_organizer to %I', current_user);
    end if;
    execute format('grant usage on schema %I to eventpay_organizer', current_schema);
end $$;

grant select, insert, update, delete on all tables in schema public to eventpay_organizer;
grant usage on all sequences in schema public to eventpay_organizer;
alter default privileges in schema public grant select, insert, update, delete on tables to eventpay_organizer;
alter default privileges in schema public grant usage on sequences to eventpay_organizer;

-- What no organizer's request has to do with.
revoke all on login_links, web_sessions, outbox_cursors, watch_cursors, audit_exports from eventpay_organizer;

-- Whom the transaction works for.
create function acting_organizer() returns uuid language sql stable parallel safe as $$
    select nullif(current_setting('eventpay.organizer', true), '')::uuid
$$;

do $$
declare
    walled text;
begin
    -- Rows of an organizer.
    foreach walled in array array[
        'alerts', 'api_keys', 'bank_accounts', 'cancellations', 'credit_note_series', 'credit_notes', 'disputes',
        'event_members', 'events', 'files', 'invitations', 'ledger_transactions', 'members', 'orders', 'organizers',
        'outbox_messages', 'payments', 'payouts', 'processes', 'receiving_accounts', 'refunds', 'return_requests',
        'settlement_differences', 'settlement_lines', 'statement_imports', 'statement_lines', 'webhook_endpoints'
    ] loop
        execute format('alter table %I enable row level security', walled);
        execute format(
            'create policy own_rows on %I to eventpay_organizer using (organizer_id = (select acting_organizer()))', walled);
    end loop;
    -- Rows of an organizer or of nobody; what is of nobody may be written and not read.
    foreach walled in array array['audit_entries', 'mails'] loop
        execute format('alter table %I enable row level security', walled);
        execute format(
            'create policy own_rows on %I to eventpay_organizer using (organizer_id = (select acting_organizer()))
             with check (organizer_id is null or organizer_id = (select acting_organizer()))', walled);
    end loop;
    -- Rows of an organizer, and those that hold for everybody.
    foreach walled in array array['fee_rules', 'ledger_accounts'] loop
        execute format('alter table %I enable row level security', walled);
        execute format(
            'create policy own_rows on %I to eventpay_organizer
             using (organizer_id is null or organizer_id = (select acting_organizer()))', walled);
    end loop;
end $$;

-- Rows that hang on a walled one. They may be written in the same statement as that one, which a check would not see yet:
-- their reference binds them.
do $$
declare
    it record;
begin
    for it in select * from (values
        ('cancellation_refunds', 'cancellations', 'cancellation_id'),
        ('credit_note_parts', 'credit_notes', 'credit_note_id'),
        ('dispute_evidence', 'disputes', 'dispute_id'),
        ('event_cancellation_orders', 'orders', 'order_id'),
        ('event_cancellation_refunds', 'orders', 'order_id'),
        ('event_cancellations', 'events', 'event_id'),
        ('event_drafts', 'events', 'event_id'),
        ('ledger_entries', 'ledger_transactions', 'ledger_transaction_id'),
        ('order_lines', 'orders', 'order_id'),
        ('payout_lines', 'payouts', 'payout_id'),
        ('process_steps', 'processes', 'process_id'),
        ('quotas', 'events', 'event_id'),
        ('refund_account_forms', 'refunds', 'refund_id'),
        ('refund_accounts', 'refunds', 'refund_id'),
        ('refund_steps', 'refunds', 'refund_id'),
        ('return_request_tickets', 'return_requests', 'return_request_id'),
        ('statement_proposals', 'statement_lines', 'statement_line_id'),
        ('ticket_type_quotas', 'ticket_types', 'ticket_type_id'),
        ('ticket_types', 'events', 'event_id'),
        ('tickets', 'orders', 'order_id'),
        ('webhook_attempts', 'webhook_deliveries', 'webhook_delivery_id'),
        ('webhook_deliveries', 'webhook_endpoints', 'webhook_endpoint_id'),
        ('webhook_events', 'payments', 'payment_id')
    ) as hanging (walled, parent, key) loop
        execute format('alter table %I enable row level security', it.walled);
        execute format(
            'create policy own_rows on %1$I to eventpay_organizer
             using (exists (select from %2$I parent where parent.%3$I = %1$I.%3$I)) with check (true)',
            it.walled, it.parent, it.key);
    end loop;
end $$;
