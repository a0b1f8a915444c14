-- Finding an account by all three of its names, the platform's own (without an organizer) too.
create index ledger_accounts_lookup_idx on ledger_accounts
    (kind, currency, coalesce(organizer_id, '00000000-0000-0000-0000-000000000000'));
