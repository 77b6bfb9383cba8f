"""What webhooks send, held against the standard's published example, and what they refuse."""

import pytest

from collectors._kit.channel import Outcome
from collectors._kit.channel_testing import replay
from collectors._kit.options import InvalidOption
from server.notify.channels.webhook.webhook import Webhook, sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_signature_is_that_of_the_standards_example() -> None:
    signed = sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("name", "outcome", "reason", "after_s"),
    [
        ("ok", Outcome.DELIVERED, "HTTP 204", 0),
        ("busy", Outcome.LATER, "HTTP status 429", 120),
        ("away", Outcome.LATER, "the connection was refused", 0),
        ("gone", Outcome.REFUSED, "HTTP 410", 0),
        ("moved", Outcome.REFUSED, "HTTP 302", 0),
    ],
)
def test_an_answer_is_read(name: str, outcome: Outcome, reason: str, after_s: float) -> None:
    verdict = replay(Webhook, f"webhook.{name}").verdict

    assert (verdict.outcome, verdict.after_s) == (outcome, after_s)
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("url", "secret", "said"),
    [
        ("http://hooks.example.com/", SECRET, "begins with https://"),
        ("ftp://hooks.example.com/", SECRET, "begins with https://"),
        ("https://hooks.example.com/", "short", "24 to 64 random bytes in base64"),
        ("https://hooks.example.com/", SECRET.removeprefix("whsec_"), "24 to 64 random bytes"),
        ("https://hooks.example.com/", f"{SECRET}!", "24 to 64 random bytes"),
        ("https://hooks.example.com/", "whsec_c2hvcnQ=", "24 to 64 random bytes"),
    ],
)
def test_what_is_not_safe_is_refused(url: str, secret: str, said: str) -> None:
    with pytest.raises(InvalidOption, match=said):
        Webhook({"url": url}, {"signing_secret": secret}).check()
