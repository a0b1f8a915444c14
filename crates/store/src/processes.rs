//! Progress of long processes that no other row tells: which step is done, which runs, when to look again.

use domain::ids::{EventId, Id, OrganizerId, ProcessId};
use domain::process::{Mark, ProcessKind, StepName, StepState};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A process as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    pub id: ProcessId,
    pub kind: ProcessKind,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub is_running: bool,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub started_at: OffsetDateTime,
    pub finished_at: Option<OffsetDateTime>,
}

/// A process that begins.
#[derive(Debug, Clone)]
pub struct NewProcess {
    pub id: ProcessId,
    pub kind: ProcessKind,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub actor_kind: &'static str,
    pub actor_id: Option<Uuid>,
    pub now: OffsetDateTime,
}

struct Row {
    process_id: Uuid,
    kind: String,
    organizer_id: Uuid,
    event_id: Uuid,
    status: String,
    actor_kind: String,
    actor_id: Option<Uuid>,
    started_at: OffsetDateTime,
    finished_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Process {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: ProcessId::from_uuid(row.process_id),
            kind: word(ProcessKind::parse(&row.kind), "process kind")?,
            organizer: OrganizerId::from_uuid(row.organizer_id),
            event: EventId::from_uuid(row.event_id),
            is_running: row.status == "running",
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}

macro_rules! select_process {
    ($rest:literal $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            "select process_id, kind, organizer_id, event_id, status, actor_kind, actor_id, started_at, finished_at
             from processes " + $rest
            $(, $arg)*
        )
    };
}

/// Begins a process with all its declared steps, none of them done.
///
/// # Errors
/// `Conflict("processes_event_key")` when the event has one of this kind.
pub async fn insert(conn: &mut Conn, new: &NewProcess) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into processes (process_id, kind, organizer_id, event_id, actor_kind, actor_id, started_at, look_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)",
        new.id.uuid(),
        new.kind.as_str(),
        new.organizer.uuid(),
        new.event.uuid(),
        new.actor_kind,
        new.actor_id,
        new.now,
    )
    .execute(&mut *conn)
    .await?;
    let steps: Vec<String> =
        new.kind.steps().iter().map(|step| step.name.as_str().to_owned()).collect();
    sqlx::query!(
        "insert into process_steps (process_id, step, position)
         select $1, s.step, s.position::integer from unnest($2::text[]) with ordinality as s (step, position)",
        new.id.uuid(),
        &steps,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The process, locked until the transaction ends.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn lock(conn: &mut Conn, process: ProcessId) -> Result<Process, StoreError> {
    select_process!("where process_id = $1 for update", process.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// The process, whosever it is: for the system only.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn get(conn: &mut Conn, process: ProcessId) -> Result<Process, StoreError> {
    select_process!("where process_id = $1", process.uuid()).fetch_one(conn).await?.try_into()
}

/// The process of an event, if there is one of this kind.
///
/// # Errors
/// When the database fails.
pub async fn find_for_event(
    conn: &mut Conn,
    kind: ProcessKind,
    event: EventId,
) -> Result<Option<Process>, StoreError> {
    select_process!("where kind = $1 and event_id = $2", kind.as_str(), event.uuid())
        .fetch_optional(conn)
        .await?
        .map(Process::try_from)
        .transpose()
}

/// How far each step is, in their order.
///
/// # Errors
/// When the database fails.
pub async fn list_marks(conn: &mut Conn, process: ProcessId) -> Result<Vec<Mark>, StoreError> {
    let rows = sqlx::query!(
        r#"select step, state, coalesce(finished_at, started_at) as at from process_steps
           where process_id = $1 and state <> 'waiting' order by position"#,
        process.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Mark {
                step: word(StepName::parse(&row.step), "step")?,
                state: word(StepState::parse(&row.state), "step state")?,
                at: row.at.ok_or(StoreError::Malformed("time of a step"))?,
            })
        })
        .collect()
}

/// Moves a step on; the first move notes when it began, `done` when it ended. Done stays done.
///
/// # Errors
/// When the database fails.
pub async fn mark_step(
    conn: &mut Conn,
    process: ProcessId,
    step: StepName,
    state: StepState,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update process_steps
         set state = $3, started_at = coalesce(started_at, $4),
             finished_at = case when $3 = 'done' then $4::timestamptz end
         where process_id = $1 and step = $2 and state <> 'done'",
        process.uuid(),
        step.as_str(),
        state.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Says when the sweeper looks at the process again.
///
/// # Errors
/// When the database fails.
pub async fn look_again(
    conn: &mut Conn,
    process: ProcessId,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!("update processes set look_at = $2 where process_id = $1", process.uuid(), at)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends the process well; says whether it ran until now.
///
/// # Errors
/// When the database fails.
pub async fn mark_succeeded(
    conn: &mut Conn,
    process: ProcessId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update processes set status = 'succeeded', finished_at = $2 where process_id = $1 and status = 'running'",
        process.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Opens a step again, and so everything behind it.
///
/// # Errors
/// When the database fails.
pub async fn reopen_from(
    conn: &mut Conn,
    process: ProcessId,
    step: StepName,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update process_steps s
         set state = case when s.step = $2 then 'running' else 'waiting' end, finished_at = null,
             started_at = case when s.step = $2 then $3::timestamptz end
         where process_id = $1
           and position >= (select position from process_steps where process_id = $1 and step = $2)",
        process.uuid(),
        step.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists running processes whose time to be looked at has come, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_due(
    conn: &mut Conn,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<ProcessId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select process_id from processes where status = 'running' and look_at <= $1 order by look_at limit $2",
        now,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(ProcessId::from_uuid).collect())
}

/// Lists processes whose state and steps disagree. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(ProcessId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.process_id, p.status, count(s.step) as "n_steps!",
                  count(s.step) filter (where s.state = 'done') as "n_done!"
           from processes p left join process_steps s using (process_id)
           group by p.process_id
           having count(s.step) = 0
               or (p.status = 'succeeded') <> (count(s.step) = count(s.step) filter (where s.state = 'done'))
           order by p.process_id limit 1000"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let what = format!("{}, {} of {} steps done", row.status, row.n_done, row.n_steps);
            (ProcessId::from_uuid(row.process_id), what)
        })
        .collect())
}
