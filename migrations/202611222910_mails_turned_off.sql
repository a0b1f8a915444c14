-- Mails about an organizer that one of its members does not want. No row: the mail comes.
-- Creates a table. An organizer's requests read their own rows, to know whom to tell, and change none.

create table mails_turned_off (
    user_id uuid not null references users,
    organizer_id uuid not null references organizers,
    kind text not null,
    turned_off_at timestamptz not null,
    primary key (user_id, organizer_id, kind),
    constraint mails_turned_off_kind_check check (kind in ('return_to_decide', 'screening_to_decide', 'webhook_disabled'))
);
create index mails_turned_off_organizer_id_idx on mails_turned_off (organizer_id);
alter table mails_turned_off enable row level security;
create policy own_rows on mails_turned_off to eventpay_organizer
    using (organizer_id = (select acting_organizer()));
revoke insert, update, delete on mails_turned_off from eventpay_organizer;
