// title:       Remote control open to the Internet
// summary:     A service for controlling a machine from afar (Telnet, remote desktop, VNC, WinRM) answers on a public
//              address.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.9
// reads:
//              (NetworkService)<-[:HAS_PORT]-(IPAddress)
// params:
//              ports: list<int> = [23, 3389, 5800, 5900, 5985, 5986]
//                -- ports that count where a service does not say what it is
//              products: list<str> = ["telnet", "rdp", "ms-wbt-server", "remote desktop", "vnc", "winrm", "wsman"]
//                -- words by which such a service says what it is
// returns:
//              subject: NetworkService
//              evidence: list<IPAddress>
//              links: list<link>
//              product: str -- what it says it is, else its port
//              score: float -- 1 where it names itself, less where only its port speaks
// keyed-by:    subject
// headline:    {product} answers the Internet at {subject}
// explanation: Whoever gets past the log-in of such a service holds the whole machine, and these are the ports that
//              break-ins begin with most often.
// remediation: Put it behind a VPN or a gateway with a second factor, and close the port to everybody else.
// false-positives: A service on such a port that says it is something else is not reported; nor is SSH, which is
//              made for the Internet.
// references:
//              CWE-668
//              ATT&CK T1133
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND coalesce(subject.state, 'open') = 'open'
WITH subject, toLower(coalesce(subject.service_name, subject.product_name)) AS named
WITH subject,
     CASE
       WHEN any(word IN $products WHERE named CONTAINS word) THEN 1.0
       WHEN named IS NULL AND subject.transport = 'tcp' AND subject.port IN $ports THEN 0.6
     END AS score
WHERE score IS NOT NULL
MATCH (address:IPAddress)-[has_port:HAS_PORT]->(subject)
WHERE has_port.holds_since IS NOT NULL
  AND NOT address.address_space IN ['private', 'loopback', 'link_local', 'shared', 'unspecified']
RETURN subject, [address] AS evidence, [has_port.id] AS links,
       coalesce(subject.service_name, subject.product_name, 'a remote control port (' + subject.port + ')') AS product,
       score
