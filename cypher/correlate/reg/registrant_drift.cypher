// title:       Registrant, registrar and name servers changed together
// summary:     Within days, a domain was given another holder, another registrar and other name servers.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.7
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:HAS_REGISTRATION]->{0,1}(DomainName|DomainRegistration)-[:SPONSORED_BY|REGISTRANT|DELEGATED_TO]->(LegalEntity|ContactRecord|DomainName)
// params:
//              window: duration = P30D -- for how long this is news
//              within: duration = P7D -- how close together the changes have to lie
// returns:
//              subject: DomainName
//              evidence: list<DomainRegistration|LegalEntity|ContactRecord|DomainName>
//              links: list<link>
//              former: list<str> -- who kept it before
//              registrars: list<LegalEntity> -- who keeps it now
//              since: datetime -- when the first of the changes was seen
//              score: float -- 0.9
// keyed-by:    since
// headline:    {subject} went from {former} to {registrars} with another holder and other name servers, by {since}
// explanation: Each of these changes for good reasons now and then. All three within days is what it looks like when
//              a domain is sold, and when it is stolen.
// remediation: Ask whoever keeps the domain whether they moved it. If nobody did, call the old and the new registrar
//              at once: transfers can be undone for some days, and mail of the domain is read by others meanwhile.
// false-positives: A registry that begins to hold contacts back has changed nothing: redacted contacts do not count.
//              A name server added to those there were is no change of hands. What was found when a domain was looked
//              at for the first time is not new.
// references:
//              ATT&CK T1584.001
//              CWE-350
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName&Apex {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[has:HAS_REGISTRATION WHERE has.holds_since IS NOT NULL]->{0,1}(holder:DomainName|DomainRegistration)
MATCH (holder)-[says:SPONSORED_BY|REGISTRANT|DELEGATED_TO]->(party:LegalEntity|ContactRecord|DomainName)
  // What ended lately tells who it was before: it is named, but nothing rests on it.
WHERE (says.holds_since IS NOT NULL OR (says.past[-1] > $now - $window AND says.first_seen <= $now - $window))
  AND NOT coalesce(party.is_redacted, false)
WITH subject, has, holder, says, party ORDER BY party.key
WITH subject, type(says) AS what,
     collect({nodes: [step IN has | endNode(step)] + [party], links: [step IN has | step.id] + [says.id],
              party: party, name: party.caption,
              at: CASE WHEN says.holds_since IS NOT NULL THEN says.first_seen END}) AS all
WITH subject, what, [one IN all WHERE one.at > $now - $window] AS new, [one IN all WHERE one.at IS NULL] AS former,
     [one IN all WHERE one.at <= $now - $window] AS kept
WHERE size(new) > 0 AND size(former) > 0 AND size(kept) = 0
WITH subject, what, new[..5] AS parties,
     reduce(at = new[0].at, one IN new | CASE WHEN one.at < at THEN one.at ELSE at END) AS at,
     CASE WHEN what = 'SPONSORED_BY' THEN [one IN new | one.party] ELSE [] END AS registrars,
     CASE WHEN what = 'SPONSORED_BY' THEN [one IN former | one.name] ELSE [] END AS former
WITH subject, size(collect(what)) AS changes, min(at) AS since, max(at) AS latest,
     reduce(all = [], one IN collect(registrars) | all + one) AS registrars,
     reduce(all = [], one IN collect(former) | all + one) AS former,
     reduce(all = [], one IN collect(parties) | all + one) AS parties
WHERE changes = 3 AND latest <= since + $within
RETURN subject, reduce(all = [], one IN parties | all + one.nodes) AS evidence,
       reduce(all = [], one IN parties | all + one.links) AS links, former, registrars, since, 0.9 AS score
