// title:       Names of the inside in public records
// summary:     Public records of a domain or an address tell of names that only mean something inside: of a private
//              network, or of a directory service.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.8
// reads:
//              (DomainName)<-[:SRV_TO]-(DomainName)
//              (DomainName)<-[:POINTS_TO|SRV_TO|CNAME_TO|MAIL_HANDLED_BY|DELEGATED_TO]-(IPAddress|DomainName)<-[:REACHED]-(Run)
// params:
//              suffixes: list<str> = ["local", "lan", "internal", "intranet", "corp", "home", "private", "localdomain"]
//                -- last labels of names that no public registry gives out
//              services: list<str> = ["_ldap._tcp", "_ldap._tcp.dc._msdcs", "_kerberos._tcp", "_kerberos._udp",
//                "_kpasswd._tcp", "_gc._tcp"] -- services by which members find a directory
// returns:
//              subject: DomainName
//              evidence: list<DomainName|IPAddress>
//              links: list<link>
//              tellers: list<DomainName|IPAddress> -- whose records tell of it
//              score: float -- more for a directory service
// keyed-by:    subject
// headline:    Public records of {tellers} tell of {subject}, a name for the inside
// explanation: Names inside say which systems there are, how hosts are called and where accounts are kept. An
//              attacker who has read them is at home in the network before being in it.
// remediation: Answer such names on the inside only (split DNS), and give addresses names that tell nothing.
// false-positives: Records of a private address are seen by those who ask from the inside only. What strangers
//              publish, or what a run only came across, is not one's own.
// references:
//              CWE-200
//              ATT&CK T1590.002
//              RFC 6762
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND (last(split(subject.name, '.')) IN $suffixes OR EXISTS {
    MATCH (subject)<-[offers:SRV_TO]-(:DomainName)
    WHERE offers.holds_since IS NOT NULL AND offers.service IN $services
  })
MATCH (teller:IPAddress|DomainName)
      -[tells:POINTS_TO|SRV_TO|CNAME_TO|MAIL_HANDLED_BY|DELEGATED_TO]->(subject)
WHERE tells.holds_since IS NOT NULL
  AND (last(split(subject.name, '.')) IN $suffixes OR tells.service IN $services)
  AND NOT coalesce(teller.address_space, 'global') IN ['private', 'loopback', 'link_local', 'shared', 'unspecified']
  // Names that runs only came across are somebody else's; one's own addresses are a hop from one's own names.
  AND coalesce(COLLECT { MATCH (teller)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0)
      <= CASE WHEN teller.address IS NULL THEN 0 ELSE 1 END
WITH subject, teller, tells ORDER BY teller.key, tells.id
WITH subject, collect(DISTINCT teller)[..10] AS tellers, collect(tells.id)[..10] AS links,
     max(CASE WHEN tells.service IN $services THEN 0.9 ELSE 0.6 END) AS score
RETURN subject, tellers AS evidence, links, tellers, score
