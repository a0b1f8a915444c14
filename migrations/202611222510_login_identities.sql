-- People sign in with an account at an OpenID Connect provider, once it is linked with proof of both.
-- Expand step: a new table, and three nullable columns on a small table; locks nothing for long.

-- Who somebody is at a provider: the issuer and its name for the person, never the address (OpenID Connect Core §5.7).
create table login_identities (
    login_identity_id uuid primary key,
    user_id uuid not null references users,
    -- Our name of the provider, for the screen; a provider may be taken out of the configuration.
    provider text not null,
    issuer text not null,
    subject text not null,
    linked_at timestamptz not null,
    last_used_at timestamptz,
    -- One identity opens one account.
    constraint login_identities_issuer_subject_key unique (issuer, subject),
    constraint login_identities_subject_check check (length(subject) between 1 and 255)
);
create index login_identities_user_id_idx on login_identities (user_id);

-- A link that proves an address to somebody who has just proved an identity: used in the same browser, it links them.
alter table login_links
    add column provider text,
    add column issuer text,
    add column subject text,
    add constraint login_links_identity_check check (num_nulls(provider, issuer, subject) in (0, 3));

-- No organizer's request has to do with it (202611222500_walls).
revoke all on login_identities from eventpay_organizer;
