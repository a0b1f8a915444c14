-- Audit lines say where a change came from, are chained by hash shortly after their commit, exported by day, and leave
-- the hot table only after their export was verified.
-- Expand: nullable columns without defaults (no rewrite) and new tables; the one trigger that is replaced keeps refusing
-- every change, and now lets lines go that lie in a verified and archived export.

alter table audit_entries
    -- Our name for the request; none for what happens by itself.
    add column request_id text,
    -- The network the request came from, shortened: 203.0.113.0/24.
    add column client text,
    -- The family of the browser or program: chrome/android.
    add column browser text;

-- The line as it is hashed and exported: whoever has the file can hash it line by line and needs nothing of ours.
create function audit_line(e audit_entries) returns text
    language sql stable
    return jsonb_build_object(
        'v', 1,
        'id', e.audit_entry_id,
        'at', to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'organizer', e.organizer_id,
        'event', e.event_id,
        'order', e.order_id,
        'actor_kind', e.actor_kind,
        'actor', e.actor_id,
        'action', e.action,
        'detail', e.detail,
        'request_id', e.request_id,
        'client', e.client,
        'browser', e.browser
    )::text;

-- One row for each line, numbered without gaps in the order of sealing. No foreign key: a line that was removed by force
-- must be found by its seal.
create table audit_seals (
    sequence bigint primary key,
    audit_entry_id uuid not null,
    -- SHA-256 of `audit_line`.
    entry_hash bytea not null,
    -- The hash of the seal before; 32 zero bytes before the first.
    previous_hash bytea not null,
    sealed_at timestamptz not null,
    constraint audit_seals_audit_entry_id_key unique (audit_entry_id),
    constraint audit_seals_sequence_check check (sequence > 0),
    constraint audit_seals_hash_check check (octet_length(entry_hash) = 32 and octet_length(previous_hash) = 32)
);
create index audit_seals_sealed_at_idx on audit_seals (sealed_at);

-- The end of the chain, and the row that one sealer at a time holds. Writers of audit lines never touch it.
create table audit_chain (
    is_only boolean primary key default true,
    n_sealed bigint not null default 0,
    last_hash bytea not null default decode(repeat('00', 32), 'hex'),
    -- The newest line that was sealed, by id: the next look begins a little before it.
    newest_entry_id uuid not null default '00000000-0000-0000-0000-000000000000',
    sealed_at timestamptz not null default '-infinity',
    constraint audit_chain_is_only_check check (is_only)
);
insert into audit_chain default values;

-- One row for each day whose lines were written to the object store.
create table audit_exports (
    day date primary key,
    -- Consecutive days take consecutive numbers; a day without lines has the number that the next line got.
    first_sequence bigint not null,
    n_lines bigint not null,
    previous_hash bytea not null,
    last_hash bytea not null,
    -- Of the compressed file.
    file_hash bytea,
    n_bytes bigint,
    planned_at timestamptz not null,
    -- Read back and compared.
    verified_at timestamptz,
    -- From here on the day's lines may leave the hot table.
    archived_at timestamptz,
    -- The file's time was over; the manifest stays.
    removed_at timestamptz,
    constraint audit_exports_verified_check check ((verified_at is null) = (file_hash is null)),
    constraint audit_exports_archived_check check (archived_at is null or verified_at is not null),
    constraint audit_exports_removed_check check (removed_at is null or archived_at is not null)
);

create function refuse_unless_archived() returns trigger language plpgsql as $$
declare
    number bigint;
begin
    if tg_op = 'DELETE' then
        if tg_table_name = 'audit_seals' then
            number := old.sequence;
        else
            select sequence into number from audit_seals where audit_entry_id = old.audit_entry_id;
        end if;
        if exists (
            select from audit_exports
            where archived_at is not null and number >= first_sequence and number < first_sequence + n_lines
        ) then
            return old;
        end if;
    end if;
    raise exception '% is append-only: write a new line instead', tg_table_name using errcode = 'restrict_violation';
end $$;
drop trigger audit_entries_append_only on audit_entries;
create trigger audit_entries_append_only before update or delete on audit_entries
    for each row execute function refuse_unless_archived();
create trigger audit_seals_append_only before update or delete on audit_seals
    for each row execute function refuse_unless_archived();
