-- When our own staff looked at an organizer's pages, who and why, and until when. Expand: a table.

create table staff_visits (
    staff_visit_id uuid primary key,
    user_id uuid not null references users,
    organizer_id uuid not null references organizers,
    reason text not null,
    begun_at timestamptz not null,
    until_at timestamptz not null,
    -- What was opened, each once; the audit log tells when.
    pages text[] not null default '{}',
    -- By its own end or by whoever made it; none while it goes on.
    ended_at timestamptz,
    constraint staff_visits_reason_check check (reason <> ''),
    -- The longest that anybody looks without saying why again.
    constraint staff_visits_until_at_check check (until_at > begun_at and until_at <= begun_at + interval '30 minutes'),
    constraint staff_visits_ended_at_check check (ended_at between begun_at and until_at)
);
-- One at a time, so that it is never in doubt whose pages are shown.
create unique index staff_visits_open_key on staff_visits (user_id) where ended_at is null;
create index staff_visits_due_idx on staff_visits (until_at) where ended_at is null;
create index staff_visits_organizer_id_idx on staff_visits (organizer_id);

-- Organizers read of visits in their audit log.
revoke all on staff_visits from eventpay_organizer;
