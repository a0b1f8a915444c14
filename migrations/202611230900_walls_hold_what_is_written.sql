-- The second wall holds what is written, too: a row may hang on the own rows alone, and what organizers never write of
-- everybody's tables they cannot. References are looked up past the wall, so they did not hold this. docs/decisions/0023.
-- Replaces policies and takes rights away; reads no rows. It waits for whoever writes into these tables, five seconds at
-- most; where that fails, start again.

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
        execute format(
            'alter policy own_rows on %1$I
             with check (exists (select from %2$I parent where parent.%3$I = %1$I.%3$I))',
            it.walled, it.parent, it.key);
    end loop;
end $$;
-- A row of one's own refers to rows of one's own, too. References to an order with its organizer hold this themselves.
do $$
declare
    it record;
begin
    for it in
        select p.polrelid::regclass as walled, pg_get_expr(coalesce(p.polwithcheck, p.polqual), p.polrelid) as held,
               string_agg(format('(%1$I.%2$I is null or exists (select from %3$s parent where parent.%4$I = %1$I.%2$I))',
                                 p.polrelid::regclass::text, a.attname, c.confrelid::regclass, b.attname), ' and ') as refers
        from pg_constraint c
        join pg_policy p on p.polrelid = c.conrelid and p.polname = 'own_rows'
        join pg_policy parent on parent.polrelid = c.confrelid and parent.polname = 'own_rows'
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1]
        where c.contype = 'f' and cardinality(c.conkey) = 1 and c.confrelid <> 'organizers'::regclass
          and c.conrelid <> 'ledger_entries'::regclass
          -- What the row hangs on is held above.
          and pg_get_expr(coalesce(p.polwithcheck, p.polqual), p.polrelid)
              not like format('%%(parent.%I = %s.%I)%%', b.attname, c.conrelid::regclass, a.attname)
        group by p.polrelid, p.polwithcheck, p.polqual
    loop
        execute format('alter policy own_rows on %s with check ((%s) and %s)', it.walled, it.held, it.refers);
    end loop;
end $$;
-- `ledger_entries` may come in one statement with their transaction, which a policy would not see yet. The trigger that
-- judges the statement looks the transaction up behind the wall: an entry of another organizer's has none.

-- People belong to several organizers, what the platform's staff and the workers keep to none.
revoke insert, update, delete on users, payout_files, settlements, recurring_work, feature_switches, audit_chain, audit_seals
    from eventpay_organizer;
revoke delete on reflection_counts from eventpay_organizer;
revoke delete on jobs from eventpay_organizer;
do $$
begin
    -- The schema alone, without who keeps count of migrations, is there when queries are checked.
    if to_regclass('_sqlx_migrations') is not null then
        revoke all on _sqlx_migrations from eventpay_organizer;
    end if;
end $$;
-- A table to come says itself what organizers may do there.
alter default privileges in schema public revoke all on tables from eventpay_organizer;
