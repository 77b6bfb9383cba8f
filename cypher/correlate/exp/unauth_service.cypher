// title:       Service answers without a log-in
// summary:     A service that keeps data or runs programs does what anybody asks, without asking who it is.
// version:     1
// status:      experimental
// severity:    CRITICAL
// confidence:  0.95
// reads:
//              (NetworkService)<-[:HAS_PORT]-(IPAddress)
// params:
//              products: list<str> = ["redis", "valkey", "elasticsearch", "opensearch", "docker", "etcd", "kubelet",
//                "kubernetes", "memcache", "mongo", "couchdb", "zookeeper", "mysql", "postgres", "consul"]
//                -- words by which services say what they are that must ask for a log-in
// returns:
//              subject: NetworkService
//              evidence: list<IPAddress>
//              links: list<link>
//              product: str
//              score: float -- 1
// keyed-by:    subject
// headline:    {product} at {subject} does what anybody asks, without a log-in
// explanation: Nothing stands between a stranger and the service: its data can be read, changed and deleted, and many
//              such services also run programs.
// remediation: Close the port now; then require a log-in, and look for what strangers have left behind.
// false-positives: Services that are open on purpose (web sites, anonymous FTP, name servers) ask for no log-in
//              either; only those named in `products` count.
// references:
//              CWE-306
//              ATT&CK T1190
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND subject.authentication = 'none'
  AND any(word IN $products WHERE toLower(coalesce(subject.product_name, subject.service_name)) CONTAINS word)
MATCH (address:IPAddress)-[has_port:HAS_PORT]->(subject)
WHERE has_port.holds_since IS NOT NULL
RETURN subject, [address] AS evidence, [has_port.id] AS links,
       coalesce(subject.product_name, subject.service_name) AS product, 1.0 AS score
