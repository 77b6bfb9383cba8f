// title:       New open port
// summary:     A port answers on an address that was looked at before without it.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.8
// reads:
//              (NetworkService)<-[:HAS_PORT]-(IPAddress)-[:HAS_PORT]->(NetworkService)
// params:
//              window: duration = P7D -- for how long a port is new
//              settled: duration = PT12H -- how much earlier the address has to have been known
// returns:
//              subject: NetworkService
//              evidence: list<IPAddress>
//              links: list<link>
//              opened: datetime -- when it was seen first
//              score: float -- 0.7
// keyed-by:    subject
// headline:    {subject} is open since {opened}
// explanation: Most break-ins begin at something that was opened and forgotten. Now is the time to ask who needs it.
// remediation: Find out who opened it and why; close it if nobody can say.
// false-positives: When an address is looked at for the first time, all its ports are new to us, not to the world.
// references:
//              ATT&CK T1571
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND coalesce(subject.state, 'open') = 'open' AND subject.server_name IS NULL
MATCH (address:IPAddress)-[has_port:HAS_PORT]->(subject)
WHERE has_port.holds_since IS NOT NULL
  AND has_port.first_seen > $now - $window
  AND EXISTS {
    MATCH (address)-[earlier:HAS_PORT]->(other:NetworkService)
    WHERE earlier.holds_since IS NOT NULL AND earlier.first_seen + $settled < has_port.first_seen
  }
RETURN subject, [address] AS evidence, [has_port.id] AS links, has_port.first_seen AS opened, 0.7 AS score
