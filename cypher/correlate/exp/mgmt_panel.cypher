// title:       Management interface is public
// summary:     The log-in page of a product for administration is open to everybody.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.85
// reads:
//              (NetworkService)-[:SERVES]->(URL)
// params:
//              panels: list<str> = ["grafana", "kibana", "jenkins", "phpmyadmin", "adminer", "webmin", "plesk",
//                "cpanel", "portainer", "traefik", "rundeck", "sonarqube", "argo cd", "proxmox", "pgadmin",
//                "rabbitmq management", "netdata", "zabbix", "nagios", "openvas", "roundcube admin"]
//                -- how titles of such pages begin, in lower case
// returns:
//              subject: NetworkService
//              evidence: list<URL>
//              links: list<link>
//              titles: list<str> -- the pages' titles
//              pages: list<URL>
//              score: float -- less where only the title speaks
// keyed-by:    subject
// headline:    {subject} shows the public management interface {titles} at {pages}
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
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[serves:SERVES]->(page:URL)
WHERE serves.holds_since IS NOT NULL AND page.status IN [200, 401]
WITH subject, serves, page,
     CASE
       WHEN page.is_admin_panel THEN 1.0
       WHEN (page.has_password_form OR page.status = 401)
         AND any(panel IN $panels WHERE toLower(page.title) STARTS WITH panel) THEN 0.9
     END AS score
WHERE score IS NOT NULL
WITH subject, serves, page, score ORDER BY page.key
WITH subject, collect(page)[..10] AS pages, collect(serves.id)[..10] AS links,
     collect(DISTINCT coalesce(page.title, page.path))[..10] AS titles, max(score) AS score
RETURN subject, pages AS evidence, links, titles, pages, score
