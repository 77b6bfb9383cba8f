// summary: Count nothing that went wrong with a module any more, so that it is asked at once.
// mode:    write
// params:  org: str -- the organization
//          module: str -- the module's id
// returns: module: str, was_open: bool -- whether it was not asked, or by trials alone
// index:   ModuleHealth(org, module)
// rows:    0 or 1
MATCH (h:ModuleHealth {org: $org, module: $module})
REMOVE h._lock
WITH h, h.until IS NOT NULL AS was_open
SET h.failures = 0, h.openings = 0, h.fault = null, h.detail = null, h.failed_at = null, h.since = null, h.until = null,
    h.trial = null, h.trial_fence = null
RETURN h.module AS module, was_open
