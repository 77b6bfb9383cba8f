// summary: In how many organizations each module is not asked, or by trials alone.
// mode:    read
// params:
// returns: module: str, organizations: int
// index:   ModuleHealth(until)
// rows:    one a module that does not work somewhere
MATCH (h:ModuleHealth)
WHERE h.until IS NOT NULL
RETURN h.module AS module, count(*) AS organizations
ORDER BY module
