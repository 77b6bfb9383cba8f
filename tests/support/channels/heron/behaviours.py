"""heron.plain: posts the title, or does what no channel may."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import datetime
from typing import Any, ClassVar, cast

from collectors._kit.base import DnsRequest, HttpRequest, Response
from collectors._kit.channel import Channel, MailRequest, Message, Notice, Verdict

SITE = "https://site.example/in"


class Plain(Channel):
    id: ClassVar[str] = "heron.plain"

    def compose(self, notice: Notice, now: datetime) -> Message:  # noqa: ARG002
        behaviour = str(self.options["does"])
        if behaviour == "hang":
            time.sleep(600)
        if behaviour == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if behaviour == "hoard":
            bytes(2**31)
        if behaviour == "spill":
            raise ValueError(f"the key is {self.secrets['heron_key']}")
        return cast(Message, _OTHERWISE.get(behaviour)) or self._plain(notice)

    def _plain(self, notice: Notice) -> HttpRequest:
        known = sorted(name for name in os.environ if name.startswith("MIRAGE_"))
        told = {"title": notice.title, "pid": os.getpid(), "environment": known}
        key = ("x-key", self.secrets["heron_key"])
        return HttpRequest(SITE, "POST", headers=(key,), body=json.dumps(told).encode())

    def read(self, response: Response) -> Verdict:
        answer = cast(Any, response)
        if self.options["does"] == "doubt":
            return Verdict.later(f"it said {answer.body.decode()}", 70.0)
        return super().read(response)


_OTHERWISE = {
    "elsewhere": HttpRequest("https://elsewhere.example/in", "POST"),
    "inside": HttpRequest(SITE, "POST", connect_to="127.0.0.1"),
    "unverified": HttpRequest(SITE, "POST", verify_tls=False),
    "mail": MailRequest("ada@people.example", "hello", "there"),
    "ask": DnsRequest("site.example", "A"),
    "nonsense": {"no": "message"},
}
