-- Who gives money back that is judged by its amount, one refund at a time: until it is through, or the time is over.
-- A new table; reads no rows.

create table refund_turns (
    user_id uuid primary key references users,
    turn uuid not null,
    ends_at timestamptz not null
);
