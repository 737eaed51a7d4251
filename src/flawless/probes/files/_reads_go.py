"""Environment variables that Go source reads: os, struct tags of env and envconfig, viper."""

from __future__ import annotations

import re

from flawless.probes.files._code import Code
from flawless.probes.files._reads import NOTHING, Found, Reads

_CONCERNS = re.compile(r"Getenv|LookupEnv|os\.Environ|env:\"|envconfig|viper|(?i:(?:must|require)\w*env)")
_GET = re.compile(
    r"\b(?:os|syscall)\.(?P<how>Getenv|LookupEnv)\(\s*(?:[\"`](?P<name>\w+)[\"`]\s*\)|(?P<word>\w+)\s*\)"
    r"|[\"`]?(?P<prefix>\w*))"
)
_ALL = re.compile(r"\bos\.Environ\(\)|\bviper\.AutomaticEnv\(\)|\.AutomaticEnv\(\)")
_TAG = re.compile(r"\b(?:env|envconfig):\"(?P<name>\w+)(?P<options>[^\"]*)\"(?P<more>[^`\n]*)")
_DEFAULT = re.compile(r"\b(?:envDefault|default|env-default):\"")
_REQUIRED = re.compile(r"\b(?:required|env-required):\"true\"")
_PREFIX = re.compile(r"\benvconfig\.(?:Must)?Process\(\s*\"(?P<config>\w*)\"|\bSetEnvPrefix\(\s*\"(?P<viper>\w+)\"")
_BOUND = re.compile(r"\bBindEnv\(([^)\n]*)\)")
_DEMANDS = re.compile(r"\b\w{0,40}(?:[Mm]ust|[Rr]equire)\w{0,40}[Ee]nv\w{0,40}\(\s*\"(?P<name>[A-Z]\w+)\"\s*\)")
_EMPTY = re.compile(r"\A\W*(?:if\b[^{\n]*(?:==\s*\"\"|!ok|!\w+)[^{\n]*\{)(?P<then>[^}]{0,200})")
_STOPS = re.compile(r"\blog\.(?:Fatal|Panic)|\bpanic\(|\bos\.Exit\(|\breturn\b[^\n]*\b(?:err|errors|fmt\.Errorf)\b")
_LOOK = 400


def read(text: str) -> Found:
    """The variables that a file reads."""
    if not _CONCERNS.search(text):
        return NOTHING
    code, out = Code(text, "go"), Reads()
    for found in _GET.finditer(code.text):
        if not out.full:
            _variable(code, found, out)
    for found in _ALL.finditer(code.text):
        out.cannot_tell("", code.line(found.start()))
    for found in _DEMANDS.finditer(code.text):
        out.add(found["name"], code.line(found.start()), required=not code.conditional(found.start()))
    for found in _PREFIX.finditer(code.text):
        out.cannot_tell((found["config"] or found["viper"] or "").upper(), code.line(found.start()))
    for found in _BOUND.finditer(code.text):
        for name in re.findall(r"\"([A-Z]\w+)\"", found[1]):
            out.add(name, code.line(found.start()))
    for found in _TAG.finditer(code.text):
        default = bool(_DEFAULT.search(found["more"]))
        demanded = (
            "required" in found["options"] or "notEmpty" in found["options"] or bool(_REQUIRED.search(found["more"]))
        )
        out.add(found["name"], code.line(found.start()), required=demanded, default=default)
    return out.found()


def _variable(code: Code, found: re.Match[str], out: Reads) -> None:
    place, line = found.start(), code.line(found.start())
    name = found["name"] or (code.constant(found["word"]) if found["word"] else "")
    if not name:
        if name is not None:
            out.cannot_tell(found["prefix"] or "", line)
        return
    end = code.text.find("\n", found.end())
    empty = _EMPTY.match(code.text[end : end + _LOOK]) if end >= 0 else None
    stops = bool(empty and _STOPS.search(empty["then"]))
    out.add(name, line, required=stops and not code.conditional(place), default=bool(empty) and not stops)
