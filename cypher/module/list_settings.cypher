// summary: How an organization has set its modules, with what it had set before.
// mode:    read
// params:  org: str -- the organization
// returns: module: str, version: int -- how often it was set, is_enabled: bool, options: str -- as JSON
//          pinned: int -- the only version of it whose processes are asked; 0 for any
//          set_by: str -- id of the user who set it last, set_at: datetime
//          past: list<map> -- is_enabled, options, pinned, set_by and set_at of each version kept, latest first, this one among them
// index:   ModuleSetting(org, module)
// rows:    one a module that was ever set, by module
MATCH (s:ModuleSetting)
WHERE s.org = $org AND s.module > ''
RETURN s.module AS module, s.version AS version, s.is_enabled AS is_enabled, s.options AS options,
       coalesce(s.pinned, 0) AS pinned, s.set_by AS set_by,
       s.set_at AS set_at,
       [i IN range(0, size(s.all_at) - 1) |
         {is_enabled: s.all_enabled[i], options: s.all_options[i], pinned: coalesce(s.all_pinned[i], 0),
           set_by: s.all_by[i], set_at: s.all_at[i]}] AS past
ORDER BY module
