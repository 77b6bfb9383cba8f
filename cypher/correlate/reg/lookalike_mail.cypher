// title:       Look-alike takes mail
// summary:     A domain that looks like one's own has mail hosts.
// version:     2
// status:      experimental
// severity:    MEDIUM
// confidence:  0.8
// reads:
//              (DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
//              (DomainName)-[:SIMILAR_TO]->(DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
//              (DomainName)-[:MAIL_HANDLED_BY]->(DomainName)
// params:
//              likeness: float = 0.7 -- how much a name has to look like one's own, from 0 to 1
// returns:
//              subject: DomainName
//              evidence: list<DomainName>
//              links: list<link>
//              original: DomainName -- one's own domain
//              hosts: list<DomainName> -- where the look-alike's mail goes
//              score: float -- how much they look alike
// keyed-by:    original
// headline:    {subject} looks like {original} and takes mail at {hosts}
// explanation: Mail to a name that was mistyped arrives there, with whatever is in it, and mail from there passes for
//              yours with those who answer it. A look-alike without a web site but with mail hosts has no other use.
// remediation: Find out who holds it. If you do, add it to the scan; if not, have receivers of your mail block it, and
//              report it to its registrar once it is used.
// false-positives: Owners register look-alikes of their own name: those that are registered for the same organization,
//              or whose mail goes to a host below one's own name, are not reported.
// references:
//              ATT&CK T1583.001
//              ATT&CK T1566
//              D3FEND D3-HD
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName&Apex {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // Here, too, so that it is asked of look-alikes alone: what lies within { } is not known to be needed.
MATCH (subject)-[looks:SIMILAR_TO WHERE looks.score >= $likeness]->(:DomainName)
WITH DISTINCT subject
CALL (subject) {
  MATCH (subject)-[alike:SIMILAR_TO WHERE alike.score >= $likeness]->(original:DomainName)
  WHERE NOT EXISTS {
    MATCH (subject)-[copy_has:HAS_REGISTRATION]->(copy_paper:DomainRegistration)
    MATCH (original)-[real_has:HAS_REGISTRATION]->(real_paper:DomainRegistration)
    WHERE copy_has.holds_since IS NOT NULL AND real_has.holds_since IS NOT NULL
      AND toLower(copy_paper.registrant_organization) = toLower(real_paper.registrant_organization)
  }
  MATCH (subject)-[names:MAIL_HANDLED_BY WHERE names.holds_since IS NOT NULL]->(host:DomainName)
  WITH alike, original, names, host ORDER BY names.preference, host.key
  WITH alike, original, collect(host) AS hosts, collect(names.id) AS links
  WHERE none(host IN hosts WHERE coalesce(host.registrable_domain, host.name) = original.name)
  RETURN original, hosts[..5] AS hosts, links[..5] AS links, alike.score AS score
  ORDER BY score DESC, original.name
  LIMIT 1
}
RETURN subject, [original] + hosts AS evidence, links, original, hosts, score
