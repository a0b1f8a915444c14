-- The mails of orders that were paid together are written behind the commit, each with its job. Jobs that hand out mails
-- which are written already are no more; those that are left do so here. Touches waiting jobs only.
insert into jobs (job_id, kind, payload, dedupe_key, run_at, attempts_max, priority, created_at)
select gen_random_uuid(), 'send_mail', jsonb_build_object('kind', 'send_mail', 'mail', sent.mail), 'mail:' || sent.mail,
       jobs.run_at, jobs.attempts_max, jobs.priority, jobs.created_at
from jobs cross join lateral jsonb_array_elements_text(jobs.payload->'mails') as sent (mail)
where jobs.kind = 'send_mails'
on conflict do nothing;
delete from jobs where kind = 'send_mails';
