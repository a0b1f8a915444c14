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
