"""Every mutation as it is sent, with what has to be there before: for tests that hold something of all of them.

A new mutation is a line here, or in the file of its area.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from server.auth.sessions import Client, Sessions, Wanted
from tests.support.acting import fail_job, give_up, send
from tests.support.everything import Basis, write_finding
from tests.support.mutating import ERRORS, Case, World, by_id
from tests.support.pattern_mutations import CASES_OF_PATTERNS
from tests.support.query_mutations import CASES_OF_QUERIES
from tests.support.resolving import stated_pair
from tests.support.rule_mutations import CASES_OF_RULES

LIST = b"198.51.100.7\n198.51.100.8\n"


async def _noted(world: World) -> dict[str, Any]:
    return await by_id("assertFact", "entity", "id")(world)


async def _found(world: World) -> dict[str, Any]:
    """A finding of the caller's organization."""
    entity, found = (await _noted(world))["id"], str(uuid.uuid4())
    await write_finding(world.store, world.caller.org, found, Basis(entity, ()))
    return {"id": found}


async def _two(world: World) -> dict[str, Any]:
    """Two people of the caller's organization, and that they may be one."""
    left, right, match = await stated_pair(world.store, world.caller.org)
    return {"id": match, "left": left, "right": right}


async def _pair(world: World) -> dict[str, Any]:
    return {"id": (await _two(world))["id"]}


async def _decided(world: World) -> dict[str, Any]:
    pair = await _pair(world)
    await world.done("decideMatches", **pair)
    return pair


async def _claim(world: World) -> dict[str, Any]:
    return {"id": (await world.done("assertFact"))["claim"]}


async def _file(world: World) -> dict[str, Any]:
    await world.done("importFile")
    return {"s": hashlib.sha256(LIST).hexdigest()}


async def _secret(world: World) -> dict[str, Any]:
    await world.done("setSecret", v="first-value")
    return {}


async def _key(world: World) -> dict[str, Any]:
    told = await world.done("setSecret", v="first-value")
    return {"id": told["secret"]["id"]}


async def _member(world: World) -> dict[str, Any]:
    return await world.member()


async def _suspended(world: World) -> dict[str, Any]:
    member = await world.member()
    await world.done("suspendMember", **member)
    return member


async def _invited_elsewhere(world: World) -> dict[str, Any]:
    """The token of an invitation into another organization."""
    host = World(world.store, world.make_caller, await world.make_caller(), world.cases)
    query = CASES["inviteMember"].query.replace("{ invitation", "{ link invitation")
    answer = await send(host.caller.client, host.caller, query, {"email": world.caller.email})
    return {"token": answer.json()["data"]["inviteMember"]["link"].partition("#")[2]}


async def _other_organization(world: World) -> dict[str, Any]:
    return {"id": (await world.make_caller()).org}


async def _value(_: World) -> dict[str, Any]:
    return {"v": "heron-key-1234"}


async def _address(world: World) -> dict[str, Any]:
    return {"email": f"new@{world.caller.org}.example"}


async def _session(world: World) -> dict[str, Any]:
    wanted = Wanted(world.caller.id, world.caller.org, "TOKEN", "PASSWORD")
    return {"id": (await Sessions(world.store).issue(wanted, Client("192.0.2.1"))).id}


async def _signed_in(world: World) -> dict[str, Any]:
    await _session(world)
    return {}


async def _invitation(world: World) -> dict[str, Any]:
    return await by_id("inviteMember", "invitation", "id", **await _address(world))(world)


async def _paused(world: World) -> dict[str, Any]:
    given = await RUN(world)
    await world.done("pauseRun", **given)
    return given


async def _failed(world: World) -> dict[str, Any]:
    given = await RUN(world)
    await fail_job(world.store, world.caller.org, given["id"])
    return given


async def _setting(_: World) -> dict[str, Any]:
    return {"set": {"scans.budget.minutes": 7}}


async def _signed(_: World) -> dict[str, Any]:
    return {"v": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}  # a published example


async def _channel(world: World) -> dict[str, Any]:
    return await by_id("createChannel", "channel", "id", **await _signed(world))(world)


async def _dead(world: World) -> dict[str, Any]:
    channel = (await _channel(world))["id"]
    return {"id": await give_up(world.store, world.caller.org, channel)}


async def _scheduled(world: World) -> dict[str, Any]:
    given = await SCAN(world)
    await world.done("setSchedule", **given)
    return given


TEAM = by_id("createTeam", "team", "id")
ROLE = by_id("createRole", "role", "id")
KEY = by_id("createKey", "key", "id")
HOLD = by_id("setLegalHold", "hold", "id")
RUN, SCAN = by_id("startScan", "run", "id"), by_id("startScan", "run", "scan", "id")
CASES: dict[str, Case] = {
    **CASES_OF_RULES,
    **CASES_OF_PATTERNS,
    **CASES_OF_QUERIES,
    "startScan": Case(
        'mutation { startScan(input: {seeds: ["heron.example"], presets: PASSIVE}) '
        f"{{ run {{ id state scan {{ id }} }} {ERRORS} }} }}"
    ),
    "runAgain": Case(f"mutation R($id: ID!) {{ runAgain(scan: $id) {{ run {{ id }} {ERRORS} }} }}", SCAN),
    "pauseRun": Case(f"mutation P($id: ID!) {{ pauseRun(id: $id) {{ run {{ state }} {ERRORS} }} }}", RUN),
    "resumeRun": Case(f"mutation R($id: ID!) {{ resumeRun(id: $id) {{ run {{ state }} {ERRORS} }} }}", _paused),
    "changeBudget": Case(
        f"mutation B($id: ID!) {{ changeBudget(id: $id, budget: {{minutes: 90}}) {{ run {{ spec }} {ERRORS} }} }}", RUN
    ),
    "retryFailed": Case(
        f"mutation R($id: ID!) {{ retryFailed(id: $id) {{ run {{ id state retries {{ id }} }} {ERRORS} }} }}", _failed
    ),
    "setSchedule": Case(
        'mutation S($id: ID!) { setSchedule(scan: $id, input: {cron: "0 3 * * *", timezone: "Europe/Berlin"}) '
        f"{{ schedule {{ id cron }} {ERRORS} }} }}",
        SCAN,
    ),
    "removeSchedule": Case(
        f"mutation R($id: ID!) {{ removeSchedule(scan: $id) {{ scan {{ id }} {ERRORS} }} }}", _scheduled
    ),
    "createChannel": Case(
        'mutation C($v: SecretText!) { createChannel(input: {module: "webhook", name: "hooks", events: [RUN_FAILED], '
        'options: {url: "https://hooks.example.com/"}, secrets: [{name: "signing_secret", value: $v}]}) '
        f"{{ channel {{ id name }} {ERRORS} }} }}",
        _signed,
    ),
    "updateChannel": Case(
        "mutation U($id: ID!) { updateChannel(id: $id, input: {isEnabled: false}) "
        f"{{ channel {{ id isEnabled }} {ERRORS} }} }}",
        _channel,
    ),
    "deleteChannel": Case(f"mutation D($id: ID!) {{ deleteChannel(id: $id) {{ {ERRORS} }} }}", _channel),
    "testChannel": Case(  # no courier runs in these tests
        f"mutation T($id: ID!) {{ testChannel(id: $id) {{ delivery {{ state }} {ERRORS} }} }}",
        _channel,
        refusal="CONFLICT",
    ),
    "replayDelivery": Case(
        f"mutation R($id: ID!) {{ replayDelivery(id: $id) {{ delivery {{ id state }} {ERRORS} }} }}", _dead
    ),
    "configureModule": Case(
        f'mutation {{ configureModule(id: "dns.resolve", isEnabled: false) {{ module {{ id isEnabled }} {ERRORS} }} }}'
    ),
    "pinModule": Case(
        f'mutation {{ pinModule(id: "dns.resolve", version: 1) {{ module {{ id pinned }} {ERRORS} }} }}'
    ),
    "resetModule": Case(
        f'mutation {{ resetModule(id: "dns.resolve") {{ module {{ id health {{ state }} }} {ERRORS} }} }}'
    ),
    "testModule": Case(  # changes nothing, whatever it is asked about
        f'mutation {{ testModule(id: "dns.resolve", entity: {{id: "unknown"}}) {{ test {{ outcome }} {ERRORS} }} }}',
        refusal="NOT_FOUND",
    ),
    "cancelRun": Case(f"mutation C($id: ID!) {{ cancelRun(id: $id) {{ run {{ state }} {ERRORS} }} }}", RUN),
    "note": Case(f'mutation N($id: ID!) {{ note(id: $id, text: "seen") {{ note {{ id text }} {ERRORS} }} }}', _noted),
    "tag": Case(f'mutation T($id: ID!) {{ tag(id: $id, add: ["a"]) {{ entity {{ tags }} {ERRORS} }} }}', _noted),
    "triageFindings": Case(
        "mutation T($id: ID!) { triageFindings(ids: [$id], input: {triage: RESOLVED}) "
        f"{{ findings {{ id triage }} {ERRORS} }} }}",
        _found,
    ),
    "suppressFindings": Case(
        'mutation S($id: ID!) { suppressFindings(ids: [$id], reason: "known") '
        f"{{ findings {{ id state }} {ERRORS} }} }}",
        _found,
    ),
    "liftSuppressions": Case(f"mutation L($id: ID!) {{ liftSuppressions(ids: [$id]) {{ {ERRORS} }} }}", _found),
    "rateAssets": Case(
        'mutation R($id: ID!) { rateAssets(entities: [$id], criticality: HIGH, reason: "ours") '
        f"{{ ratings {{ id criticality }} {ERRORS} }} }}",
        _noted,
    ),
    "decideMatches": Case(
        "mutation D($id: ID!) { decideMatches(ids: [$id], verdict: ACCEPTED) "
        f"{{ matches {{ id state }} {ERRORS} }} }}",
        _pair,
    ),
    "undoMatches": Case(
        f"mutation U($id: ID!) {{ undoMatches(ids: [$id]) {{ matches {{ id state }} {ERRORS} }} }}", _decided
    ),
    "stateMatch": Case(
        "mutation S($left: ID!, $right: ID!) { stateMatch(left: $left, right: $right, verdict: REJECTED) "
        f"{{ matches {{ id state }} {ERRORS} }} }}",
        _two,
    ),
    "assertFact": Case(
        'mutation { assertFact(input: {entity: {kind: DomainName, key: "heron.example"}}) '
        f"{{ claim entity {{ id }} {ERRORS} }} }}"
    ),
    "withdrawFact": Case(f"mutation W($id: ID!) {{ withdrawFact(id: $id) {{ {ERRORS} }} }}", _claim),
    "importFile": Case(
        f"mutation I($file: Upload!) {{ importFile(file: $file) {{ report {{ rows }} {ERRORS} }} }}", file=LIST
    ),
    "withdrawImport": Case(f"mutation W($s: String!) {{ withdrawImport(sha256: $s) {{ parts {ERRORS} }} }}", _file),
    "setSecret": Case(
        'mutation S($v: SecretText!) { setSecret(source: "heron", name: "api_key", value: $v) '
        f"{{ secret {{ id version }} {ERRORS} }} }}",
        _value,
    ),
    "removeSecret": Case(f'mutation {{ removeSecret(source: "heron", name: "api_key") {{ {ERRORS} }} }}', _secret),
    "addSourceKey": Case(
        'mutation S($v: SecretText!) { addSourceKey(source: "heron", name: "api_key", value: $v, label: "second") '
        f"{{ secret {{ label state }} {ERRORS} }} }}",
        _value,
    ),
    "changeSourceKey": Case(
        f"mutation C($id: ID!) {{ changeSourceKey(id: $id, isEnabled: false) {{ secret {{ state }} {ERRORS} }} }}",
        _key,
    ),
    "removeSourceKey": Case(f"mutation R($id: ID!) {{ removeSourceKey(id: $id) {{ {ERRORS} }} }}", _key),
    "createKey": Case(f'mutation {{ createKey(input: {{name: "feed"}}) {{ key {{ id name }} {ERRORS} }} }}'),
    "rotateKey": Case(f"mutation R($id: ID!) {{ rotateKey(id: $id) {{ key {{ id name }} {ERRORS} }} }}", KEY),
    "revokeKey": Case(f"mutation R($id: ID!) {{ revokeKey(id: $id) {{ {ERRORS} }} }}", KEY),
    "acceptInvitation": Case(
        f"mutation A($token: SecretText!) {{ acceptInvitation(token: $token) {{ organizationId {ERRORS} }} }}",
        _invited_elsewhere,
    ),
    "leaveOrganization": Case(
        f"mutation {{ leaveOrganization {{ {ERRORS} }} }}", role="ANALYST", ends_access=True
    ),
    "configure": Case(
        f"mutation S($set: JSON) {{ configure(input: {{set: $set}}) {{ configuration {{ number }} {ERRORS} }} }}",
        _setting,
    ),
    "configurePlatform": Case(
        'mutation { configurePlatform(input: {unset: ["scans.exclude"]}) '
        f"{{ configuration {{ number }} {ERRORS} }} }}",
        is_platform_admin=True,
    ),
    "rollBackConfiguration": Case(
        f"mutation {{ rollBackConfiguration(to: 0) {{ configuration {{ number }} {ERRORS} }} }}"
    ),
    "rollBackPlatformConfiguration": Case(
        f"mutation {{ rollBackPlatformConfiguration(to: 0) {{ configuration {{ number }} {ERRORS} }} }}",
        is_platform_admin=True,
    ),
    "applyConfiguration": Case(
        "mutation { applyConfiguration(document: {mirage: 1, settings: {scans: {budget: {minutes: 7}}}}) "
        f"{{ configuration {{ number }} {ERRORS} }} }}"
    ),
    "setLegalHold": Case(f'mutation {{ setLegalHold(reason: "a court asks") {{ hold {{ id reason }} {ERRORS} }} }}'),
    "liftLegalHold": Case(
        f'mutation L($id: ID!) {{ liftLegalHold(id: $id, reason: "settled") {{ hold {{ id liftReason }} {ERRORS} }} }}',
        HOLD,
    ),
    "renameOrganization": Case(
        f'mutation {{ renameOrganization(name: "Herons") {{ organization {{ name }} {ERRORS} }} }}'
    ),
    "transferOrganization": Case(
        f"mutation T($id: ID!) {{ transferOrganization(member: $id) {{ {ERRORS} }} }}", _member, ends_access=True
    ),
    "deleteOrganization": Case(
        f'mutation {{ deleteOrganization(name: "Test organization") {{ {ERRORS} }} }}', ends_access=True
    ),
    "endSession": Case(f"mutation E($id: ID!) {{ endSession(id: $id) {{ ended {ERRORS} }} }}", _session),
    "endOtherSessions": Case(f"mutation {{ endOtherSessions {{ ended {ERRORS} }} }}", _signed_in),
    "createTeam": Case(f'mutation {{ createTeam(name: "Red") {{ team {{ id name }} {ERRORS} }} }}'),
    "changeTeam": Case(
        f'mutation C($id: ID!) {{ changeTeam(id: $id, name: "Blue") {{ team {{ name }} {ERRORS} }} }}', TEAM
    ),
    "deleteTeam": Case(f"mutation D($id: ID!) {{ deleteTeam(id: $id) {{ {ERRORS} }} }}", TEAM),
    "createRole": Case(
        f'mutation {{ createRole(name: "READER", permissions: [READ_GRAPH]) {{ role {{ id name }} {ERRORS} }} }}'
    ),
    "changeRole": Case(
        "mutation C($id: ID!) { changeRole(id: $id, permissions: [READ_SCANS]) "
        f"{{ role {{ permissions }} {ERRORS} }} }}",
        ROLE,
    ),
    "deleteRole": Case(f"mutation D($id: ID!) {{ deleteRole(id: $id) {{ {ERRORS} }} }}", ROLE),
    "createOrganization": Case(
        f'mutation {{ createOrganization(name: "Storks") {{ organization {{ id name }} {ERRORS} }} }}',
        is_platform_admin=True,
    ),
    "suspendOrganization": Case(
        f"mutation S($id: ID!) {{ suspendOrganization(id: $id) {{ organization {{ id }} {ERRORS} }} }}",
        _other_organization,
        is_platform_admin=True,
    ),
    "restoreOrganization": Case(
        f"mutation S($id: ID!) {{ restoreOrganization(id: $id) {{ organization {{ id }} {ERRORS} }} }}",
        _other_organization,
        is_platform_admin=True,
    ),
    "inviteMember": Case(
        'mutation I($email: String!) { inviteMember(input: {email: $email, role: "VIEWER"}) '
        f"{{ invitation {{ id role }} {ERRORS} }} }}",
        _address,
    ),
    "resendInvitation": Case(
        f"mutation R($id: ID!) {{ resendInvitation(id: $id) {{ invitation {{ id role }} {ERRORS} }} }}", _invitation
    ),
    "revokeInvitation": Case(f"mutation R($id: ID!) {{ revokeInvitation(id: $id) {{ {ERRORS} }} }}", _invitation),
    "changeMember": Case(
        f'mutation C($id: ID!) {{ changeMember(input: {{id: $id, role: "VIEWER"}}) {{ member {{ role }} {ERRORS} }} }}',
        _member,
    ),
    "suspendMember": Case(f"mutation S($id: ID!) {{ suspendMember(id: $id) {{ member {{ id }} {ERRORS} }} }}", _member),
    "restoreMember": Case(
        f"mutation S($id: ID!) {{ restoreMember(id: $id) {{ member {{ id }} {ERRORS} }} }}", _suspended
    ),
    "removeMember": Case(f"mutation R($id: ID!) {{ removeMember(id: $id) {{ {ERRORS} }} }}", _member),
    "revokeMemberKey": Case(f"mutation R($id: ID!) {{ revokeMemberKey(id: $id) {{ {ERRORS} }} }}", KEY),
}  # fmt: skip
