// summary: Move a schedule on: what is due next, and what became of moments that were.
// mode:    write
// params:  id: str -- the schedule's id
//          planned_at: datetime -- the next moment by its cron expression; null where there is none
//          next_at: datetime -- when that begins, jitter included; null where there is none
//          queued_for: datetime -- the moment whose run waits until another one has ended; null where none does
//          due_at: datetime -- when to look at it again; null for never
//          fired_at: datetime -- when it started a run just now; null where it did not
//          told: list<map> -- planned_for, at, outcome, reason and run (both empty where there is none) of each, latest first
//          kept: int -- how many of these are kept
// returns: id: str
// index:   Schedule(id)
// rows:    0 or 1
MATCH (x:Schedule {id: $id})
SET x.planned_at = $planned_at, x.next_at = $next_at, x.queued_for = $queued_for, x.due_at = $due_at,
    x.last_fired_at = coalesce($fired_at, x.last_fired_at),
    x.told_for = ([each IN $told | each.planned_for] + coalesce(x.told_for, []))[0..$kept],
    x.told_at = ([each IN $told | each.at] + coalesce(x.told_at, []))[0..$kept],
    x.told_outcomes = ([each IN $told | each.outcome] + coalesce(x.told_outcomes, []))[0..$kept],
    x.told_reasons = ([each IN $told | each.reason] + coalesce(x.told_reasons, []))[0..$kept],
    x.told_runs = ([each IN $told | each.run] + coalesce(x.told_runs, []))[0..$kept]
RETURN x.id AS id
