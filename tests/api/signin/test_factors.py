"""The second factor: set up in two steps, asked for at each sign-in, each code good once, taken away."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyotp
import pytest
import segno
from defusedxml import ElementTree as DefusedXml

from graph.store import Store
from server.auth.factors import RECOVERY_CODES
from server.auth.refusals import SignInRefused
from server.vault.envelope import SealBroken
from server.web.reception import Reception
from tests.api.signin.conftest import PASSWORD, Browser, MakePerson, Person
from tests.support.keys import MASTERS

SVG = "{http://www.w3.org/2000/svg}"


class Clock:
    """The application's clock for codes: tests move it, since a code is good once in its half minute."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float = 30) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(reception: Reception, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(reception.factors, "_clock", made)
    return made


class App:
    """An authenticator app."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._made = pyotp.TOTP(secret)
        self._clock = clock

    def code(self, steps: int = 0) -> str:
        return self._made.at(self._clock.now, counter_offset=steps)

    def wrong(self) -> str:
        good = {self.code(step) for step in range(-3, 4)}
        return next(code for code in (f"{n:06}" for n in range(10)) if code not in good)


async def set_up(browser: Browser, clock: Clock) -> tuple[App, list[str]]:
    """Set a second factor up; gives the app and the recovery codes."""
    begun = await browser.post("/auth/second-factor/begin", {"password": PASSWORD})
    assert begun.status_code == 200, begun.text
    app = App(begun.json()["secret"], clock)
    done = await browser.post("/auth/second-factor/confirm", {"code": app.code()})
    assert done.status_code == 200, done.text
    clock.pass_by()
    return app, done.json()["recoveryCodes"]


def drawn_modules(picture: str) -> list[list[int]]:
    """The modules of a QR code in an SVG, 1 for dark ones, without its quiet zone of four."""
    svg = DefusedXml.fromstring(picture)
    assert {each.tag for each in svg.iter()} == {f"{SVG}svg", f"{SVG}path"}
    light, dark = svg
    size = int(svg.attrib["viewBox"].split()[2])
    assert (light.attrib["fill"], dark.attrib["stroke"]) == ("#fff", "#000")
    modules = [[0] * size for _ in range(size)]
    x, y = 0.0, 0.0
    for command, given in re.findall(r"([Mmh])([^Mmh]*)", dark.attrib["d"]):
        numbers = [float(each) for each in re.findall(r"-?[\d.]+", given)]
        if command == "h":
            modules[int(y)][int(x) : int(x + numbers[0])] = [1] * int(numbers[0])
            x += numbers[0]
        else:
            x, y = numbers if command == "M" else (x + numbers[0], y + numbers[1])
    return [row[4:-4] for row in modules[4:-4]]


async def test_it_is_set_up_in_two_steps(person: Person, browser: Browser, clock: Clock) -> None:
    await browser.sign_in(person)
    begun = (await browser.post("/auth/second-factor/begin", {"password": PASSWORD})).json()
    label = person.email.replace("@", "%40")
    assert begun["uri"].startswith(f"otpauth://totp/Mirage:{label}?secret={begun['secret']}")
    assert len(begun["secret"]) == 32, "160 bits"
    assert drawn_modules(begun["picture"]) == [
        *map(list, segno.make_qr(begun["uri"], error="m").matrix)
    ]
    assert (await person.sign_in()).status_code == 200, "nothing changes before the second step"
    assert (await browser.client.get("/auth/session")).json()["secondFactor"] is False

    app = App(begun["secret"], clock)
    wrong = await browser.post("/auth/second-factor/confirm", {"code": app.wrong()})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "SIGN_IN_REFUSED")
    codes = (await browser.post("/auth/second-factor/confirm", {"code": app.code()})).json()
    assert len(set(codes["recoveryCodes"])) == RECOVERY_CODES
    assert all(re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", c) for c in codes["recoveryCodes"])
    assert (await browser.client.get("/auth/session")).json()["secondFactor"] is True
    assert [each.is_refused for each in person.told("SECOND_FACTOR_ON")] == [True, False]


async def test_setting_up_ends_the_other_sessions(
    person: Person, browser: Browser, clock: Clock
) -> None:
    before = await person.tokens()
    await browser.sign_in(person)
    await set_up(browser, clock)

    assert (await person.me(before["accessToken"])).status_code == 401
    assert (await browser.client.get("/auth/session")).status_code == 200


async def test_signing_in_then_needs_a_code(person: Person, browser: Browser, clock: Clock) -> None:
    await browser.sign_in(person)
    app, _ = await set_up(browser, clock)

    asked = await person.sign_in()
    assert (asked.status_code, asked.json()["code"]) == (401, "SECOND_FACTOR_NEEDED")
    for code in (app.wrong(), "0", "", "abcdef", "٠١٢٣٤٥", f"{app.code()}0", "aaaa-bbbb-cccc-dddd"):
        refused = await person.sign_in(code=code)
        wanted = "SIGN_IN_REFUSED" if code else "SECOND_FACTOR_NEEDED"
        assert (refused.status_code, refused.json()["code"]) == (401, wanted)
        clock.pass_by(0)
    wrong = await person.sign_in(password="wrong", code=app.code())
    assert wrong.json()["code"] == "SIGN_IN_REFUSED"
    right = await person.sign_in(code=f" {app.code()[:3]} {app.code()[3:]} ")
    assert right.status_code == 200
    assert person.told("SIGN_IN")[-1].method == "PASSWORD+TOTP"


@pytest.mark.parametrize(
    ("steps", "is_good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
async def test_clocks_may_differ_by_one_step(
    person: Person, browser: Browser, clock: Clock, steps: int, is_good: bool
) -> None:
    await browser.sign_in(person)
    app, _ = await set_up(browser, clock)
    clock.pass_by(120)
    assert ((await person.sign_in(code=app.code(steps))).status_code == 200) == is_good


async def test_a_code_is_good_once(person: Person, browser: Browser, clock: Clock) -> None:
    await browser.sign_in(person)
    app, _ = await set_up(browser, clock)
    first = app.code()
    assert (await person.sign_in(code=first)).status_code == 200
    assert (await person.sign_in(code=first)).status_code == 401
    clock.pass_by()
    assert (await person.sign_in(code=first)).status_code == 401
    later = app.code()
    assert (await person.sign_in(code=later)).status_code == 200
    assert (await person.sign_in(code=app.code(-1))).status_code == 401, "an earlier one, unused"


async def test_of_many_who_send_one_code_at_once_one_comes_in(
    person: Person, browser: Browser, clock: Clock
) -> None:
    await browser.sign_in(person)
    app, recovery = await set_up(browser, clock)
    for code in (app.code(), recovery[0]):
        tried = await asyncio.gather(*(person.sign_in(code=code) for _ in range(3)))
        assert sorted(each.status_code for each in tried) == [200, 401, 401]


async def test_a_code_that_was_checked_is_still_taken_once(
    person: Person, browser: Browser, clock: Clock, reception: Reception
) -> None:
    """Between looking and taking, another request may have been quicker."""
    await browser.sign_in(person)
    app, recovery = await set_up(browser, clock)
    for code in (app.code(), recovery[0]):
        first, second = [await reception.factors.check(person.user, code) for _ in range(2)]
        await reception.factors.take(first)
        with pytest.raises(SignInRefused):
            await reception.factors.take(second)
        with pytest.raises(SignInRefused):
            await reception.factors.check(person.user, code)


async def test_a_suspended_user_is_not_asked_for_a_code(
    person: Person, browser: Browser, clock: Clock, store: Store
) -> None:
    await browser.sign_in(person)
    await set_up(browser, clock)
    await store.execute(
        "MATCH (n:User {id: $user}) SET n.suspended_at = datetime()", {"user": person.user}
    )
    assert (await person.sign_in()).json()["code"] == "SIGN_IN_REFUSED"


async def test_the_code_that_set_it_up_is_used(
    person: Person, browser: Browser, clock: Clock
) -> None:
    await browser.sign_in(person)
    begun = (await browser.post("/auth/second-factor/begin", {"password": PASSWORD})).json()
    app = App(begun["secret"], clock)
    code = app.code()
    await browser.post("/auth/second-factor/confirm", {"code": code})
    assert (await person.sign_in(code=code)).status_code == 401


async def test_choosing_an_organization_does_not_use_the_code_up(
    make_person: MakePerson, browser: Browser, clock: Clock
) -> None:
    person: Person = await make_person(organizations=2)
    await browser.sign_in(person, organization=person.orgs[0])
    app, recovery = await set_up(browser, clock)
    for code in (app.code(), recovery[0]):
        asked = await person.sign_in(code=code)
        assert asked.json()["code"] == "ORGANIZATION_NEEDED"
        chosen = await person.sign_in(code=code, organization=person.orgs[1])
        assert chosen.status_code == 200
        again = await person.sign_in(code=code, organization=person.orgs[1])
        assert again.status_code == 401
    hidden = await person.sign_in(code=app.wrong())
    assert "organizations" not in hidden.json(), "they are told to who has the code, too"


async def test_each_recovery_code_is_good_once(
    person: Person, browser: Browser, clock: Clock
) -> None:
    await browser.sign_in(person)
    _, codes = await set_up(browser, clock)
    assert (await person.sign_in(code=codes[0].upper().replace("-", " "))).status_code == 200
    assert person.told("SIGN_IN")[-1].method == "PASSWORD+RECOVERY"
    assert (await person.sign_in(code=codes[0])).status_code == 401
    assert (await person.sign_in(code=codes[1])).status_code == 200


async def renewed(browser: Browser, **body: str) -> httpx.Response:
    return await browser.post("/auth/second-factor/recovery-codes", {"password": PASSWORD} | body)


async def test_recovery_codes_are_replaced_by_password_and_code(
    person: Person, browser: Browser, clock: Clock
) -> None:
    await browser.sign_in(person)
    app, former = await set_up(browser, clock)
    assert (await renewed(browser, code=app.wrong())).status_code == 401
    assert (await renewed(browser, password="wrong", code=app.code())).status_code == 401
    clock.pass_by()
    now = (await renewed(browser, code=app.code())).json()["recoveryCodes"]

    assert not set(former) & set(now)
    assert (await person.sign_in(code=former[0])).status_code == 401
    assert (await person.sign_in(code=now[0])).status_code == 200


async def removed(browser: Browser, **body: str) -> httpx.Response:
    return await browser.post("/auth/second-factor/remove", {"password": PASSWORD} | body)


async def test_it_is_taken_away_by_password_and_code(
    person: Person, browser: Browser, clock: Clock
) -> None:
    await browser.sign_in(person)
    app, codes = await set_up(browser, clock)
    for body in ({"code": app.wrong()}, {"code": ""}, {"password": "wrong", "code": app.code()}):
        assert (await removed(browser, **body)).status_code == 401
    assert (await person.sign_in()).json()["code"] == "SECOND_FACTOR_NEEDED"
    clock.pass_by()
    assert (await removed(browser, code=codes[3])).status_code == 204

    assert (await person.sign_in()).status_code == 200
    assert [each.is_refused for each in person.told("SECOND_FACTOR_OFF")] == [True] * 3 + [False]
    await set_up(browser, clock)


async def test_one_that_is_in_use_is_not_replaced(
    person: Person, browser: Browser, clock: Clock
) -> None:
    await browser.sign_in(person)
    app, _ = await set_up(browser, clock)
    again = await browser.post("/auth/second-factor/begin", {"password": PASSWORD})
    assert again.json()["code"] == "CONFLICT"
    confirmed = await browser.post("/auth/second-factor/confirm", {"code": app.code()})
    assert confirmed.json()["code"] == "CONFLICT"
    assert (await person.sign_in(code=app.code())).status_code == 200


async def test_what_was_begun_long_ago_is_begun_anew(
    person: Person, browser: Browser, clock: Clock
) -> None:
    await browser.sign_in(person)
    begun = (await browser.post("/auth/second-factor/begin", {"password": PASSWORD})).json()
    clock.pass_by(16 * 60)
    late = await browser.post(
        "/auth/second-factor/confirm", {"code": App(begun["secret"], clock).code()}
    )
    assert late.json()["code"] == "CONFLICT"


NEEDS_A_PERSON: dict[str, dict[str, Any]] = {
    "second-factor/begin": {"password": PASSWORD},
    "second-factor/confirm": {"code": "1"},
    "second-factor/remove": {"password": PASSWORD, "code": "1"},
    "second-factor/recovery-codes": {"password": PASSWORD, "code": "1"},
    "password/change": {"current": PASSWORD, "password": "gravel teapot violin"},
}


@pytest.mark.parametrize("path", NEEDS_A_PERSON)
async def test_a_key_or_nobody_changes_nothing(caller: Any, person: Person, path: str) -> None:
    body = NEEDS_A_PERSON[path]
    for headers, code in ((caller.headers, "SESSION_ENDED"), ({}, "NOT_AUTHENTICATED")):
        refused = await person.client.post(f"/auth/{path}", json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, code)


@pytest.mark.parametrize("path", sorted(set(NEEDS_A_PERSON) - {"second-factor/confirm"}))
async def test_a_session_left_open_is_not_enough(
    person: Person, browser: Browser, path: str
) -> None:
    await browser.sign_in(person)
    body = {k: "wrong" if v == PASSWORD else v for k, v in NEEDS_A_PERSON[path].items()}
    refused = await browser.post(f"/auth/{path}", body)
    assert (refused.status_code, refused.json()["code"]) == (401, "SIGN_IN_REFUSED")


async def test_guessing_from_a_session_left_open_is_limited(
    person: Person, browser: Browser
) -> None:
    await browser.sign_in(person)
    statuses = [
        (await browser.post("/auth/second-factor/begin", {"password": f"x{n}"})).status_code
        for n in range(21)
    ]
    assert statuses == [401] * 20 + [429]


async def test_the_secret_lies_sealed_and_bound_to_its_user(
    make_person: MakePerson, browser: Browser, clock: Clock, store: Store
) -> None:
    person, other = await make_person(), await make_person()
    await browser.sign_in(person)
    begun = (await browser.post("/auth/second-factor/begin", {"password": PASSWORD})).json()
    done = await browser.post(
        "/auth/second-factor/confirm", {"code": App(begun["secret"], clock).code()}
    )
    [row] = await store.read(
        "MATCH (f:SecondFactor {user: $user}) RETURN properties(f) AS p", {"user": person.user}
    )

    assert begun["secret"] not in str(row)
    assert done.json()["recoveryCodes"][0].replace("-", "") not in str(row)
    opened = MASTERS.open(row["p"]["sealed"], f"user/{person.user}/totp")
    assert opened.decode() == begun["secret"]
    with pytest.raises(SealBroken):
        MASTERS.open(row["p"]["sealed"], f"user/{other.user}/totp")
