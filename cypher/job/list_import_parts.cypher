// summary: The parts in which a file was imported.
// mode:    read
// params:  org: str -- the organization
//          file: str -- id of the file's entity
//          collector: str -- the name its claims carry
// returns: part: str
// index:   Entity(id)
// rows:    one a part
MATCH (n:Entity {id: $file})<-[:OF]-(o:Observation {collector: $collector})
WHERE n.org = $org
RETURN DISTINCT o.part AS part
