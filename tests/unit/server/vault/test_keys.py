"""Master keys in files and texts, noticed when they change, and wrapped by a service."""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from server.settings import RoleSettings
from server.vault.envelope import MasterKeys, SealBroken
from server.vault.keyring import LOOK_EVERY_S, NOTICED_WITHIN_S, Keyring, open_keyring, stamp_of
from server.vault.keys import (
    NoMasterKey,
    load_keys,
    new_keys,
    parse_keys,
    save_keys,
    with_new,
    without,
)
from server.vault.service import KeyServiceUnavailable, TransitService

HELD = "the very secret key of thirtytwo"
TEXT = json.dumps({"current": "1", "keys": {"1": base64.b64encode(HELD.encode()).decode()}})


def test_a_file_holds_them_for_its_owner_only(tmp_path: Path) -> None:
    file, keys = tmp_path / "folder" / "keys.json", new_keys()
    save_keys(file, keys)

    assert file.stat().st_mode & 0o777 == 0o600
    assert load_keys(file) == keys
    assert json.loads(file.read_text()) == {
        "current": "1",
        "keys": {"1": base64.b64encode(keys.keys["1"]).decode()},
    }


def test_new_keys_are_random() -> None:
    assert new_keys().keys["1"] != new_keys().keys["1"]


def test_a_new_version_seals_and_the_old_one_still_opens() -> None:
    old = parse_keys(TEXT, "here")
    sealed = old.seal(b"value", "place")
    keys = with_new(old)

    assert keys.current == "2"
    assert keys.open(sealed, "place") == b"value"
    assert with_new(keys, "spring").current == "spring"
    with pytest.raises(SealBroken):
        without(keys, "1").open(sealed, "place")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        HELD,
        json.dumps({"current": "1"}),
        json.dumps({"current": "2", "keys": json.loads(TEXT)["keys"]}),
        json.dumps({"current": "1", "keys": {"1": HELD}}),
        json.dumps({"current": "1", "keys": {"1": base64.b64encode(HELD.encode() * 2).decode()}}),
        json.dumps({"current": "1", "keys": {"1": 5}}),
        json.dumps({"current": "1", "wrapped": {"1": HELD}}),
    ],
)
def test_what_holds_none_is_refused_without_being_repeated(text: str, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(NoMasterKey) as refused:
        load_keys(tmp_path / "keys")

    told = f"{refused.value}{refused.value.__cause__}"
    assert str(tmp_path / "keys") in told
    assert HELD not in told
    assert base64.b64encode(HELD.encode()).decode() not in told


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoMasterKey, match=r"nowhere.*restore it from its backup"):
        load_keys(tmp_path / "nowhere")


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def watched(file: Path, clock: Clock) -> Keyring:
    return Keyring(lambda: load_keys(file), lambda: stamp_of(file), clock)


def test_a_changed_file_is_noticed_within_a_minute(tmp_path: Path) -> None:
    file, clock = tmp_path / "keys", Clock()
    save_keys(file, old := new_keys())
    ring = watched(file, clock)

    save_keys(file, with_new(old))
    assert ring.current == "1"
    clock.now += LOOK_EVERY_S
    assert ring.current == "2"
    assert LOOK_EVERY_S <= NOTICED_WITHIN_S == 60


def test_a_value_under_a_newer_key_has_the_file_read_at_once(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    save_keys(file, old := new_keys())
    ring = watched(file, Clock())
    save_keys(file, newer := with_new(old))

    assert ring.open(newer.seal(b"value", "place"), "place") == b"value"
    assert ring.reseal(newer.seal(b"value", "place"), "place").startswith("v1.2.")


def test_a_file_that_breaks_meanwhile_does_not_take_the_keys_away(tmp_path: Path) -> None:
    file, clock = tmp_path / "keys", Clock()
    save_keys(file, keys := new_keys())
    ring = watched(file, clock)
    sealed = ring.seal(b"value", "place")

    file.write_text("{")
    clock.now += LOOK_EVERY_S
    assert ring.open(sealed, "place") == b"value"
    file.unlink()
    clock.now += LOOK_EVERY_S
    assert ring.open(sealed, "place") == b"value"
    save_keys(file, with_new(keys))
    clock.now += LOOK_EVERY_S
    assert ring.current == "2"


@dataclass
class Transit:
    """A scratch server with the interface of a transit engine: it turns bytes round."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    url: str = ""

    def answer(self, path: str, token: str, given: dict[str, str]) -> bytes:
        self.asked.append((path, token))
        if self.body is not None:
            return self.body
        if path.endswith("/encrypt/mirage"):
            return json.dumps(
                {"data": {"ciphertext": f"vault:v1:{given['plaintext'][::-1]}"}}
            ).encode()
        plain = given["ciphertext"].removeprefix("vault:v1:")[::-1]
        return json.dumps({"data": {"plaintext": plain}}).encode()


@pytest.fixture
def transit() -> Iterator[Transit]:
    state = Transit()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            answer = state.answer(self.path, self.headers["x-vault-token"], json.loads(body))
            self.send_response(state.status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            logging.getLogger(__name__).debug(format, *args)

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield state
        server.shutdown()
        serving.join()


def test_a_service_wraps_them_so_that_the_file_opens_nothing(
    transit: Transit, tmp_path: Path
) -> None:
    service, file, keys = (
        TransitService(transit.url, "mirage", "token-1"),
        tmp_path / "k",
        new_keys(),
    )
    save_keys(file, keys, service)

    assert base64.b64encode(keys.keys["1"]).decode() not in file.read_text()
    assert load_keys(file, service) == keys
    assert transit.asked == [
        ("/v1/transit/encrypt/mirage", "token-1"),
        ("/v1/transit/decrypt/mirage", "token-1"),
    ]
    with pytest.raises(NoMasterKey, match="MIRAGE_KEY_SERVICE_URL"):
        load_keys(file)


@pytest.mark.parametrize(
    ("status", "body"),
    [(403, b'{"errors":["no"]}'), (200, b"{"), (200, b"[]"), (200, b'{"data":{"plaintext":"*"}}')],
)
def test_a_service_that_goes_wrong_is_told_without_its_words(
    transit: Transit, status: int, body: bytes
) -> None:
    transit.status, transit.body = status, body
    with pytest.raises(KeyServiceUnavailable) as refused:
        TransitService(transit.url, "mirage", "token-1").unwrap("vault:v1:abc")

    assert "token-1" not in f"{refused.value!r}{refused.value.__cause__!r}"
    assert refused.value.is_retryable


def test_a_service_that_is_away_is_told() -> None:
    with pytest.raises(KeyServiceUnavailable, match="ConnectError"):
        TransitService("http://127.0.0.1:9", "mirage", "t").wrap(b"k" * 32)


def settings(monkeypatch: pytest.MonkeyPatch, **given: str) -> RoleSettings:
    usual = {
        "neo4j_uri": "bolt://n",
        "neo4j_password": "p",
        "redis_url": "r",
        "evidence_folder": "/e",
    }
    for name, value in {**usual, **given}.items():
        monkeypatch.setenv(f"MIRAGE_{name.upper()}", value)
    return RoleSettings()


def test_settings_name_a_file_or_hold_the_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(NoMasterKey, match="MIRAGE_MASTER_KEY_FILE or MIRAGE_MASTER_KEYS"):
        open_keyring(settings(monkeypatch))
    assert open_keyring(settings(monkeypatch, master_keys=TEXT)).now().keys == {"1": HELD.encode()}

    save_keys(tmp_path / "keys", keys := MasterKeys("7", {"7": b"7" * 32}))
    opened = open_keyring(settings(monkeypatch, master_key_file=str(tmp_path / "keys")))
    assert opened.now() == keys


def test_settings_that_are_wrong_do_not_show_what_they_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ValueError, match="metrics_port") as refused:
        settings(monkeypatch, metrics_port=HELD)

    assert HELD not in str(refused.value)
