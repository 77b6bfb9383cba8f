"""Products, versions and vulnerabilities."""

from __future__ import annotations

import pytest

from graph.errors import Refused
from graph.model.software import ReleaseOf, SoftwareProduct, SoftwareRelease
from graph.model.values.software import (
    PRODUCT,
    VERSION,
    VULNERABILITY,
    Cpe,
    cpe_of,
    version_order,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("cpe:2.3:a:Apache:HTTP_Server:2.4.49:*:*", "a:apache:http_server"),
        ("cpe:/a:f5:nginx:1.25", "a:f5:nginx"),
        ("cpe:/o:linux:linux_kernel", "o:linux:linux_kernel"),
        (r"cpe:2.3:a:foo\:bar:baz\!:1.0", r"a:foo\:bar:baz\!"),
        ("cpe:/a:foo%3abar:baz%21", r"a:foo\:bar:baz\!"),
        ("a:openbsd:openssh", "a:openbsd:openssh"),
        ("nginx", "name:nginx"),
        ("Microsoft IIS", "name:microsoft-iis"),
        ("C++ Builder", "name:c++-builder"),
        ("name:nginx", "name:nginx"),
    ],
)
def test_products(raw: str, expected: str) -> None:
    assert PRODUCT(raw) == expected


@pytest.mark.parametrize(
    "raw", ["cpe:2.3:a:*:x", "cpe:2.3:a:x:-", "cpe:2.3:z:a:b", "cpe:/a", "!!", ""]
)
def test_refused_products(raw: str) -> None:
    with pytest.raises(Refused):
        PRODUCT(raw)


def test_a_cpe_name_may_state_a_version() -> None:
    assert cpe_of(r"cpe:2.3:a:x:y:1.0\+b:*") == Cpe("a", "x", "y", "1.0+b")
    assert cpe_of("cpe:/a:x:y").version == ""
    assert cpe_of("cpe:2.3:a:x:y:*").version == ""


def test_a_product_shows_its_cpe() -> None:
    found = SoftwareProduct(product="cpe:/o:linux:linux_kernel")

    assert (found.part, found.vendor, found.cpe, found.caption()) == (
        "operating_system",
        "linux",
        "cpe:2.3:o:linux:linux_kernel",
        "linux_kernel",
    )
    assert SoftwareProduct(product="nginx").cpe is None


def test_versions() -> None:
    assert VERSION("v2.0") == "2.0"
    assert VERSION("vista") == "vista"
    with pytest.raises(Refused):
        VERSION("1¦2")


def test_versions_sort_by_meaning() -> None:
    in_order = [
        *("0.9", "1.0-dev1", "1.0-alpha", "1.0-beta2", "1.0rc1", "1.0", "1.0p1", "1.0.1", "1.9"),
        *("1.10", "2", "10.0"),
    ]

    assert sorted(in_order, key=version_order) == in_order
    assert sorted(in_order[3:] + in_order[:3], key=version_order) == in_order
    assert version_order("1.01") == version_order("1.1")


def test_a_release_is_one_of_its_product() -> None:
    found = SoftwareRelease(product="cpe:/a:openbsd:openssh:9.6p1", version="9.6p1")

    assert found.key == "a:openbsd:openssh¦9.6p1"
    assert found.caption() == "openssh 9.6p1"
    assert list(found.implies()) == [
        ReleaseOf(source=found, target=SoftwareProduct(product="a:openbsd:openssh"))
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("cve-2021-44228", "CVE-2021-44228"),
        ("CVE-2021-0044228", "CVE-2021-44228"),
        ("CVE-2014-0160", "CVE-2014-0160"),
        ("ghsa-jfh8-c2jp-5v3q", "ghsa¦GHSA-JFH8-C2JP-5V3Q"),
        ("OSV¦pysec-2021-1", "osv¦PYSEC-2021-1"),
    ],
)
def test_vulnerabilities(raw: str, expected: str) -> None:
    assert VULNERABILITY(raw) == expected


@pytest.mark.parametrize("raw", ["CVE-21-1", "CVE-2021-1", "MS08-067", "x¦", "¦x", None])
def test_refused_vulnerabilities(raw: object) -> None:
    with pytest.raises(Refused):
        VULNERABILITY(raw)
