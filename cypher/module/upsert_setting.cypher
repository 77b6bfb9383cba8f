// summary: Set a module in an organization, as a new version; the same change again changes nothing.
// mode:    write
// params:  id: str -- the setting's id
//          org: str -- the organization
//          module: str -- the module's id
//          is_enabled: bool -- whether it may be used; null to leave that as it is
//          options: str -- the organization's options as JSON; null to leave them as they are
//          pinned: int -- the only version of the module whose processes are to be asked, 0 for any; null to leave that
//          by: str -- id of the user who sets it
//          change: str -- what makes this change one, however often it is carried out
//          kept: int -- how many versions are kept
//          now: datetime
// returns: version: int -- how often it was set
// index:   ModuleSetting(org, module)
// rows:    1
MERGE (s:ModuleSetting {org: $org, module: $module})
ON CREATE SET s.id = $id, s.version = 0, s.is_enabled = true, s.options = '{}'
REMOVE s._lock
FOREACH (x IN CASE WHEN $change IN coalesce(s.changes, []) THEN [] ELSE [1] END |
  SET s.version = s.version + 1, s.is_enabled = coalesce($is_enabled, s.is_enabled),
      s.options = coalesce($options, s.options), s.pinned = coalesce($pinned, s.pinned, 0), s.set_by = $by, s.set_at = $now,
      s.changes = ([$change] + coalesce(s.changes, []))[0..20]
  SET s.all_enabled = ([s.is_enabled] + coalesce(s.all_enabled, []))[0..$kept],
      s.all_options = ([s.options] + coalesce(s.all_options, []))[0..$kept],
      s.all_pinned = ([s.pinned] + coalesce(s.all_pinned, [x IN coalesce(s.all_at, []) | 0]))[0..$kept],
      s.all_by = ([$by] + coalesce(s.all_by, []))[0..$kept],
      s.all_at = ([$now] + coalesce(s.all_at, []))[0..$kept])
RETURN s.version AS version
