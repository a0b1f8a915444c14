-- A draft that nobody ordered from can be deleted; what the audit log and the outbox say about it stays.
-- Drops two foreign keys: a moment's exclusive lock on each table, no scan.
alter table audit_entries drop constraint audit_entries_event_id_fkey;
alter table outbox_messages drop constraint outbox_messages_event_id_fkey;
