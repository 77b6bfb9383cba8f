"""Whom the courier trusts with a mail server's certificate: the authorities it is given, with a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import trustme
from pydantic import SecretStr

from graph.store import Store
from server.jobs.worker import Tools
from server.notify.letters import Outbox
from server.roles.courier import open_courier
from server.settings import CourierSettings
from server.vault.keys import save_keys
from tests.api.signin.test_mail import (
    LETTER,
    SENDER,
    Box,
    left,
    server_context,
    serving,
    starts_tls,
)
from tests.support.keys import MASTERS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.mark.parametrize("starts", [True, False], ids=["STARTTLS", "TLS from the start"])
@pytest.mark.parametrize("is_given", [True, False], ids=["given", "not given"])
async def test_an_authority_of_ones_own_is_trusted_where_it_is_given(
    authority: trustme.CA, store: Store, tmp_path: Path, is_given: bool, starts: bool
) -> None:
    """As an operator gives it, with the courier as its role opens it."""
    await store.execute("MATCH (l:Letter) DETACH DELETE l")
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    box = Box()
    options = starts_tls(authority, box) if starts else {"ssl_context": server_context(authority)}
    with serving(box, **options) as server:
        url = f"{'smtp' if starts else 'smtps'}://localhost:{server.port}"
        courier = open_courier(_tools(store, tmp_path, url, bundle if is_given else None))
        assert courier is not None
        await Outbox(store, MASTERS).send(LETTER.to, LETTER.subject, LETTER.text)
        assert await courier.sweep() == is_given
    assert len(box.got) == is_given
    assert await left(store) == (not is_given), "it is tried again"


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_without_authorities_is_told_at_the_start(
    store: Store, tmp_path: Path, content: str | None
) -> None:
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_text(content)
    with pytest.raises(ValueError, match=r"ca\.pem: not a file of the mail server's authorities"):
        open_courier(_tools(store, tmp_path, "smtps://localhost", bundle))


def _tools(store: Store, folder: Path, url: str, bundle: Path | None) -> Tools:
    save_keys(folder / "master.key", MASTERS)
    settings = CourierSettings(
        neo4j_uri="bolt://localhost",
        neo4j_password=SecretStr("x"),
        redis_url=SecretStr("redis://localhost"),
        evidence_folder=folder,
        master_key_file=folder / "master.key",
        mail_from=SENDER,
        smtp_url=SecretStr(url),
        smtp_ca_file=bundle,
    )
    return Tools(settings, store, cast(Any, None), cast(Any, None))
