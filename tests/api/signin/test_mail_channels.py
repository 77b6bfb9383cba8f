"""Notices by mail, through a real server: to members as far as they are cleared, and to domains that are allowed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from collectors._kit.channel import Verdict
from collectors._kit.channel_testing import SAMPLE
from collectors._kit.dialing import Endpoint
from collectors._kit.egress import direct_egress
from collectors._kit.resolvers import fixed
from graph.store import Store
from server.modules.catalog import registry
from server.notify.mail import Mailer, Server
from server.notify.recipients import Mailboxes
from server.notify.sending import Over, Sending
from tests.api.signin.test_mail import SENDER, Box, serving

MEMBER = """
MERGE (o:Organization {id: $org})
ON CREATE SET o.name = 'Test organization', o.created_at = datetime()
CREATE (u:User {id: $id, email: $email, created_at: datetime()})
CREATE (m:Membership {id: $id, org: $org, user: $id, role: 'VIEWER', clearance: $clearance, created_at: datetime()})
CREATE (u)-[:HAS_MEMBERSHIP]->(m)-[:IN]->(o)
"""


async def sent(
    store: Store, org: str, to: str, port: int, domains: Sequence[str] = (), tlp: str = "GREEN"
) -> Verdict:
    """What comes of the sample, marked so, as a mail to an address."""
    mailer = Mailer(Server.of(f"smtp://127.0.0.1:{port}?tls=none"), SENDER)
    egress = direct_egress(fixed(Endpoint("127.0.0.1", 9)))
    sending = Sending(registry(), egress, Mailboxes(store, domains), mailer)
    notice = SAMPLE.model_copy(update={"organization": org, "tlp": tlp})
    over = Over(registry().channel("email"), {"to": to}, {})
    return await sending.send(over, notice, datetime.now(UTC))


async def test_a_notice_goes_to_members_and_to_allowed_domains_alone(store: Store) -> None:
    org, box = str(uuid.uuid4()), Box()
    ada = f"ada-{org[:8]}@people.example"
    given = {"org": org, "id": str(uuid.uuid4()), "email": ada, "clearance": "GREEN"}
    await store.execute(MEMBER, given)
    with serving(box) as server:
        assert await sent(
            store, org, ada.replace("people", "PEOPLE"), server.port
        ) == Verdict.delivered("the mail server took it")
        refusals = [
            await sent(store, org, ada, server.port, tlp="AMBER"),
            await sent(store, str(uuid.uuid4()), ada, server.port),
            await sent(store, org, "eve@elsewhere.example", server.port, ["people.example"]),
            await sent(store, org, "no address", server.port),
        ]
        assert len(box.got) == 1
        team = "team@soc.example"
        assert (
            await sent(store, org, team, server.port, ["soc.example"])
        ).reason == "the mail server took it"
        box.answers = ["451 later", "550 never"]
        later, never = [await sent(store, org, ada, server.port) for _ in range(2)]

    assert [each.reason for each in refusals[:3]] == [
        f"{ada} is cleared up to GREEN only",
        f"{ada} is no member's address, and in no domain that the operator allows",
        "eve@elsewhere.example is no member's address, and in no domain that the operator allows",
    ]
    assert refusals[3].reason.startswith("'no address' is not an email address")
    assert {each.outcome for each in refusals} == {"REFUSED"}
    mail = box.read(0)
    assert (mail["To"], mail["Subject"]) == (
        ada.replace("people", "PEOPLE"),
        f"[Mirage] High: {SAMPLE.title}",
    )
    assert "Marking: TLP:GREEN" in mail.get_content()
    assert [envelope.rcpt_tos for envelope in box.got][1:] == [[team]]
    assert (later.outcome, never.outcome) == ("LATER", "REFUSED")


async def test_a_member_who_is_suspended_is_written_to_no_more(store: Store) -> None:
    org, box = str(uuid.uuid4()), Box()
    ada = f"ada-{org[:8]}@people.example"
    given = {"org": org, "id": str(uuid.uuid4()), "email": ada, "clearance": "RED"}
    await store.execute(MEMBER, given)
    await store.execute(
        "MATCH (m:Membership {org: $org}) SET m.suspended_at = datetime()", {"org": org}
    )
    with serving(box) as server:
        verdict = await sent(store, org, ada, server.port)

    assert "is no member's address" in verdict.reason
    assert box.got == []
