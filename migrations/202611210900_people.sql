-- Who is here: users, organizers, members, login links, web sessions, API keys.
-- First release: creates tables only, locks nothing anyone uses.

create table users (
    user_id uuid primary key,
    -- As typed, for sending; `email_key` is lower-case, for finding.
    email text not null,
    email_key text not null,
    is_administrator boolean not null default false,
    locale text not null default 'ja',
    created_at timestamptz not null,
    constraint users_email_key_key unique (email_key),
    constraint users_locale_check check (locale in ('ja', 'en'))
);

create table organizers (
    organizer_id uuid primary key,
    kind text not null,
    display_name text not null,
    contact_email text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint organizers_kind_check check (kind in ('individual', 'group', 'business'))
);

create table members (
    organizer_id uuid not null references organizers,
    user_id uuid not null references users,
    role text not null default 'owner',
    created_at timestamptz not null,
    primary key (organizer_id, user_id),
    constraint members_role_check check (role in ('owner'))
);
-- Who may I act for? Asked on every signed-in request.
create index members_user_id_idx on members (user_id);

-- A login link is kept as a hash: a copy of this table logs nobody in.
create table login_links (
    token_hash bytea primary key,
    email text not null,
    email_key text not null,
    locale text not null,
    -- The browser that asked; another browser must confirm by a click.
    browser_hash bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index login_links_email_key_idx on login_links (email_key, created_at);
create index login_links_expires_at_idx on login_links (expires_at);

create table web_sessions (
    web_session_id text primary key,
    data jsonb not null,
    expires_at timestamptz not null
);
create index web_sessions_expires_at_idx on web_sessions (expires_at);

create table api_keys (
    api_key_id uuid primary key,
    organizer_id uuid not null references organizers,
    name text not null,
    -- The first letters, so that a person can tell keys apart; the secret itself is only kept as a hash.
    prefix text not null,
    secret_hash bytea not null,
    scopes text[] not null,
    created_by uuid references users,
    created_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz,
    constraint api_keys_secret_hash_key unique (secret_hash)
);
create index api_keys_organizer_id_idx on api_keys (organizer_id);
