-- Lists that are read newest first are kept oldest first and read from their end: rows that come later then go to the end
-- of a list, whose pages are filled and left, while before each went to the beginning and split pages in halves.
-- Reads each table once; its writers wait meanwhile.
drop index orders_event_id_idx;
create index orders_event_id_idx on orders (event_id, order_id);
drop index order_holds_event_id_idx;
create index order_holds_event_id_idx on order_holds (event_id, order_id);
drop index audit_entries_event_id_idx;
create index audit_entries_event_id_idx on audit_entries (event_id, audit_entry_id);
drop index audit_entries_organizer_id_idx;
create index audit_entries_organizer_id_idx on audit_entries (organizer_id, audit_entry_id);
drop index outbox_messages_event_id_idx;
create index outbox_messages_event_id_idx on outbox_messages (event_id, outbox_message_id);
drop index webhook_deliveries_log_idx;
create index webhook_deliveries_log_idx on webhook_deliveries (webhook_endpoint_id, webhook_delivery_id);

-- Messages lie in the order of time: a note for every few pages says which time they are of. Only the watch asks by time.
drop index outbox_messages_created_at_idx;
create index outbox_messages_created_at_idx on outbox_messages
    using brin (created_at) with (pages_per_range = 16, autosummarize = on);
