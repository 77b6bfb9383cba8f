// title:       Management interface is public
// summary:     The log-in page of a product for administration is open to everybody.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.85
// reads:
//              (URL)-[:HOSTED_AT]->(DomainName|IPAddress)
// params:
//              panels: list<str> = ["grafana", "kibana", "jenkins", "phpmyadmin", "adminer", "webmin", "plesk",
//                "cpanel", "portainer", "traefik", "rundeck", "sonarqube", "argo cd", "proxmox", "pgadmin",
//                "rabbitmq management", "netdata", "zabbix", "nagios", "openvas", "roundcube admin"]
//                -- how titles of such pages begin, in lower case
// returns:
//              subject: URL
//              evidence: list<DomainName|IPAddress>
//              links: list<link>
//              title: str -- the page's title
//              score: float -- less where only the title speaks
// keyed-by:    subject
// headline:    The management interface "{title}" is public at {subject}
// explanation: Such products hold keys to many systems, and their weaknesses are searched for by machine on the whole
//              Internet within hours of being known.
// remediation: Let only the people who administer reach it (VPN, single sign-on in front), and keep it up to date.
// false-positives: A page that writes about a product has its name in the title, too; without a log-in form or a
//              demand to log in (status 401) it is not reported.
// references:
//              CWE-668
//              ATT&CK T1133
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&URL {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND subject.status IN [200, 401]
WITH subject,
     CASE
       WHEN subject.is_admin_panel THEN 1.0
       WHEN (subject.has_password_form OR subject.status = 401)
         AND any(panel IN $panels WHERE toLower(subject.title) STARTS WITH panel) THEN 0.9
     END AS score
WHERE score IS NOT NULL
MATCH (subject)-[hosted:HOSTED_AT]->(host:DomainName|IPAddress)
WHERE hosted.holds_since IS NOT NULL
RETURN subject, [host] AS evidence, [hosted.id] AS links, coalesce(subject.title, subject.path) AS title, score
