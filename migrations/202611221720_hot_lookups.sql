-- Looking a payment up by a name of its provider, and mails written beside a payment, at a plan's lowest price.
-- Expand step: the same promises by other indexes, on few rows; nothing that the previous release reads changes.

-- All three began with the provider, which nearly all rows share: without statistics the planner took any of them and
-- walked through every payment.
alter table payments
    drop constraint payments_provider_reference_key,
    drop constraint payments_provider_session_key,
    drop constraint payments_provider_payment_key,
    add constraint payments_provider_reference_key unique (reference, provider),
    add constraint payments_provider_session_key unique (provider_session_id, provider),
    add constraint payments_provider_payment_key unique (provider_payment_id, provider);

-- Who gets a mail about an order that is for its organizer. Functions, because a plan of every mail to a buyer would
-- otherwise contain them.
create function organizer_contact(organizer uuid) returns text language sql stable as $$
    select contact_email from organizers where organizer_id = organizer
$$;
create function organizer_locale(organizer uuid) returns text language sql stable as $$
    select coalesce((
        select u.locale from members b join users u on u.user_id = b.user_id
        where b.organizer_id = organizer order by b.created_at limit 1
    ), 'ja')
$$;
