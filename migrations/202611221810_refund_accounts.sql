-- Refunds as a process that people can follow: by which way, where to, what it waits for, every step with its time; bank
-- accounts that are sealed and erased; disputes with their deadline and evidence.
-- Adds columns with constant defaults and new tables; the widened checks scan small tables once.

alter table refunds
    -- By the way the money came, to a bank account, or by the organizer's own hands.
    add column way text not null default 'original',
    -- How often a definite no made us begin anew; part of the name the provider knows the wish by.
    add column round integer not null default 0,
    -- Why it cannot leave yet (the provider's balance is short), and since when.
    add column waits_for text,
    add column waits_since timestamptz,
    add column n_waits integer not null default 0,
    -- When it is tried, or asked about, again; before that nobody hurries it.
    add column next_attempt_at timestamptz,
    -- The provider said yes to a request for a transfer, which it now does by hand.
    add column accepted_at timestamptz,
    add column provider_request_id text,
    -- Refunds at the provider that made it and came back: the provider may list them for good.
    add column undone_provider_refund_ids text[] not null default '{}',
    -- What the organizer wrote about money handed back by itself.
    add column hand_note text not null default '',
    add constraint refunds_way_check check (way in ('original', 'account', 'by_hand')),
    add constraint refunds_waits_for_check check (waits_for in ('provider_balance')),
    add constraint refunds_provider_request_key unique (payment_id, provider_request_id);

-- Every step of a refund, written by a trigger: whichever code moves a refund, its story is whole.
create table refund_steps (
    refund_step_id bigint generated always as identity primary key,
    refund_id uuid not null references refunds,
    status text not null,
    code text,
    at timestamptz not null
);
create index refund_steps_refund_id_idx on refund_steps (refund_id, refund_step_id);

-- Where a refund's money is to go. The account itself is sealed by the application and leaves this table as soon as the
-- refund is over or needs another account; what stays is enough to know one's own account by.
create table refund_accounts (
    refund_id uuid primary key references refunds,
    sealed bytea,
    hint text not null,
    given_at timestamptz not null,
    erased_at timestamptz,
    constraint refund_accounts_erased_check check ((sealed is null) = (erased_at is not null))
);

-- One-time forms that ask for an account. Only the hash of the link's token is kept.
create table refund_account_forms (
    form_id uuid primary key,
    refund_id uuid not null references refunds,
    token_hash bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    -- A newer form took its place, or nobody needs an account any more.
    ended_at timestamptz,
    constraint refund_account_forms_token_hash_key unique (token_hash),
    constraint refund_account_forms_end_check check (used_at is null or ended_at is null)
);
-- One open form a refund: the link in the mail and the one on the order's page are the same.
create unique index refund_account_forms_open_key on refund_account_forms (refund_id)
    where used_at is null and ended_at is null;

create function tell_refund_step() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' or new.status <> old.status then
        insert into refund_steps (refund_id, status, code, at)
        values (new.refund_id, new.status, new.failure_code, new.updated_at);
    end if;
    -- An account is kept only while it may have to be passed on.
    if tg_op = 'UPDATE' and new.status in ('needs_account', 'succeeded', 'failed', 'rejected') then
        update refund_accounts set sealed = null, erased_at = new.updated_at
        where refund_id = new.refund_id and sealed is not null;
    end if;
    -- Nobody is asked for an account that is not needed.
    if tg_op = 'UPDATE' and new.status in ('succeeded', 'failed', 'rejected') and new.status <> old.status then
        update refund_account_forms set ended_at = new.updated_at
        where refund_id = new.refund_id and used_at is null and ended_at is null;
    end if;
    return null;
end $$;
create trigger refunds_tell_step after insert or update on refunds
    for each row execute function tell_refund_step();

insert into refund_steps (refund_id, status, code, at)
select refund_id, 'requested', null, created_at from refunds where source in ('buyer', 'organizer', 'system')
union all
select refund_id, status, failure_code, updated_at from refunds where status <> 'requested'
order by 4;

-- A chargeback, its deadline, and what was answered. Its money is the refund's.
create table disputes (
    dispute_id uuid primary key,
    refund_id uuid not null references refunds,
    payment_id uuid not null references payments,
    order_id uuid not null references orders,
    organizer_id uuid not null references organizers,
    event_id uuid not null references events,
    status text not null,
    evidence_due_at timestamptz not null,
    opened_at timestamptz not null,
    updated_at timestamptz not null,
    evidence_sent_at timestamptz,
    ended_at timestamptz,
    constraint disputes_refund_id_key unique (refund_id),
    constraint disputes_status_check check (status in ('open', 'under_review', 'won', 'lost')),
    constraint disputes_ended_at_check check ((status in ('won', 'lost')) = (ended_at is not null))
);
create index disputes_open_idx on disputes (event_id, evidence_due_at) where status = 'open';
create index disputes_order_id_idx on disputes (order_id);

create table dispute_evidence (
    dispute_evidence_id uuid primary key,
    dispute_id uuid not null references disputes,
    -- A text, or a file in the object store.
    body text,
    file_name text,
    content_type text,
    n_bytes bigint,
    added_by uuid references users,
    created_at timestamptz not null,
    constraint dispute_evidence_kind_check check ((body is null) = (file_name is not null and content_type is not null))
);
create index dispute_evidence_dispute_id_idx on dispute_evidence (dispute_id);

-- Chargebacks from before this table get their row too.
insert into disputes (dispute_id, refund_id, payment_id, order_id, organizer_id, event_id, status, evidence_due_at,
                      opened_at, updated_at)
select gen_random_uuid(), r.refund_id, r.payment_id, r.order_id, r.organizer_id, p.event_id, 'open',
       r.created_at + interval '7 days', r.created_at, r.created_at
from refunds r join payments p using (payment_id) where r.source = 'dispute';

-- More words, whatever words there are by now.
do $$
declare
    more record;
    list text;
begin
    for more in select * from (values
        ('ledger_accounts', 'ledger_accounts_kind_check', array['refunds_by_hand']),
        ('ledger_transactions', 'ledger_transactions_kind_check',
         array['refund_by_hand', 'refund_returned', 'dispute_won', 'dispute_lost']),
        ('mails', 'mails_kind_check', array['account_needed'])
    ) as m (place, rule, words) loop
        select string_agg(quote_literal(word), ', ' order by word) into list from (
            select word[1] as word
            from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') as word
            where conname = more.rule
            union
            select unnest(more.words)
        ) as known;
        execute format('alter table %I drop constraint %I', more.place, more.rule);
        execute format('alter table %I add constraint %I check (kind in (%s))', more.place, more.rule, list);
    end loop;
end $$;
