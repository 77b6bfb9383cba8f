import os
from pathlib import Path

import pytest

from collectors._kit.importing import ImportedRow, Limits, Rejection, examine, rows_of
from collectors._kit.testing import described
from collectors._kit.unpacking import FileRefused
from collectors.nmap_xml.importer import NmapXml

FIXTURES = Path(__file__).parent / "fixtures"
DATA = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = DATA / "scans" / "nmap"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"{RECORDED} is absent")

SSH = "NetworkService tcp://192.0.2.2:22"
WEB = "NetworkService tcp://192.0.2.2:443"
CERTIFICATE = "TLSCertificate 36dbb4400a1d25f92397ef6c9d3c866cac49b1d7e3f4566a20bc48ae9573711d"


def test_hosts_that_are_up_with_what_is_open() -> None:
    with (FIXTURES / "ok.xml").open("rb") as stream:
        rows = list(rows_of(NmapXml(), stream))
    facts = [fact for row in rows if isinstance(row, ImportedRow) for fact in row.facts]
    lines = described(facts)
    (key,) = [line.rpartition("¦")[2] for line in lines if "HAS_FINGERPRINT" in line]
    assert len(key) == 64
    assert lines - {line for line in lines if line.startswith(("TLSCertificate", "PublicKey"))} == {
        f"{WEB} -PRESENTS-> {CERTIFICATE} {{chain_position: 0}}",
        "IPAddress 192.0.2.2",
        "IPAddress 2001:db8::2",
        "DomainName gate.lanternworks.example -RESOLVES_TO[A]-> IPAddress 192.0.2.2",
        "DomainName six.lanternworks.example -RESOLVES_TO[AAAA]-> IPAddress 2001:db8::2",
        "IPAddress 192.0.2.2 -POINTS_TO-> DomainName host2.isp.example",
        f"{SSH} {{banner: 'SSH-2.0-OpenSSH_9.6p1', operating_system: 'Linux', "
        "product_name: 'OpenSSH', product_version: '9.6p1 Ubuntu 3', service_name: 'ssh', "
        "state: 'open'}",
        f"{SSH} -RUNS-> SoftwareRelease a:openbsd:openssh¦9.6p1",
        f"{SSH} -HAS_FINGERPRINT-> Fingerprint ssh_hostkey_sha256¦{key}",
        f"{WEB} {{is_tls: True, product_name: 'Lantern Panel', service_name: 'http', "
        "state: 'open'}",
        f"{WEB} -RUNS-> SoftwareProduct name:lantern-panel",
        "SoftwareProduct name:lantern-panel {aliases: ['Lantern Panel'], name: 'Lantern Panel'}",
        f"{WEB} -HAS_VULNERABILITY-> Vulnerability CVE-2020-1000",
        f"{WEB} -HAS_VULNERABILITY-> Vulnerability CVE-2019-20001",
        "NetworkService tcp://192.0.2.2:25 {state: 'open'}",
        "NetworkService udp://192.0.2.2:161 {state: 'open_or_filtered'}",
        "IPAddress 192.0.2.2 -RUNS-> SoftwareRelease o:linux:linux_kernel¦5",
    }
    assert (
        f"{CERTIFICATE} -COVERS[san]-> DomainName www.lanternworks.example {{is_exact: True}}"
        in lines
    )
    assert [(row.position, row.excerpt) for row in rows if isinstance(row, Rejection)] == [
        ("line 5", "gate"),
        ("line 5", "tcp/70000"),
        ("line 24", ""),
    ]


def test_a_scan_without_hosts_has_no_rows() -> None:
    with (FIXTURES / "empty.xml").open("rb") as stream:
        assert list(rows_of(NmapXml(), stream)) == []


def test_a_scan_that_was_cut_off_is_refused_as_a_whole() -> None:
    with (
        (FIXTURES / "failing.xml").open("rb") as stream,
        pytest.raises(FileRefused, match="line 4: the XML is not well formed"),
    ):
        examine(NmapXml(), stream)


def test_nesting_is_limited() -> None:
    importer = NmapXml()
    importer.limits = Limits(max_depth=3)
    with (FIXTURES / "ok.xml").open("rb") as stream, pytest.raises(FileRefused, match="deeper"):
        examine(importer, stream)


@pytest.mark.parametrize(
    ("head", "likelihood"),
    [(b'<?xml version="1.0"?>\n<!DOCTYPE nmaprun>\n<nmaprun ', 1.0), (b"<html>", 0.0), (b"", 0.0)],
)
def test_the_format_is_known_by_its_root(head: bytes, likelihood: float) -> None:
    assert NmapXml.detect(head, "scan.xml") == likelihood


@recorded
@pytest.mark.parametrize(
    ("name", "rows", "rejected", "services"),
    [
        ("1_hosts_down.xml", 1, 0, 0),
        ("1_hosts_nohostname.xml", 1, 0, 0),
        ("1_os_banner_scripts.xml", 1, 1, 8),
        ("2_hosts.xml", 2, 2, 8),
        ("2_hosts_achange.xml", 2, 2, 7),
        ("2_hosts_version.xml", 2, 2, 8),
        ("2_null_hosts.xml", 2, 2, 0),
        ("dionaea_scan.xml", 1, 1, 16),
        ("extra_ports.xml", 1, 1, 16),
        ("fullscan.xml", 2, 0, 9),
        ("nmap_multiple_port.xml", 1, 0, 13),
        ("nmap_script_vulners.xml", 1, 0, 1),
        ("os_scan6.xml", 3, 0, 11),
        ("test_osclass.xml", 0, 1, 0),
    ],
)
def test_recorded_scans(name: str, rows: int, rejected: int, services: int) -> None:
    with (RECORDED / name).open("rb") as stream:
        report = examine(NmapXml(), stream)
    found = (report.rows, report.rejected, report.facts["NetworkService"])
    assert found == (rows, rejected, services)


@recorded
def test_recorded_certificates() -> None:
    with (RECORDED / "fullscan.xml").open("rb") as stream:
        report = examine(NmapXml(), stream)
    assert (report.facts["PRESENTS"], report.facts["TLSCertificate"]) == (3, 3)


@recorded
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("defused_et_included.xml", "the root is <root>"),
        ("defused_et_local_includer.xml", "declaring an entity"),
    ],
)
def test_recorded_traps_are_refused(name: str, reason: str) -> None:
    with (RECORDED / name).open("rb") as stream, pytest.raises(FileRefused, match=reason):
        examine(NmapXml(), stream)
