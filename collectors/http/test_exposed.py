import pytest

from collectors._kit.base import HttpRequest
from collectors._kit.testing import described, replay
from collectors.http.exposed import Exposed, files
from graph.facts import Outcome
from graph.model.web import URL

SITE = "https://dev.heron-optics.example/"


def test_files_are_told_by_their_content_and_their_content_is_not() -> None:
    assert described(replay(Exposed, "http.exposed.ok")) == {
        f"URL {SITE}.git/HEAD {{exposed_kind: 'version_control', "
        "media_type: 'application/octet-stream', status: 200}",
        f"URL {SITE}.env {{exposed_kind: 'environment_file', "
        "media_type: 'application/octet-stream', status: 200}",
    }


def test_a_page_for_every_address_exposes_nothing() -> None:
    assert [a.outcome for a in replay(Exposed, "http.exposed.empty")] == [Outcome.ABSENT]


def test_one_file_that_cannot_be_asked_for_leaves_no_answer() -> None:
    (answer,) = replay(Exposed, "http.exposed.failing")
    assert (answer.outcome, answer.reason) == (Outcome.ERROR, f"{SITE}.env: timed out")


def test_only_front_pages_are_asked_about() -> None:
    (answer,) = replay(Exposed, "http.exposed.inner_page")
    assert answer.outcome is Outcome.SKIPPED


def test_requests_are_small_and_their_answers_not_kept() -> None:
    for request in Exposed().plan(URL(url=SITE)):
        assert isinstance(request, HttpRequest)
        assert request.is_sensitive
        assert request.max_bytes <= 2_000


@pytest.mark.parametrize(
    ("path", "content", "is_found"),
    [
        ("/.git/HEAD", "0123456789abcdef0123456789abcdef01234567\n", True),
        ("/.git/HEAD", "ref: the reference desk", False),
        ("/.svn/entries", "12\n", True),
        ("/.hg/requires", "dotencode\nrevlogv1\n", True),
        ("/.env", "export KEY=1", True),
        ("/.env", "<p>A=1</p>", False),
        ("/.env", "\n\n# x\n\nA_B = 2", True),
        ("/backup.sql", "-- MySQL dump 10.13", True),
        ("/dump.sql", "\nCREATE TABLE a (b int);", True),
        ("/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----", True),
        ("/.aws/credentials", "[default]\naws_access_key_id = A", True),
        ("/phpinfo.php", "<title>PHP 8.3.1 - phpinfo()</title>", True),
        ("/server-status", "<title>Apache Status</title>", True),
        ("/config.php.bak", "plain", False),
    ],
)
def test_each_file_has_its_form(path: str, content: str, is_found: bool) -> None:
    (file,) = (one for one in files() if one.path == path)
    assert (file.pattern.search(content) is not None) is is_found
