// summary: Remember by which keys and scorers all of an organization was compared.
// mode:    write
// params:  id: str -- of the desk
//          org: str -- the organization
//          basis: str -- a digest of keys and scorers
// returns: basis: str -- the same
// index:   MatchDesk(id)
// rows:    1
MERGE (desk:MatchDesk {id: $id})
SET desk.org = $org, desk.basis = $basis
RETURN desk.basis AS basis
