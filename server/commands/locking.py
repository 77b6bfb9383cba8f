"""`mirage lock`: the two lists of pinned and hashed packages, made from pyproject.toml.

`requirements.lock` is all that a checkout needs; `requirements.runtime.lock` is the part that the
image gets, in the same versions. Neither holds an address.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from graph.errors import NotFound

CHECKOUT = Path(__file__).parents[2]
_COMMON = ("--quiet", "--universal", "--generate-hashes", "--python-version", "3.11")
_PLAIN = ("--no-emit-index-url", "--no-annotate", "--no-header")


def lock() -> int:
    """Write both lists."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise NotFound("uv is not installed; get it with: pip install uv")
    compile_ = [uv, "pip", "compile", *_COMMON, *_PLAIN, "pyproject.toml"]
    everything = ["--all-extras", "--group", "dev", "--group", "install"]
    subprocess.run([*compile_, *everything, "-o", "requirements.lock"], cwd=CHECKOUT, check=True)  # noqa: S603
    runtime = ["-c", "requirements.lock", "-o", "requirements.runtime.lock"]
    subprocess.run([*compile_, *runtime], cwd=CHECKOUT, check=True)  # noqa: S603 - a fixed command
    return 0
