-- Lines of the logs are written in the transaction that holds what they name, and nothing they name is ever deleted;
-- looking each name up again only costs.
alter table outbox_messages drop constraint outbox_messages_organizer_id_fkey;
alter table outbox_messages drop constraint outbox_messages_order_id_fkey;
alter table audit_entries drop constraint audit_entries_organizer_id_fkey;
alter table audit_entries drop constraint audit_entries_order_id_fkey;
