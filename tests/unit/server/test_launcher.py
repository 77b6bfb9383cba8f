"""The launcher `mirage`: when it installs, what it pins, what it shows."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).parents[3]
LOCK = (CHECKOUT / "requirements.lock").read_text().splitlines()


@pytest.fixture
def launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The launcher as if it lay in an empty checkout."""
    loader = SourceFileLoader("launcher", str(CHECKOUT / "mirage"))
    spec = importlib.util.spec_from_loader("launcher", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    environment = tmp_path / ".venv"
    (environment / "bin").mkdir(parents=True)
    (tmp_path / "requirements.lock").write_text("one==1\n")
    for name, value in {
        "HERE": tmp_path,
        "ENVIRONMENT": environment,
        "PYTHON": environment / "bin" / "python",
        "LOCK": tmp_path / "requirements.lock",
        "STAMP": environment / "mirage-lock.sha256",
    }.items():
        monkeypatch.setattr(module, name, value)
    return module


def test_an_environment_is_current_only_for_this_lock_and_place(launcher: ModuleType) -> None:
    assert not launcher.is_current()

    launcher.PYTHON.touch()
    launcher.STAMP.write_text(launcher.lock_digest())
    assert launcher.is_current()

    launcher.LOCK.write_text("one==2\n")
    assert not launcher.is_current()


def test_an_environment_without_python_is_not_current(launcher: ModuleType) -> None:
    launcher.STAMP.write_text(launcher.lock_digest())

    assert not launcher.is_current()


def test_a_current_environment_is_left_alone(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher.PYTHON.touch()
    launcher.STAMP.write_text(launcher.lock_digest())
    monkeypatch.setattr(launcher, "make_environment", lambda: pytest.fail("made it anew"))

    launcher.prepare()


@pytest.mark.parametrize("name", ["uv", "typer", "neo4j"])
def test_a_pin_is_one_package_with_all_its_hashes(launcher: ModuleType, name: str) -> None:
    lines = launcher.pinned(name, LOCK).strip().splitlines()

    assert lines[0].startswith(f"{name}==")
    assert len(lines) > 1
    assert all(line.strip().startswith("--hash=sha256:") for line in lines[1:])
    assert [line.endswith("\\") for line in lines] == [True] * (len(lines) - 1) + [False]


def test_the_certificates_that_pip_trusts_are_trusted_by_uv(launcher: ModuleType) -> None:
    settings = ":env:.cert='/etc/ssl/own.pem'\n:env:.default-timeout='180'\n"

    assert launcher.trusting(settings)["SSL_CERT_FILE"] == "/etc/ssl/own.pem"
    assert launcher.trusting("") == dict(os.environ)


def test_with_an_index_of_the_users_own_pip_is_left_to_it(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(launcher.shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(launcher, "pip_settings", lambda: "global.index-url='http://own.example'")

    def counted(command: list[str], *_: object) -> int:
        commands.append(command)
        return 0

    monkeypatch.setattr(launcher, "run_counting", counted)
    monkeypatch.setattr(launcher, "install_uv", lambda _: pytest.fail("installed uv"))

    launcher.install()

    assert [command[1:4] for command in commands] == [["-m", "pip", "install"]]
    assert "--require-hashes" in commands[0]


def test_an_older_python_is_told_what_is_needed(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))

    assert launcher.main() == 1

    told = capsys.readouterr()
    assert "Mirage needs Python 3.11 or later" in told.err
    assert "3.9.2" in told.err
    assert told.out == ""


def test_without_any_way_to_make_an_environment_it_says_how_to_get_one(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher.shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(launcher.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(SystemExit) as ended:
        launcher.make_environment()

    assert "apt install python3-venv" in str(ended.value)
    assert "pip install uv" in str(ended.value)


def test_an_installer_that_fails_shows_its_last_lines(
    launcher: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    script = "print('Collecting one'); print('no such package'); raise SystemExit(3)"

    code = launcher.run_counting([sys.executable, "-c", script], ("Collecting",), (), 1)

    assert code == 3
    assert "no such package" in capsys.readouterr().err


def test_a_failed_step_is_named_and_ends_with_its_code(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launcher, "make_environment", lambda: launcher.run("false"))

    assert launcher.main() == 1

    assert "did not work (exit code 1):  false" in capfd.readouterr().err
    assert not launcher.STAMP.exists()


def test_the_launcher_needs_nothing_but_the_standard_library() -> None:
    lines = (CHECKOUT / "mirage").read_text().splitlines()
    modules = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}

    assert {name.split(".")[0] for name in modules} <= sys.stdlib_module_names
    assert (CHECKOUT / "mirage").stat().st_mode & 0o111
