// title:       Burst of look-alike domains
// summary:     Several domains that look like one's own were registered within two days through one registrar.
// version:     2
// status:      experimental
// severity:    HIGH
// confidence:  0.8
// reads:
//              (DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
//              (DomainName)<-[:SIMILAR_TO]-(DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)-[:SPONSORED_BY]->(LegalEntity)
// params:
//              least: int = 5 -- how many look-alikes there have to be
//              likeness: float = 0.6 -- how much a name has to look like one's own, from 0 to 1
//              within: duration = P2D -- how close together they were created
// returns:
//              subject: DomainName
//              evidence: list<DomainName|DomainRegistration|LegalEntity>
//              links: list<link>
//              registrar: LegalEntity
//              copies: list<DomainName> -- the look-alikes
//              count: int
//              began: datetime -- when the first of them was created
//              score: float -- more the more there are
// keyed-by:    registrar
// headline:    {count} look-alikes of {subject} were registered through {registrar} from {began} on: {copies}
// explanation: One look-alike may be chance. A handful within hours, in one place, is somebody preparing a wave of
//              mail or pages that pass for yours.
// remediation: Report them together to the registrar, watch the names for mail servers and certificates, and have
//              receivers of your mail know about them before the wave begins.
// false-positives: Owners register look-alikes of their own name to keep others from it: those that are registered
//              for the same organization are not reported.
// references:
//              ATT&CK T1583.001
//              D3FEND D3-HD
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (copy:DomainName)-[alike:SIMILAR_TO WHERE alike.score >= $likeness]->(subject)
MATCH (copy)-[has:HAS_REGISTRATION WHERE has.holds_since IS NOT NULL]->(registration:DomainRegistration)
WHERE NOT EXISTS {
  MATCH (subject)-[real_has:HAS_REGISTRATION]->(real:DomainRegistration)
  WHERE real_has.holds_since IS NOT NULL
    AND toLower(real.registrant_organization) = toLower(registration.registrant_organization)
}
MATCH (registration)-[kept:SPONSORED_BY WHERE kept.holds_since IS NOT NULL]->(registrar:LegalEntity)
WITH subject, registrar, copy, has, registration, kept
ORDER BY registration.valid_from, copy.key
WITH subject, registrar, collect({copy: copy, at: registration.valid_from, nodes: [copy, registration],
                                  links: [has.id, kept.id]})[..500] AS all
WITH subject, registrar, all, [first IN all | [one IN all WHERE first.at <= one.at <= first.at + $within]] AS bursts
UNWIND bursts AS burst
WITH subject, registrar, burst
WHERE size(burst) >= $least
WITH subject, registrar, burst ORDER BY size(burst) DESC, burst[0].at
WITH subject, registrar, head(collect(burst)) AS burst
RETURN subject, reduce(all = [registrar], one IN burst[..10] | all + one.nodes) AS evidence,
       reduce(all = [], one IN burst[..10] | all + one.links) AS links, registrar,
       [one IN burst[..10] | one.copy] AS copies, size(burst) AS count, burst[0].at AS began,
       CASE WHEN size(burst) >= 2 * $least THEN 1.0 ELSE 0.8 END AS score
