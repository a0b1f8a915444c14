-- What is there passes too; reads and writes go on meanwhile (share update exclusive).
alter table orders validate constraint orders_erased_check;
alter table mails validate constraint mails_kind_check;
