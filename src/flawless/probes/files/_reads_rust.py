"""Environment variables that Rust source reads: std::env, env!, clap, envy, config and figment; sqlx's macros."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.probes.files._code import Code
from flawless.probes.files._reads import NOTHING, Found, Reads

_CONCERNS = re.compile(r"\benv\b|\bdotenvy?\b|\benvy\b|\bEnvironment\b|\benv!|option_env!|require\w*_env|must_env")
_TESTS = re.compile(r"#\[cfg\(test\)\]\s*mod\b")
_VAR = re.compile(
    r"\b(?:env|dotenvy|dotenv)::var(?:_os)?\s*\(\s*(?:&?\"(?P<name>\w+)\"|(?P<word>[\w.:&]+)\s*\)|(?P<other>))"
)
_BARE = re.compile(r"(?<![\w.:])var(?:_os)?\s*\(\s*\"(?P<name>\w+)\"\s*\)")
_IMPORTED = re.compile(r"\benv::(?:var\b|\{[^}]*\bvar\b)")
_COMPILED = re.compile(r"\b(?P<option>option_)?env!\s*\(\s*\"(?P<name>\w+)\"")
_ALL = re.compile(r"\benv::vars(?:_os)?\s*\(")
_GOES_ON = re.compile(r"\.\s*(?:unwrap_or\w*|ok|is_ok|is_err|map_or\w*|or_else|or)\s*(?:::<[^>]*>)?\s*\(")
_STOPS = re.compile(r"\.\s*(?:unwrap|expect)\s*\(|\?")
_PANICS = re.compile(r"\bpanic!|\bexit\(|\bbail!|\bunreachable!")
_MATCHED = re.compile(r"\b(?:if\s+let|while\s+let|match|let\s+(?:Ok|Some)|if)\b")
_ATTRIBUTE = re.compile(r"#\[\s*(?:arg|clap|structopt)\s*\(")
_FIELD = re.compile(
    r"\s*(?:#\[[^\]]{0,200}\]\s*){0,5}(?:pub(?:\([^)]{0,40}\))?\s+)?(?P<field>\w+)\s*:\s*(?P<type>[\w:]+)"
)
_MOST_OPTIONS = 400
_STRUCT = re.compile(r"\bstruct\s+(?P<name>\w+)[^;{]{0,100}\{(?P<body>[^}]*)\}")
_SERDE = re.compile(
    r"(?P<attributes>(?:#\[[^\]]{0,200}\]\s*)*)(?:pub(?:\([^)]*\))?\s+)?(?P<field>\w+)\s*:\s*(?P<type>[\w:]+)"
)
_ENVY = re.compile(
    r"\benvy::(?:prefixed\s*\(\s*\"(?P<prefix>\w*)\"\s*\)\s*\.\s*)?from_env\s*(?:::\s*<\s*(?P<type>\w+)\s*>)?\s*\("
)
_SOURCES = re.compile(
    r"\bEnvironment::(?:with_prefix\s*\(\s*\"(?P<config>\w+)\"|default\s*\()"
    r"|\bEnv::(?:prefixed\s*\(\s*\"(?P<figment>\w+)\"|raw\s*\()"
)
_DEMANDS = re.compile(r"\b\w{0,40}(?:require|must)\w{0,40}env\w{0,40}!?\s*\(\s*\"(?P<name>[A-Z]\w+)\"\s*\)")
_QUERY = re.compile(r"\bquery(?:_as|_scalar|_file|_file_as|_file_scalar)?(?:_unchecked)?!\s*[({\[]")


def read(text: str) -> Found:
    """The variables that a file reads outside its tests."""
    text = _without_tests(text)
    if not _CONCERNS.search(text):
        return NOTHING
    code, out = Code(text, "rust"), Reads()
    patterns = [_VAR, *([_BARE] if _IMPORTED.search(code.text) else [])]
    for found in (found for pattern in patterns for found in pattern.finditer(code.text)):
        if not out.full:
            _variable(code, found, out)
    for found in _COMPILED.finditer(code.text):
        out.add(found["name"], code.line(found.start()), default=bool(found["option"]), baked=True)
    for found in _ALL.finditer(code.text):
        out.cannot_tell("", code.line(found.start()))
    for found in _DEMANDS.finditer(code.text):
        out.add(found["name"], code.line(found.start()), required=not code.conditional(found.start()))
    _structs(code, out)
    return out.found()


def queries(text: str) -> Iterator[int]:
    """The lines of macros that ask the database, or data prepared from it, while they are compiled."""
    if "query" in text:
        code = Code(_without_tests(text), "rust")
        yield from (code.line(found.start()) for found in _QUERY.finditer(code.bare))


def _without_tests(text: str) -> str:
    tests = _TESTS.search(text)
    return text[: tests.start()] if tests else text


def _variable(code: Code, found: re.Match[str], out: Reads) -> None:
    groups, place, line = found.groupdict(), found.start(), code.line(found.start())
    word = (groups.get("word") or "").lstrip("&").rpartition("::")[2]
    name = groups["name"] or (code.constant(word) if word else "")
    if not name:
        if name is not None:
            out.cannot_tell("", line)
        return  # a parameter: the name stands as a literal where it is called
    closed = code.text[found.end() - 1] == ")"
    end = found.end() if closed else code.bare.find(")", found.end()) + 1 or found.end()
    chain = code.rest(end)
    falls = _GOES_ON.search(chain)
    stops = bool(_PANICS.search(chain[falls.start() :])) if falls else bool(_STOPS.search(chain))
    if _MATCHED.search(code.before(place)):
        out.add(name, line, default=True)
    else:
        out.add(name, line, required=stops and not code.conditional(place), default=bool(falls) and not stops)


def _structs(code: Code, out: Reads) -> None:
    """Structs that clap, envy, config and figment fill."""
    for found in _ATTRIBUTE.finditer(code.text):
        _argument(code, found.end(), out)
    for found in _ENVY.finditer(code.text):
        _filled(code, found, out)
    for found in _SOURCES.finditer(code.text):
        out.cannot_tell((found["config"] or found["figment"] or "").upper(), code.line(found.start()))


def _argument(code: Code, start: int, out: Reads) -> None:
    """A field that clap fills from a variable, of its own name where the attribute gives none."""
    end = code.text.find(")]", start, start + _MOST_OPTIONS)
    options = code.text[start:end] if end > 0 else ""
    field = _FIELD.match(code.text, end + 2) if re.search(r"\benv\b", options) else None
    if field:
        given = re.search(r"\benv\s*[=(]\s*\"(\w+)\"", options)
        may_miss = "default_value" in options or field["type"] in {"Option", "bool", "Vec"}
        name = given[1] if given else field["field"].upper()
        out.add(name, code.line(start), required=not may_miss, default=may_miss)


def _filled(code: Code, call: re.Match[str], out: Reads) -> None:
    """The fields of the struct that envy fills; unless its type stands here, nobody can tell them."""
    wanted = next((each for each in _STRUCT.finditer(code.text) if each["name"] == call["type"]), None)
    prefix = call["prefix"] or ""
    if wanted is None:
        out.cannot_tell(prefix, code.line(call.start()))
        return
    for field in _SERDE.finditer(wanted["body"]):
        renamed = re.search(r"rename\s*=\s*\"(\w+)\"", field["attributes"])
        may_miss = field["type"] == "Option" or "default" in field["attributes"]
        name = renamed[1] if renamed else field["field"]
        line = code.line(wanted.start("body") + field.start("field"))
        out.add(f"{prefix}{name}".upper(), line, required=not may_miss, default=may_miss)
