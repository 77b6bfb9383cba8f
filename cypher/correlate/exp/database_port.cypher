// title:       Database reachable from the Internet
// summary:     A database answers on a public address, where anybody can try passwords and old weaknesses on it.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.9
// reads:
//              (NetworkService)<-[:HAS_PORT]-(IPAddress)
// params:
//              ports: list<int> = [1433, 1521, 3306, 5432, 5984, 6379, 9042, 9200, 11211, 27017]
//                -- ports that count where a service does not say what it is
//              products: list<str> = ["mysql", "mariadb", "postgres", "redis", "valkey", "mongo", "ms-sql", "mssql",
//                "sql server", "oracle", "elasticsearch", "memcache", "couchdb", "cassandra"]
//                -- words by which a database says what it is
// returns:
//              subject: NetworkService
//              evidence: list<IPAddress>
//              links: list<link>
//              product: str -- what it says it is, else its port
//              score: float -- 1 where it names itself, less where only its port speaks
// keyed-by:    subject
// headline:    {product} answers the Internet at {subject}
// explanation: A database is made to be spoken to by a few programs nearby. On the Internet it meets everybody's
//              password lists, and each weakness of its log-in is a way to all its data.
// remediation: Let only the programs that need it reach the port (a firewall, a private network), and check in its
//              logs who did.
// false-positives: A port number proves nothing: a service on a database's port that says it is something else is
//              not reported, nor are addresses that the Internet cannot reach.
// references:
//              CWE-668
//              ATT&CK T1190
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND coalesce(subject.state, 'open') = 'open'
WITH subject, toLower(coalesce(subject.product_name, subject.service_name)) AS named
WITH subject, named,
     CASE
       WHEN any(word IN $products WHERE named CONTAINS word) THEN 1.0
       WHEN named IS NULL AND subject.port IN $ports AND subject.banner IS NOT NULL THEN 0.7
     END AS score
WHERE score IS NOT NULL
MATCH (address:IPAddress)-[has_port:HAS_PORT]->(subject)
WHERE has_port.holds_since IS NOT NULL
  AND NOT address.address_space IN ['private', 'loopback', 'link_local', 'shared', 'unspecified']
RETURN subject, [address] AS evidence, [has_port.id] AS links,
       coalesce(subject.product_name, subject.service_name, 'a database port (' + subject.port + ')') AS product, score
