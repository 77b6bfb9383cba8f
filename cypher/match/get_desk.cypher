// summary: By which keys and scorers all of an organization was compared.
// mode:    read
// params:  id: str -- of the desk
// returns: basis: str -- empty where not all was
// index:   MatchDesk(id)
// rows:    0..1
MATCH (desk:MatchDesk {id: $id})
RETURN coalesce(desk.basis, '') AS basis
