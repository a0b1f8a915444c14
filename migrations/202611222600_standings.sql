-- How organizers stand with the platform: active, in review, suspended. Expand: columns with defaults.

alter table organizers
    add column standing text not null default 'active',
    -- Why, in words that its members read too; empty while there is nothing to say.
    add column standing_reason text not null default '',
    add column standing_at timestamptz,
    -- When somebody of the staff last found it in order; the first payout waits for it.
    add column reviewed_at timestamptz,
    add constraint organizers_standing_check check (standing in ('active', 'in_review', 'suspended')),
    add constraint organizers_standing_reason_check check (standing = 'active' or standing_reason <> '');

-- The staff's lists of those who are not simply active.
create index organizers_standing_idx on organizers (standing, organizer_id) where standing <> 'active';

-- Whom the bank was told to pay before was looked at then.
update organizers set reviewed_at = updated_at
where exists (select from payouts p
              where p.organizer_id = organizers.organizer_id and p.status not in ('draft', 'approved', 'cancelled'));
