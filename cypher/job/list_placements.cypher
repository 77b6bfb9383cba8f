// summary: Where addresses and ranges of them lie, as far as it is known now: countries, networks' numbers, who runs them.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- ids of addresses and ranges
// returns: key: str -- the address or range
//          countries: list<str> -- ISO 3166-1
//          systems: list<str> -- AS numbers
//          providers: list<str> -- names and holders of the autonomous systems that announce it
//          organizations: list<str> -- names of who runs the address, or a block that holds it
// index:   Entity(id)
// rows:    at most one an id
UNWIND $ids AS id
MATCH (n:Entity&(IPAddress|Netblock) {id: id, org: $org})
USING INDEX n:Entity(id)
OPTIONAL MATCH (block:Netblock)-[held:CONTAINS]->{1,4}(n)
WHERE all(each IN held WHERE each.holds_since IS NOT NULL)
WITH n, collect(DISTINCT block) AS blocks
WITH n, [n] + blocks AS places
CALL (places) {
  UNWIND places AS place
  MATCH (place)-[at:LOCATED_AT]->(where:Location)
  WHERE at.holds_since IS NOT NULL AND where.country IS NOT NULL
  RETURN collect(DISTINCT where.country) AS countries
}
CALL (places) {
  UNWIND places AS place
  MATCH (system:AutonomousSystem)-[tells:ANNOUNCES]->(place)
  WHERE tells.holds_since IS NOT NULL
  RETURN collect(DISTINCT system) AS systems
}
CALL (places) {
  UNWIND places AS place
  MATCH (place)-[by:OPERATED_BY]->(body:LegalEntity)
  WHERE by.holds_since IS NOT NULL
  RETURN collect(DISTINCT body.name) AS bodies
}
CALL (systems) {
  UNWIND systems AS system
  MATCH (system)-[by:OPERATED_BY]->(body:LegalEntity)
  WHERE by.holds_since IS NOT NULL
  RETURN collect(DISTINCT body.name) AS holders
}
RETURN n.key AS key, countries, [system IN systems | 'AS' + toString(system.number)] AS systems,
       holders + [system IN systems WHERE system.name IS NOT NULL | system.name]
               + [system IN systems WHERE system.holder IS NOT NULL | system.holder] AS providers,
       bodies AS organizations
