"""webhook: each notice as JSON in a POST, signed by HMAC-SHA256 over its id, the moment of sending and its body.

As https://github.com/standard-webhooks/standard-webhooks says: whoever gets it checks the signature, refuses moments
that are long ago, and knows by the id what it had before. A place that says 410 wants no more of them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime
from typing import ClassVar

from collectors._kit.base import HttpRequest, HttpResponse, Response
from collectors._kit.channel import Channel, Notice, Verdict
from collectors._kit.options import InvalidOption

PREFIX = "whsec_"
FEWEST_BYTES, MOST_BYTES = 24, 64
LONGEST_ANSWER = 4_096  # bytes that are read; nothing is done with them


class Webhook(Channel):
    """Posts notices to an address."""

    id: ClassVar[str] = "webhook"

    def check(self) -> None:
        """Only over TLS, and with a secret as the standard has it."""
        if not str(self.options["url"]).startswith("https://"):
            raise InvalidOption("url: an address that begins with https:// is right", "url")
        if (secret := self.secrets.get("signing_secret")) is not None:
            key_of(secret)

    def compose(self, notice: Notice, now: datetime) -> HttpRequest:
        """The request, signed."""
        self.check()
        body = json.dumps(payload(notice), ensure_ascii=False, separators=(",", ":")).encode()
        moment = str(int(now.timestamp()))
        signature = sign(self.secrets["signing_secret"], notice.id, moment, body)
        return HttpRequest(
            url=str(self.options["url"]),
            method="POST",
            headers=(
                ("content-type", "application/json"),
                ("webhook-id", notice.id),
                ("webhook-timestamp", moment),
                ("webhook-signature", signature),
            ),
            body=body,
            max_bytes=LONGEST_ANSWER,
            accept_statuses=(410,),
        )

    def read(self, response: Response) -> Verdict:
        """What the answer means."""
        if isinstance(response, HttpResponse) and response.status == 410:
            return Verdict.refused("HTTP 410: nobody wants notices there any more")
        return super().read(response)


def payload(notice: Notice) -> dict[str, object]:
    """A notice as it is posted: its type, when it happened, and all else as `data`."""
    data = notice.model_dump(mode="json", exclude={"id", "event", "at"})
    return {"type": notice.event, "timestamp": notice.at.isoformat(), "data": data}


def sign(secret: str, message: str, moment: str, body: bytes) -> str:
    """The signature of a body that is sent as `message` at `moment` (seconds since 1970). Raises InvalidOption."""
    signed = f"{message}.{moment}.".encode() + body
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def key_of(secret: str) -> bytes:
    """The key in a secret: `whsec_` and 24 to 64 bytes in base64. Raises InvalidOption."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or not FEWEST_BYTES <= len(key) <= MOST_BYTES:
        raise InvalidOption(
            f"signing_secret: {PREFIX} and {FEWEST_BYTES} to {MOST_BYTES} random bytes in base64 are right"
        )
    return key
