-- A second factor at login and before what matters: codes of an app, recovery codes, passkeys; and when it is asked for.
-- Expand step: new tables, and two columns with defaults on a small table; locks nothing for long.

create table totp_secrets (
    user_id uuid primary key references users,
    -- Sealed by the application: a copy of this table makes no codes.
    sealed bytea not null,
    created_at timestamptz not null,
    -- Until a first code proved that an app holds the secret, it is asked of nobody.
    confirmed_at timestamptz,
    -- The last 30-second step whose code was used: no code works twice (RFC 6238 §5.2).
    last_step bigint not null default 0
);

create table recovery_codes (
    user_id uuid not null references users,
    code_hash bytea not null,
    created_at timestamptz not null,
    used_at timestamptz,
    primary key (user_id, code_hash)
);

create table passkeys (
    passkey_id uuid primary key,
    user_id uuid not null references users,
    name text not null,
    credential_id bytea not null,
    -- The public key as the authenticator gave it (COSE_Key); nothing secret.
    public_key bytea not null,
    sign_count bigint not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    constraint passkeys_credential_id_key unique (credential_id),
    constraint passkeys_credential_id_check check (length(credential_id) between 1 and 1023)
);
create index passkeys_user_id_idx on passkeys (user_id);

-- Wrong codes are counted: six digits are soon guessed by who may try for ever.
create table second_factor_failures (
    user_id uuid not null references users,
    at timestamptz not null
);
create index second_factor_failures_user_id_at_idx on second_factor_failures (user_id, at);

-- Whether members confirm themselves before money, keys and members are touched, and from which refund on.
alter table organizers
    add column asks_again boolean not null default false,
    add column asks_again_above_minor bigint not null default 0,
    add constraint organizers_asks_again_above_minor_check check (asks_again_above_minor >= 0);

-- No organizer's request has to do with them (202611222500_walls).
revoke all on totp_secrets, recovery_codes, passkeys, second_factor_failures from eventpay_organizer;
