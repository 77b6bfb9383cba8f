// title:       Nothing tells whose domain it is
// summary:     A domain is scanned as one's own, but no registration, certificate, service or page ties it to an
//              owner.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.5
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:OF]-(Observation)
//              (DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)-[:REGISTRANT|ADMIN_CONTACT]->(ContactRecord)
//              (DomainName)-[:VERIFIED_FOR|USES_CLOUD|HAS_RECORD]->(LegalEntity|CloudTenant|DNSRecord)
//              (DomainName)<-[:HAS_WEBSITE]-(LegalEntity|Person)
//              (DomainName)-[:DELEGATED_TO|MAIL_HANDLED_BY]->(DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,8}(DomainName)<-[:COVERS]-(TLSCertificate)-[:COVERS]->(DomainName)<-[:REACHED]-(Run)
// returns:
//              subject: DomainName
//              evidence: list<DomainRegistration>
//              links: list<link>
//              registration: DomainRegistration
//              score: float -- 0.5
// keyed-by:    subject
// headline:    Nothing ties {subject} to an owner
// explanation: It is in the scan because somebody entered it, and stands alone: its registration names nobody, it is
//              verified for no account, no certificate names an organization or another domain of yours beside it,
//              and its mail and zone are kept elsewhere. It may not be yours, or be nobody's job.
// remediation: Find out who registered it. Take it out of the scan if it is not yours; else verify it for your
//              accounts, and have it kept with the others.
// false-positives: That nothing is known is no finding: the registration has to have been looked at, and the domain's
//              texts asked for. A single thing that holds it to an owner, or to another scanned domain, is enough.
// references:
//              D3FEND D3-AI
//              ATT&CK T1583.001
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName&Apex {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND EXISTS { MATCH (subject)<-[:REACHED {distance: 0}]-(:Run) }
  AND EXISTS {
    MATCH (subject)<-[:OF]-(look:Observation {collector: 'dns.records', part: 'TXT'})
    WHERE look.outcome IN ['FOUND', 'ABSENT']
  }
MATCH (subject)-[has:HAS_REGISTRATION WHERE has.holds_since IS NOT NULL]->(registration:DomainRegistration)
WHERE coalesce(registration.registrant_organization, registration.registrant_name) IS NULL
  AND NOT EXISTS {
    MATCH (registration)-[held:REGISTRANT|ADMIN_CONTACT WHERE held.holds_since IS NOT NULL]->(contact:ContactRecord)
    WHERE NOT coalesce(contact.is_redacted, false)
  }
  AND NOT EXISTS {
    MATCH (subject)-[proves:VERIFIED_FOR|USES_CLOUD|HAS_RECORD]->(proof:LegalEntity|CloudTenant|DNSRecord)
    WHERE proves.holds_since IS NOT NULL AND (type(proves) <> 'HAS_RECORD' OR proof.purpose = 'verification')
  }
  AND NOT EXISTS {
    MATCH (subject)<-[shows:HAS_WEBSITE]-(:LegalEntity|Person)
    WHERE shows.holds_since IS NOT NULL
  }
  AND NOT EXISTS {
    MATCH (subject)-[served:DELEGATED_TO|MAIL_HANDLED_BY WHERE served.holds_since IS NOT NULL]->(host:DomainName)
    WHERE host.registrable_domain <> subject.name AND EXISTS { MATCH (host)<-[:REACHED {distance: 0}]-(:Run) }
  }
  AND NOT EXISTS {
    MATCH (subject)<-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]-{0,8}(name:DomainName)
    MATCH (certificate:TLSCertificate)-[covers:COVERS WHERE covers.holds_since IS NOT NULL]->(name)
    WHERE certificate.subject_organization IS NOT NULL OR EXISTS {
      MATCH (certificate)-[also:COVERS WHERE also.holds_since IS NOT NULL]->(other:DomainName)
      WHERE other.registrable_domain <> subject.name AND EXISTS { MATCH (other)<-[:REACHED {distance: 0}]-(:Run) }
    }
  }
RETURN subject, [registration] AS evidence, [has.id] AS links, registration, 0.5 AS score
