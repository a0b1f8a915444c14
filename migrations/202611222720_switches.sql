-- What the platform's staff switched for everybody; what has no row is on. Expand: a table.
create table feature_switches (
    name text primary key,
    is_on boolean not null,
    reason text not null,
    changed_by uuid not null references users,
    changed_at timestamptz not null,
    constraint feature_switches_reason_check check (reason <> '')
);
-- Organizers' requests read them, and change none.
revoke insert, update, delete on feature_switches from eventpay_organizer;
