-- Jobs that move money go before jobs that tell of it.
alter table jobs add column priority smallint not null default 0;
drop index jobs_ready_idx;
create index jobs_ready_idx on jobs (priority, run_at) where dead_at is null;
