"""The configuration that an nginx runs on, as it prints it itself: also of images whose files are not here."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

from flawless.errors import EngineError
from flawless.model.nginx import Directive, NginxConfig, NginxProblem
from flawless.model.stack import Origin
from flawless.ports.engine import Engine
from flawless.probes.files._nginx import parsed

_TIMEOUT = 10.0
_FILE = re.compile(r"^# configuration file (\S+):\n", re.MULTILINE)
_SAID = re.compile(r"^(?:nginx: .*|\d{4}/\d\d/\d\d \S+ \[\w+\] .*)\n", re.MULTILINE)


async def running_config(engine: Engine, ref: str) -> NginxConfig | None:
    """What the nginx in a container would load now; None when there is none, or it refuses its files."""
    try:
        answer = await engine.exec(ref, ["nginx", "-T"], timeout=_TIMEOUT)
    except EngineError:
        return None
    return None if answer.status else from_dump(answer.output)


def from_dump(output: str) -> NginxConfig | None:
    """The configuration in what ``nginx -T`` printed, includes in their places; None when it printed none."""
    pieces = _FILE.split(_SAID.sub("", output))
    texts = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    if not texts:
        return None
    main = next(iter(texts))
    problems: list[NginxProblem] = []
    block = tuple(_directives(main, texts, problems, posixpath.dirname(main)))
    return NginxConfig(Directive("", (), Origin(main), block), tuple(texts), tuple(problems))


def _directives(file: str, texts: Mapping[str, str], problems: list[NginxProblem], folder: str) -> Iterator[Directive]:
    statements, faults = parsed(texts[file], file)
    problems += faults
    yield from _read(statements, file, texts, problems, folder)


def _read(
    statements: Sequence[dict[str, Any]], file: str, texts: Mapping[str, str], problems: list[NginxProblem], folder: str
) -> Iterator[Directive]:
    for statement in statements:
        if statement["directive"] == "include" and statement["args"]:
            pattern = posixpath.normpath(posixpath.join(folder, statement["args"][0]))
            for each in sorted(name for name in texts if name != file and fnmatch(name, pattern)):
                yield from _directives(each, texts, problems, folder)
            continue
        block = tuple(_read(statement.get("block") or [], file, texts, problems, folder))
        yield Directive(statement["directive"], tuple(statement["args"]), Origin(file, statement["line"]), block)
