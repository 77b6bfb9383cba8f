// title:       Closed port is open again
// summary:     A port that was found closed answers again.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.8
// reads:
//              (NetworkService)<-[:HAS_PORT]-(IPAddress)
// params:
//              window: duration = P14D -- for how long this is news
// returns:
//              subject: NetworkService
//              evidence: list<IPAddress>
//              links: list<link>
//              closed: datetime -- when it was found closed
//              opened: datetime -- when it was found open again
//              score: float -- 0.8
// keyed-by:    opened
// headline:    {subject} was closed on {closed} and is open again since {opened}
// explanation: Somebody closed it for a reason. Updates, restored backups and new machines bring such things back
//              without anybody deciding it.
// remediation: Close it again, and mend what opened it.
// false-positives: Services that come and go within a day (restarts, failures) are not reported.
// references:
//              CWE-668
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND subject.server_name IS NULL
MATCH (address:IPAddress)-[has_port:HAS_PORT]->(subject)
WHERE has_port.holds_since IS NOT NULL
  AND has_port.past IS NOT NULL
  AND has_port.holds_since > $now - $window
  AND has_port.past[-1] + duration('P1D') <= has_port.holds_since
RETURN subject, [address] AS evidence, [has_port.id] AS links, has_port.past[-1] AS closed,
       has_port.holds_since AS opened, 0.8 AS score
