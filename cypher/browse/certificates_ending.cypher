// summary: Certificates that end within a number of days, the services that present them and the names they cover.
// params:  org: str -- the organization
//          days: int = 30 -- how many days from now
// index:   TLSCertificate(org, key)
MATCH (certificate:TLSCertificate)
WHERE certificate.org = $org AND certificate.key IS NOT NULL AND certificate.holds_since IS NOT NULL
  AND certificate.not_after < datetime() + duration({days: $days})
OPTIONAL MATCH presented = (:NetworkService)-[presents:PRESENTS]->(certificate)
WHERE presents.holds_since IS NOT NULL
OPTIONAL MATCH covered = (certificate)-[covers:COVERS]->(:Entity)
WHERE covers.holds_since IS NOT NULL
RETURN certificate, presented, covered
LIMIT 300
