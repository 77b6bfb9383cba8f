// title:       New name of a domain
// summary:     A name below one's own domain is known since a few days, although who told of it had been asked about
//              the domain before.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.7
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:PRODUCED]-(Observation)
//              (DomainName)-[:SUBDOMAIN_OF]->{1,8}(DomainName)<-[:OF]-(Observation)
//              (DomainName)-[:RESOLVES_TO|CNAME_TO]->(DomainName|IPAddress)
// params:
//              window: duration = P7D -- for how long a name is new
//              settled: duration = PT12H -- how much earlier the same source has to have been asked
// returns:
//              subject: DomainName
//              evidence: list<DomainName|IPAddress>
//              links: list<link>
//              appeared: datetime -- when it was first told of
//              targets: list<DomainName|IPAddress> -- where it leads
//              score: float -- 0.7
// keyed-by:    subject
// headline:    {subject} is new since {appeared} and leads to {targets}
// explanation: New names are new machines, new services or new customers of somebody else's service, and mostly come
//              into being before anybody thinks of their safety.
// remediation: Find out who made it and what for, and look at what it leads to.
// false-positives: When a source is asked for the first time, all it tells is new to us, not to the world. Below a
//              wildcard every name resolves, so that a new one proves nothing.
// references:
//              ATT&CK T1583.001
//              ATT&CK T1596.001
//              D3FEND D3-AI
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND NOT coalesce(subject.is_registrable, true)
  AND subject.first_seen > $now - $window
  // A name that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]->{1,8}(apex:DomainName)
WHERE apex.name = subject.registrable_domain
  AND none(step IN below WHERE coalesce(endNode(step).has_wildcard, false))
  AND EXISTS {
    MATCH (subject)<-[:PRODUCED]-(told:Observation)
    MATCH (apex)<-[:OF]-(look:Observation)
    WHERE told.ended_at <= subject.first_seen
      AND look.collector = told.collector AND look.ended_at + $settled < subject.first_seen
  }
MATCH (subject)-[leads:RESOLVES_TO|CNAME_TO WHERE leads.holds_since IS NOT NULL]->(target:DomainName|IPAddress)
WITH subject, below, target, leads ORDER BY target.key, leads.id
WITH subject, below, collect(DISTINCT target)[..5] AS targets, collect(leads.id)[..5] AS led
RETURN subject, [step IN below | endNode(step)] + targets AS evidence, [step IN below | step.id] + led AS links,
       subject.first_seen AS appeared, targets, 0.7 AS score
