import pytest

from collectors._kit.policy import (
    AddressPolicy,
    Place,
    ScopeRules,
    address_of,
    networks,
)
from graph.errors import NotPermitted, SourceRejected

INTERNAL = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1",
    "::1", "::", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1",     # mapped
    "::127.0.0.1",                              # compatible
    "2002:7f00:1::", "2002:a00:1::1",          # 6to4
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",   # NAT64
    "64:ff9b:1::7f00:1",                        # NAT64, local use
    "2001:0:4136:e378:8000:63bf:80ff:fffe",    # Teredo, client 127.0.0.1
    "2607:f8b0::5efe:7f00:1",                   # ISATAP
    "fe80::1%eth0",
]  # fmt: skip


@pytest.mark.parametrize("address", INTERNAL)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert AddressPolicy().refusal(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2607:f8b0:4004:c07::64"])
def test_public_addresses_may_be_dialled(address: str) -> None:
    assert AddressPolicy().refusal(address) == ""


def test_an_operator_can_allow_networks() -> None:
    policy = AddressPolicy(networks(["10.1.0.0/16", "2001:db8::/32"]))
    assert policy.refusal("10.1.2.3") == ""
    assert policy.refusal("2001:db8::5") == ""
    assert policy.refusal("::ffff:10.1.2.3")  # only as itself
    assert policy.refusal("10.2.0.1") == "10.2.0.1 is not a public address"


def test_the_refusal_names_the_address_inside() -> None:
    said = AddressPolicy().refusal("64:ff9b::a00:1")
    assert said == "64:ff9b::a00:1 is not a public address (it carries 10.0.0.1)"


def test_what_is_no_address_is_refused() -> None:
    assert AddressPolicy().refusal("a.example") == "'a.example' is not an address"


def test_only_what_may_be_dialled_is_kept_and_none_is_an_error() -> None:
    policy = AddressPolicy()
    assert policy.permitted("a.example", ["10.0.0.1", "8.8.8.8"]) == ["8.8.8.8"]
    with pytest.raises(NotPermitted, match=r"a\.example: 10\.0\.0\.1 is not a public address"):
        policy.permitted("a.example", ["10.0.0.1", "::1"])


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "017700000001", "127.0.0.01",
        "1.2.3.4.5", "0x7f.0x0.0x0.0x1", "127.0.0.1.", "①②⑦.0.0.1", "127。0。0。1", "a b.example",
        "", "-a.example", "a..example", "exa%6dple.example", "[::1", "localhost\n",
    ],
)  # fmt: skip
def test_a_host_in_disguise_is_refused(host: str) -> None:
    with pytest.raises(SourceRejected):
        address_of(host)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("www.example", ""),
        ("_dmarc.Example.", ""),
        ("3com.example", ""),
        ("xn--bcher-kva.example", ""),
    ],
)
def test_literals_and_names_are_told_apart(host: str, address: str) -> None:
    assert address_of(host) == address


def test_a_place_is_read_from_a_url() -> None:
    assert Place.of("https://WWW.Example./x?y") == Place("https", "www.example", 443)
    assert Place.of("http://[2001:db8::1]:8080/") == Place("http", "2001:db8::1", 8080)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/", "file:///etc/passwd", "gopher://a.example/", "//a.example/",
        "http://user@a.example/", "http://user:pw@a.example/", "http://2130706433/",
        "http://a.example:99999/", "http://[::1/", "http:///x", "http://0x7f.1/",
    ],
)  # fmt: skip
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(SourceRejected):
        Place.of(url)


async def test_a_scope_covers_names_with_all_below_and_networks() -> None:
    scope = ScopeRules(
        names=("heron.example",),
        networks=networks(["192.0.2.0/24"]),
        excluded_names=("private.heron.example",),
        excluded_networks=networks(["192.0.2.128/25"]),
    )
    assert await scope.refusal("heron.example") == ""
    assert await scope.refusal("a.b.heron.example") == ""
    assert await scope.refusal("192.0.2.1") == ""
    assert await scope.refusal("x.private.heron.example") == (
        "x.private.heron.example is excluded from the scope"
    )
    assert await scope.refusal("192.0.2.200") == "192.0.2.200 is excluded from the scope"
    assert await scope.refusal("notheron.example") == "notheron.example is outside the scope"
    assert await scope.refusal("198.51.100.1") == "198.51.100.1 is outside the scope"
