// summary: Which entities may be compared otherwise than before, after a write touched these.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- of entities that a write touched
//          kinds: list<str> -- the kinds that are compared
//          most: int -- of how many holders of one value at most; what more have tells nobody apart
// returns: id: str -- of an entity to compare
// index:   Entity(id)
// rows:    at most one an entity, and `most` a value
UNWIND $ids AS touched
MATCH (n:Entity {id: touched})
WHERE n.org = $org
CALL (n) {
  WITH n WHERE any(label IN labels(n) WHERE label IN $kinds)
  RETURN n.id AS id
  UNION
  MATCH (n)<-[:HAS_IDENTIFIER|HAS_EMAIL|HAS_PHONE|HAS_WEBSITE|LOCATED_AT|OWNS_ACCOUNT|EMPLOYED_BY|DIRECTOR_OF]-(holder:LegalEntity|Person)
  WHERE n:Identifier OR n:EmailAddress OR n:PhoneNumber OR n:DomainName OR n:Location OR n:UserAccount OR n:LegalEntity
  WITH holder LIMIT $most
  RETURN holder.id AS id
}
RETURN DISTINCT id
