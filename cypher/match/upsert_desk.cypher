// summary: Hold an organization's identities, so that one transaction at a time compares and decides.
// mode:    write
// params:  id: str -- of the desk
//          org: str -- the organization
// returns: basis: str -- by which keys and scorers everything was compared; empty before the first time
// index:   MatchDesk(id)
// rows:    1
MERGE (desk:MatchDesk {id: $id})
ON CREATE SET desk.org = $org
// Removing what is not there takes the lock and writes nothing.
REMOVE desk._lock
RETURN coalesce(desk.basis, '') AS basis
