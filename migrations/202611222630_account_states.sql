-- Accounts are active, disabled by the staff, or deleted: who it was is forgotten, what it did stays under its id. The law
-- wants the books for seven years (Corporation Tax Act, Regulation for Enforcement art. 59), and they know users by id only.
-- An organizer that ends with its last owner is closed.
-- Expand step: columns with defaults on small tables, and the rule of owners lets closed organizers go.

alter table users
    add column state text not null default 'active',
    add column state_at timestamptz,
    add constraint users_state_check check (state in ('active', 'disabled', 'deleted'));

alter table organizers add column closed_at timestamptz;

create or replace function members_keep_an_owner() returns trigger language plpgsql as $$
begin
    if old.role <> 'owner' or (tg_op = 'UPDATE' and new.role = 'owner') then
        return null;
    end if;
    perform 1 from organizers where organizer_id = old.organizer_id for no key update;
    if not exists (select from members where organizer_id = old.organizer_id and role = 'owner')
        and not exists (select from organizers where organizer_id = old.organizer_id and closed_at is not null) then
        raise exception 'an organizer keeps at least one owner'
            using errcode = 'check_violation', constraint = 'members_last_owner_check';
    end if;
    return null;
end $$;

-- What a person takes out and what is forgotten with an account is found by these.
create index mails_personal_recipient_idx on mails (lower(recipient), mail_id) where order_id is null;
create index audit_entries_user_idx on audit_entries (actor_id, audit_entry_id) where actor_kind = 'user';

-- Receivers that somebody registered rest when the account is disabled.
alter table webhook_endpoints drop constraint webhook_endpoints_disabled_check;
alter table webhook_endpoints add constraint webhook_endpoints_disabled_check check
    ((disabled_at is null) = (disabled_reason is null)
     and disabled_reason in ('by_hand', 'failing', 'gone', 'member_left', 'account_disabled'));

-- The addresses that are somebody's alone: of now, and from before unless another account logs in with it by now.
create view user_addresses as
    select user_id, email_key as address from users
    union
    select c.user_id, lower(c.old_email) from email_changes c
    where not exists (select from users u where u.email_key = lower(c.old_email) and u.user_id <> c.user_id);
revoke all on user_addresses from eventpay_organizer;
