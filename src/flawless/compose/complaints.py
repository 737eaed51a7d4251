"""From what Compose writes when it refuses a stack to one sentence with file and line. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from flawless.compose.locate import Index
from flawless.compose.schema import faults
from flawless.compose.sources import Sources
from flawless.errors import UsageError
from flawless.model.stack import Origin
from flawless.templates import template_line

_YAML = re.compile(r"\byaml: |go-yaml ")
_LOGFMT = re.compile(r'level=(\w+) msg="((?:\\.|[^"\\])*)"')
# What Compose quotes of an env file is the file's own text, values and all.
_QUOTED = re.compile(r"(in variable name|quoted value|Invalid template:|near) \".*", re.DOTALL)
_PATH = re.compile(r"(services|networks|volumes|secrets|configs|include)((?:\[[^\]\s]+\]|\.[\w-]+)+)")
_SERVICE = re.compile(r'service "([^"]+)"')
_FILE = re.compile(r"((?:[A-Za-z]:)?/[^\s:\"']+)")
_LINE = re.compile(r"\bL(\d+)\.C\d+|\bline (\d+):")
_SECTION = {
    "depends on": "depends_on",
    "network": "networks",
    "secret": "secrets",
    "volume": "volumes",
    "config": "configs",
}


def warnings(stderr: str) -> tuple[str, ...]:
    """The warnings in Compose's log lines, each once, in order."""
    found = (match[2].replace('\\"', '"') for match in _LOGFMT.finditer(stderr) if match[1] == "warning")
    return tuple(dict.fromkeys(found))


def refusal(stderr: str, sources: Sources, root: str) -> UsageError:
    """The error for what Compose wrote before it gave up, and all else that its schema has against the files."""
    index, flaws = sources.index, sources.flaws
    if template := _template(sources.texts):
        said = f"{template.file} is a template, not a Compose file"
        return UsageError(said, where=str(template), remedy="fill it in first, and name the finished file with --file")
    lines = [line for line in stderr.splitlines() if line.strip() and not _LOGFMT.search(line)]
    text = _QUOTED.sub(r"\1", "\n".join(lines).strip()) or "compose gave no reason"
    flaw = next(iter(flaws), None)
    if flaw and _YAML.search(text):
        return UsageError(f"{flaw.origin.file} is not valid YAML: {flaw.message}", where=str(flaw.origin), remedy=_LOOK)
    where = str(_origin(text, index, root))
    found = faults(index.documents)
    first = next((fault for fault in found if f"{fault.file}:{fault.line}" == where), None)
    also = tuple(str(fault) for fault in found if fault is not first)
    place = f"{where}:{first.column}" if first else where
    return UsageError(_sentence(text).replace(f"{root}/", ""), where=place, remedy=_remedy(text), also=also)


def _template(texts: Mapping[str, str]) -> Origin | None:
    """Where the first file that is a template shows it."""
    return next((Origin(name, line) for name, text in texts.items() if (line := template_line(text))), None)


_NOISE = re.compile(
    r"^(?:validating|failed to (?:parse|read)) \S+: |^decoding failed due to the following error\(s\):\s*"
    r"|yaml: construct errors: |\bline \d+: |: invalid compose project$"
)
_LOOK = "look at that line and the one above it"


def _sentence(text: str) -> str:
    for pattern, words in _SENTENCES:
        if found := pattern.search(text):
            return words(found)
    plain = _NOISE.sub("", text)
    return "compose refuses the stack: " + "; ".join(line.strip() for line in plain.splitlines() if line.strip())


def _circle(found: re.Match[str]) -> str:
    steps = [line.split(" in /")[0].strip().removeprefix("extends ") for line in found[1].splitlines() if line.strip()]
    return f"services extend each other in a circle: {' -> '.join(steps)}"


def _include_circle(found: re.Match[str]) -> str:
    lines = [line.strip().removeprefix("include ") for line in found[1].splitlines()]
    files = [PurePosixPath(line).name for line in lines if line]
    return f"compose files include each other in a circle: {' -> '.join(files)}"


_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"empty compose file"), lambda _: "the compose file is empty"),
    (re.compile(r"Circular reference:\n(.*)", re.DOTALL), _circle),
    (re.compile(r"include cycle detected:\n(.*)", re.DOTALL), _include_circle),
    (
        re.compile(r"dependency cycle detected: (.*)"),
        lambda found: f"services depend on each other in a circle: {found[1]}",
    ),
    (re.compile(r"cannot construct !!\w+ .*into cli\.named"), lambda _: "the file is YAML, but not a compose file"),
    (
        re.compile(r": (?:(\S*)\.)?(\S+) false schema"),
        lambda found: f"unknown key {found[2]} in {found[1] or 'the compose file'}",
    ),
    (
        re.compile(r": (\S*) ?additional properties (.*) not allowed"),
        lambda found: f"unknown key {found[2]} in {found[1] or 'the compose file'}",
    ),
    (
        re.compile(r"invalid interpolation format for (\S+)\."),
        lambda found: f"the ${{...}} of {found[1]} cannot be read; write $$ for a plain $",
    ),
    (
        re.compile(r"interpolating (\S+): required variable (\w+) is missing a value(?:: (.*))?"),
        lambda found: (
            f"{found[1]} needs the variable {found[2]}, which is not set" + (f" ({found[3]})" if found[3] else "")
        ),
    ),
    (re.compile(r"env file (\S+) not found"), lambda found: f"the env file {found[1]} does not exist"),
    (re.compile(r"open (\S+): no such file or directory"), lambda found: f"{found[1]} is named but does not exist"),
    (
        re.compile(r'service "([^"]+)" has neither an image nor a build'),
        lambda found: f"service {found[1]} has neither an image nor a build",
    ),
    (
        re.compile(r'service "([^"]+)" (?:refers to|depends on) undefined (\w+) "?([^":\s]+)'),
        lambda found: f"service {found[1]} names the {found[2]} {found[3]}, which is defined nowhere",
    ),
)


def _remedy(text: str) -> str:
    if "false schema" in text or "additional properties" in text:
        return "correct the spelling, or prefix your own keys with x-"
    if "required variable" in text:
        return "set it in .env or in the environment"
    return "correct the file; `docker compose config` shows the same"


def _origin(text: str, index: Index, root: str) -> Origin:
    """The element that is spoken of; else the file and line that Compose names; else the first file."""
    line = next((int(found[1] or found[2]) for found in reversed(list(_LINE.finditer(text)))), 0)
    if file := _FILE.search(text):
        name = posixpath.relpath(file[1], root)
        if line:
            return Origin(name, line)
    else:
        name = index.at().file
    if path := _element(text, index):
        return index.at(*path)
    if text.startswith("env file") or "open /" in text:
        return _mention(PurePosixPath(file[1]).name if file else "", index) or index.at()
    return Origin(index.at().file if file is None else name, line)


def _mention(name: str, index: Index) -> Origin | None:
    """Where a file that does not exist is named."""
    for service in index.keys("services"):
        for item in (*index.items("services", service, "env_file"), *index.items("services", service, "build")):
            if name in item.fields.get("path", item.text):
                return item.origin
        if index.find("services", service, "extends"):
            return index.at("services", service, "extends")
    return index.find("include")


def _element(text: str, index: Index) -> tuple[str, ...]:
    if found := _PATH.search(text):
        steps = [step.strip("[].") for step in re.findall(r"\[[^\]]+\]|\.[\w-]+", found[2])]
        return _known(index, (found[1], *steps))
    if service := _SERVICE.search(text):
        section = next(
            (key for words, key in _SECTION.items() if f"{words} undefined" in text or f"undefined {words}" in text), ""
        )
        return ("services", service[1], section) if section else ("services", service[1])
    if circle := re.search(r"(?:detected: |reference:\s+)(\S+)", text):
        return ("services", circle[1], "depends_on" if "dependency" in text else "extends")
    if unknown := re.search(r"additional properties '([^']+)'", text):
        return (unknown[1],)
    return ()


def _known(index: Index, path: tuple[str, ...]) -> tuple[str, ...]:
    """A service's name may hold dots, which Compose's own spelling of a path does not set apart."""
    names = [name for name in index.keys(path[0]) if ".".join(path[1:]).startswith(f"{name}.")]
    if not names:
        return path
    name = max(names, key=len)
    return (path[0], name, *path[1 + name.count(".") + 1 :])
