// summary: How an organization's modules do, of those that ever failed.
// mode:    read
// params:  org: str -- the organization
//          at: datetime -- now
// returns: module: str, failures: int -- in a row, openings: int -- in a row, fault: str, detail: str, failed_at: datetime
//          since: datetime -- when it opened first, until: datetime -- it is not asked before; null where it is closed
//          is_trial: bool -- whether the job in question is its trial, is_trying: bool -- whether a trial is in hand
// index:   ModuleHealth(org, module), Lease(id)
// rows:    one a module that ever failed, by module
MATCH (h:ModuleHealth)
WHERE h.org = $org AND h.module > ''
RETURN h.module AS module, h.failures AS failures, h.openings AS openings, h.fault AS fault, h.detail AS detail,
       h.failed_at AS failed_at, h.since AS since, h.until AS until, false AS is_trial,
       EXISTS {
         MATCH (t:Lease {id: h.trial})
         WHERE t.state = 'TAKEN' AND t.fence = h.trial_fence AND t.expires_at >= $at
       } AS is_trying
ORDER BY module
