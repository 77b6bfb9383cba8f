// title:       Alias to something that nobody holds
// summary:     A name is an alias of a provider's name that does not exist, or that the provider says nobody claims:
//              whoever claims it serves pages under the name.
// version:     1
// status:      experimental
// severity:    CRITICAL
// confidence:  0.85
// reads:
//              (DomainName)-[:CNAME_TO]->{1,8}(DomainName)-[:CNAME_TO]->(DomainName)
//              (DomainName)-[:CNAME_TO]->{1,8}(DomainName)-[:RESOLVES_TO]->(IPAddress)
// returns:
//              subject: DomainName
//              evidence: list<DomainName>
//              links: list<link>
//              target: DomainName -- where the alias ends
//              why: str
//              score: float -- 1 where the provider says so, less where the target does not exist
// keyed-by:    target
// headline:    {subject} is an alias of {target}, which {why}
// explanation: Somebody who makes an account at the provider and claims the name gets to serve pages, cookies and
//              certificates under yours, and visitors cannot tell.
// remediation: Delete the alias, or claim the name at the provider again. Then look through the certificate logs for
//              certificates that others got for it.
// false-positives: An alias within one's own domain that does not exist is untidy, but nobody else can claim it.
// references:
//              CWE-350
//              ATT&CK T1584.001
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[alias:CNAME_TO WHERE alias.holds_since IS NOT NULL]->{1,8}(target:DomainName)
WHERE coalesce(target.registrable_domain, target.name) <> coalesce(subject.registrable_domain, subject.name)
  AND NOT EXISTS {
    MATCH (target)-[onward:CNAME_TO]->(:DomainName)
    WHERE onward.holds_since IS NOT NULL
  }
WITH subject, target, alias, coalesce(target.unclaimed_at, subject.unclaimed_at) AS provider
WHERE provider IS NOT NULL
   OR (target.dns_status = 'nonexistent' AND NOT EXISTS {
    MATCH (target)-[resolves:RESOLVES_TO]->(:IPAddress)
    WHERE resolves.holds_since IS NOT NULL
  })
RETURN subject, [step IN alias | endNode(step)] AS evidence, [step IN alias | step.id] AS links, target,
       CASE WHEN provider IS NULL THEN 'does not exist' ELSE 'nobody claims at ' + provider END AS why,
       CASE WHEN provider IS NULL THEN 0.8 ELSE 1.0 END AS score
