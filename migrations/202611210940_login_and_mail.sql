-- Login links count what a client asked for; mails are written when they are sent, from what they are about.
-- First release, before any data: changes tables that nobody uses yet. Expand step; nothing old is dropped.

-- Hash of the asking client's network address: many addresses tried from one place are slowed down.
alter table login_links add column client_hash bytea;
create index login_links_client_hash_idx on login_links (client_hash, created_at);
-- A ready link (demo, first start) was asked for by no browser and works in any.
alter table login_links alter column browser_hash drop not null;

-- What the mail is about beside its order (a payment, a refund, the seed of a login link) until it left.
alter table mails add column data jsonb not null default '{}';
-- Subject and bodies are what was sent; empty until then, and for ever for a login link: its secret is not kept.
alter table mails alter column subject set default '';
alter table mails alter column text_body set default '';
alter table mails alter column html_body set default '';
-- Skipped: what it would have said was no longer true when its turn came.
alter table mails drop constraint mails_status_check;
alter table mails add constraint mails_status_check check (status in ('queued', 'sent', 'skipped', 'failed'));
alter table mails add constraint mails_kind_check check (kind in
    ('login_link', 'order_received', 'payment_instructions', 'order_paid', 'refunded', 'credit_returned',
     'order_cancelled', 'order_expired'));
