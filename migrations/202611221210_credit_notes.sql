-- Credit notes (返金明細, 適格返還請求書): one per refund that came back from the organizer's money, numbered without gaps.
-- Creates tables; adds a column to organizers (a moment's exclusive lock, no rewrite).

-- 適格請求書発行事業者の登録番号, where the organizer has one: T and thirteen digits.
alter table organizers add column registration_number text;
alter table organizers add constraint organizers_registration_number_check
    check (registration_number ~ '^T[0-9]{13}$');

-- The last number given by each organizer. Taken in the transaction that issues the note, so that none is lost with a
-- transaction that fails, as a sequence would lose it.
create table credit_note_series (
    organizer_id uuid primary key references organizers,
    last_number bigint not null,
    constraint credit_note_series_last_number_check check (last_number > 0)
);

-- What the document says, as it was on its day: later changes of names change no document.
create table credit_notes (
    credit_note_id uuid primary key,
    organizer_id uuid not null references organizers,
    number bigint not null,
    refund_id uuid not null references refunds,
    order_id uuid not null references orders,
    event_id uuid not null references events,
    amount_minor bigint not null,
    currency char(3) not null,
    issuer_name text not null,
    registration_number text,
    buyer_name text not null,
    order_code text not null,
    event_title text not null,
    time_zone text not null,
    -- When the order was paid, and when the money went back.
    sold_at timestamptz not null,
    returned_at timestamptz not null,
    issued_at timestamptz not null,
    constraint credit_notes_number_key unique (organizer_id, number),
    constraint credit_notes_refund_key unique (refund_id),
    constraint credit_notes_number_check check (number > 0),
    constraint credit_notes_amount_minor_check check (amount_minor > 0)
);
create index credit_notes_order_id_idx on credit_notes (order_id);

create table credit_note_parts (
    credit_note_id uuid not null references credit_notes,
    tax_rate_basis_points integer not null,
    -- Tax included.
    gross_minor bigint not null,
    tax_minor bigint not null,
    primary key (credit_note_id, tax_rate_basis_points),
    constraint credit_note_parts_amounts_check check (gross_minor > 0 and tax_minor between 0 and gross_minor)
);

create trigger credit_notes_append_only before update or delete on credit_notes
    for each row execute function refuse_change();
create trigger credit_note_parts_append_only before update or delete on credit_note_parts
    for each row execute function refuse_change();

create function credit_note_must_sum() returns trigger language plpgsql as $$
begin
    if (select n.amount_minor - coalesce(sum(p.gross_minor), 0)
        from credit_notes n left join credit_note_parts p using (credit_note_id)
        where n.credit_note_id = new.credit_note_id group by n.credit_note_id) <> 0 then
        raise exception 'the parts of credit note % do not sum to it', new.credit_note_id
            using errcode = 'check_violation', constraint = 'credit_notes_sum_check';
    end if;
    return null;
end $$;
-- Deferred: a note and its parts arrive one after the other and are judged together at commit.
create constraint trigger credit_notes_sum after insert on credit_notes
    deferrable initially deferred for each row execute function credit_note_must_sum();
