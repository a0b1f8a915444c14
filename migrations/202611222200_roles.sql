-- Roles of members, members of single events, invitations, keys that expire, and an owner that always remains.
-- Expand: nullable columns and new tables; the check of roles is widened. Every member so far is an owner.

alter table members drop constraint members_role_check;
alter table members add constraint members_role_check
    check (role in ('owner', 'co_host', 'treasurer', 'reception', 'viewer'));

-- A role that counts for one event only. An owner of one event would be an owner of nothing.
create table event_members (
    event_id uuid not null,
    organizer_id uuid not null references organizers,
    user_id uuid not null references users,
    role text not null,
    created_at timestamptz not null,
    primary key (event_id, user_id),
    constraint event_members_role_check check (role in ('co_host', 'treasurer', 'reception', 'viewer')),
    -- An event's members are its organizer's guests, nobody else's.
    constraint event_members_event_fkey foreign key (event_id, organizer_id)
        references events (event_id, organizer_id) on delete cascade
);
-- Which events may I see? Asked on every signed-in request.
create index event_members_user_id_idx on event_members (user_id, organizer_id);
create index event_members_organizer_id_idx on event_members (organizer_id);

-- Somebody answers for an organizer, always. The organizer's row is held while the others are counted, so that two
-- owners who remove each other at the same moment wait for each other: the second finds itself the last.
create function members_keep_an_owner() returns trigger language plpgsql as $$
begin
    if old.role <> 'owner' or (tg_op = 'UPDATE' and new.role = 'owner') then
        return null;
    end if;
    perform 1 from organizers where organizer_id = old.organizer_id for no key update;
    if not exists (select from members where organizer_id = old.organizer_id and role = 'owner') then
        raise exception 'an organizer keeps at least one owner'
            using errcode = 'check_violation', constraint = 'members_last_owner_check';
    end if;
    return null;
end $$;
create trigger members_keep_an_owner after update or delete on members
    for each row execute function members_keep_an_owner();

-- Whom an organizer asked to join. The link's secret is derived from the id and the application's secret; only its hash
-- is kept, so that a copy of this table lets nobody in.
create table invitations (
    invitation_id uuid primary key,
    organizer_id uuid not null references organizers,
    -- For one event only, where there is one.
    event_id uuid,
    role text not null,
    -- Only who signs in with this address may accept; empty for a link that is passed on by hand.
    email text not null default '',
    email_key text not null default '',
    token_hash bytea not null,
    invited_by uuid references users,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    accepted_by uuid references users,
    revoked_at timestamptz,
    constraint invitations_token_hash_key unique (token_hash),
    constraint invitations_role_check check (role in ('owner', 'co_host', 'treasurer', 'reception', 'viewer')),
    constraint invitations_event_check check (event_id is null or role <> 'owner'),
    -- Who may decide whom to trust is asked by name: a link that is passed on makes nobody an owner.
    constraint invitations_owner_check check (role <> 'owner' or email_key <> ''),
    constraint invitations_event_fkey foreign key (event_id, organizer_id)
        references events (event_id, organizer_id) on delete cascade,
    constraint invitations_once_check check (accepted_at is null or revoked_at is null),
    constraint invitations_accepted_check check ((accepted_at is null) = (accepted_by is null))
);
create index invitations_organizer_id_idx on invitations (organizer_id, invitation_id);
create index invitations_event_id_idx on invitations (event_id);

-- The organizer that the user's pages are about, where the user belongs to several.
alter table users add column acting_for uuid references organizers;

-- Receivers that a member registered end with the member's right to register them.
alter table webhook_endpoints drop constraint webhook_endpoints_disabled_check;
alter table webhook_endpoints add constraint webhook_endpoints_disabled_check check
    ((disabled_at is null) = (disabled_reason is null)
     and disabled_reason in ('by_hand', 'failing', 'gone', 'member_left'));

-- A key may end by itself.
alter table api_keys add column expires_at timestamptz;
create index api_keys_created_by_idx on api_keys (created_by);

do $$
declare kinds text;
begin
    -- What is there stays: others add kinds of mails too.
    select string_agg(quote_literal(word[1]), ', ') into kinds
    from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') as word
    where conname = 'mails_kind_check';
    alter table mails drop constraint mails_kind_check;
    execute format('alter table mails add constraint mails_kind_check check (kind in (%s, %L))', kinds, 'invitation');
end $$;
