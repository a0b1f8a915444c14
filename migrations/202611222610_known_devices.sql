-- The browsers that somebody logged in with before, by the hash of a cookie: a login with another one is told by mail.
-- Expand step: a new table.

create table known_devices (
    user_id uuid not null references users,
    device_hash bytea not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    primary key (user_id, device_hash)
);
create index known_devices_last_seen_at_idx on known_devices (last_seen_at);

-- No organizer's request has to do with them (202611222500_walls).
revoke all on known_devices from eventpay_organizer;
