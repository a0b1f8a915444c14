-- A cancellation gives back by as many refunds as payments paid its order: transfers may come in parts.
-- Moves a column that no release knows yet into a table of its own; the deferred check reads what one transaction wrote.

create table cancellation_refunds (
    refund_id uuid primary key references refunds,
    cancellation_id uuid not null references cancellations
);
create index cancellation_refunds_cancellation_id_idx on cancellation_refunds (cancellation_id);
insert into cancellation_refunds (refund_id, cancellation_id)
select refund_id, cancellation_id from cancellations where refund_id is not null;
create trigger cancellation_refunds_append_only before update or delete on cancellation_refunds
    for each row execute function refuse_change();

alter table cancellations drop constraint cancellations_refund_check, drop column refund_id;

create function cancellation_must_give_back() returns trigger language plpgsql as $$
begin
    if new.back_minor <> (select coalesce(sum(r.amount_minor), 0)
                          from cancellation_refunds join refunds r using (refund_id)
                          where cancellation_id = new.cancellation_id and r.order_id = new.order_id) then
        raise exception 'the refunds of cancellation % are not what goes back', new.cancellation_id
            using errcode = 'check_violation', constraint = 'cancellations_refunds_check';
    end if;
    return null;
end $$;
create constraint trigger cancellations_refunds after insert on cancellations
    deferrable initially deferred for each row execute function cancellation_must_give_back();
