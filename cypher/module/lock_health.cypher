// summary: How a module does, locked until the transaction's end; no row where it is well and nothing is to be counted.
// mode:    write
// params:  id: str -- the record's id
//          org: str -- the organization
//          module: str -- the module's id
//          lease: str -- the job that tells of it
//          fence: int -- the number with which that was taken
//          is_made: bool -- whether to make the record where there is none, and to give one that is well
// returns: module: str, failures: int -- in a row, openings: int -- in a row, fault: str, detail: str, failed_at: datetime
//          since: datetime -- when it opened first, until: datetime -- it is not asked before; null where it is closed
//          is_trial: bool -- whether the job is its trial, is_trying: bool -- the same
// index:   ModuleHealth(org, module)
// rows:    0 or 1
FOREACH (x IN CASE WHEN $is_made THEN [1] ELSE [] END |
  MERGE (made:ModuleHealth {org: $org, module: $module})
  ON CREATE SET made.id = $id, made.failures = 0, made.openings = 0)
WITH 1 AS one
MATCH (h:ModuleHealth {org: $org, module: $module})
WHERE $is_made OR h.failures > 0
REMOVE h._lock
WITH h, h.until IS NOT NULL AND coalesce(h.trial = $lease AND h.trial_fence = $fence, false) AS is_trial
RETURN h.module AS module, h.failures AS failures, h.openings AS openings, h.fault AS fault, h.detail AS detail,
       h.failed_at AS failed_at, h.since AS since, h.until AS until, is_trial, is_trial AS is_trying
