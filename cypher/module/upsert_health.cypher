// summary: Keep how a module does, locked before; its trial is over.
// mode:    write
// params:  org: str -- the organization
//          module: str -- the module's id
//          failures: int -- in a row
//          openings: int -- in a row
//          fault: str -- whose the last one was; null where it is well
//          detail: str -- more about that
//          failed_at: datetime -- when that was
//          since: datetime -- when it opened first; null where it is closed
//          until: datetime -- it is not asked before; null where it is closed
// returns: module: str
// index:   ModuleHealth(org, module)
// rows:    1
MATCH (h:ModuleHealth {org: $org, module: $module})
SET h.failures = $failures, h.openings = $openings, h.fault = $fault, h.detail = $detail, h.failed_at = $failed_at,
    h.since = $since, h.until = $until, h.trial = null, h.trial_fence = null
RETURN h.module AS module
