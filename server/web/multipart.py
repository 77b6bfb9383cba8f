"""Questions with files: the GraphQL multipart request specification, with limits on everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from server.graphql.execution import Question
from server.web.body import pieces
from server.web.problems import Problem
from server.web.question import parse_json, question_of

MOST_FILES = 10
MOST_FILE_BYTES = 256_000_000
MOST_FIELD_BYTES = 1_000_000
MOST_PLACES = 20


@asynccontextmanager
async def read_multipart(request: Request) -> AsyncIterator[Question]:
    """The question in a multipart body, its files in the variables; they are closed at the end. Raises Problem."""
    parser = MultiPartParser(
        request.headers,
        pieces(request, MOST_FILE_BYTES),
        max_files=MOST_FILES,
        max_fields=MOST_FILES + 2,
        max_part_size=MOST_FIELD_BYTES,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, ValueError, KeyError) as error:
        raise Problem("INVALID_BODY", f"the multipart body cannot be read: {error}") from error
    try:
        yield _question(dict(form))
    finally:
        await form.close()


def _question(form: dict[str, Any]) -> Question:
    operations, places = form.pop("operations", None), form.pop("map", None)
    if not isinstance(operations, str) or not isinstance(places, str):
        raise Problem("INVALID_BODY", "a multipart body has the parts operations and map, as JSON")
    question = question_of(parse_json(operations.encode()))
    wanted = parse_json(places.encode())
    if not isinstance(wanted, dict) or sum(map(_count, wanted.values())) > MOST_PLACES:
        raise Problem("INVALID_BODY", "map: an object is right, from parts to lists of places")
    variables: dict[str, Any] = dict(question.variables)
    for part, paths in wanted.items():
        file = form.get(part)
        if not isinstance(file, UploadFile):
            raise Problem("INVALID_BODY", f"map: there is no file in the part {part!r}")
        for path in paths:
            _put(variables, path, file)
    return replace(question, variables=variables)


def _count(paths: object) -> int:
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise Problem("INVALID_BODY", "map: each part has a list of places, such as variables.file")
    return len(paths)


def _put(variables: dict[str, Any], path: str, file: UploadFile) -> None:
    """Put a file where its place says null stands."""
    root, *steps = path.split(".")
    place: Any = variables
    if root != "variables" or not steps:
        raise Problem("INVALID_BODY", f"map: {path!r} is no place; variables.file would be one")
    try:
        for step in steps[:-1]:
            place = place[int(step) if isinstance(place, list) else step]
        last: Any = int(steps[-1]) if isinstance(place, list) else steps[-1]
        if place[last] is not None:
            raise Problem("INVALID_BODY", f"map: null should stand at {path}")
        place[last] = file
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise Problem("INVALID_BODY", f"map: there is no place {path!r} in variables") from error
