-- Web sessions know whose they are, so that they can be listed and ended; questions to passkeys are answered once; people
-- are told by mail what happens to their accounts.
-- Expand step: a nullable column, new tables, an index on refunds by people. Sessions from before are forgotten: nobody
-- could say whose they were.

delete from web_sessions;
alter table web_sessions add column user_id uuid references users;
create index web_sessions_user_id_idx on web_sessions (user_id) where user_id is not null;

-- What a passkey answered, by its hash: a session that two requests read at once would give the question twice.
create table spent_challenges (
    challenge_hash bytea primary key,
    spent_at timestamptz not null
);
create index spent_challenges_spent_at_idx on spent_challenges (spent_at);

-- How much somebody gave back lately counts together.
create index refunds_requested_by_idx on refunds (requested_by, created_at) where requested_by is not null;

do $$
declare kinds text;
begin
    -- What is there stays: others add kinds of mails too.
    select string_agg(quote_literal(word[1]), ', ') into kinds
    from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') as word
    where conname = 'mails_kind_check';
    alter table mails drop constraint mails_kind_check;
    execute format('alter table mails add constraint mails_kind_check check (kind in (%s, %L))', kinds, 'account_notice');
end $$;

revoke all on spent_challenges from eventpay_organizer;
