"""Environment variables that JavaScript and TypeScript read: process.env, import.meta.env, and schemas over them."""

from __future__ import annotations

import re

from flawless.probes.files._code import Code
from flawless.probes.files._reads import NOTHING, Found, Reads

_CONCERNS = re.compile(
    r"process\s*\.\s*env|process\?\.env|process[\"']|import\.meta|Deno\.env|Bun\.env|configService|\$env/static"
    r"|(?i:(?:require|must)\w*env)"
)
_OWNER = r"(?:process\??\.env|import\.meta\.env|Bun\.env|globalThis\.process\.env)"
_DOT = re.compile(
    rf"\b(?P<owner>{_OWNER})\s*(?:\??\.\s*(?P<dot>[A-Za-z_]\w*)|(?:\?\.)?\[\s*[\"'`](?P<quoted>\w+)[\"'`]\s*\])"
)
_DYNAMIC = re.compile(rf"\b{_OWNER}\s*(?:\?\.)?\[\s*(?:(?P<word>\w+)\s*\]|[`\"'](?P<prefix>\w*)|(?P<other>))")
_PARTS = re.compile(rf"\{{(?P<names>[^{{}}]{{0,2000}})\}}\s*=\s*{_OWNER}\b(?!\s*[.\[])")
_PART = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*(?P<other>:\s*\w+)?\s*(?P<default>=)?")
_ALL = re.compile(
    rf"\.\.\.\s*{_OWNER}\b(?!\s*[.\[])|\bObject\.(?:keys|entries|values|assign)\([^)\n]{{0,80}}{_OWNER}\b(?!\s*[.\[])"
)
_CALLS = re.compile(
    r"\b(?:Deno\.env\.get|[cC]onfigService\.get(?P<throws>OrThrow)?(?:<[^>\n]*>)?)\(\s*[\"'`](?P<name>[A-Z]\w*)[\"'`]\s*(?P<more>,)?"
)
_DEMANDS = re.compile(r"\b\w{0,40}(?:[Rr]equire|[Mm]ust)\w{0,40}[Ee]nv\w{0,40}\(\s*[\"'`](?P<name>[A-Z]\w+)[\"'`]\s*\)")
_STATIC = re.compile(r"import\s*\{(?P<names>[^}]{0,2000})\}\s*from\s*[\"']\$env/static/(?:public|private)[\"']")
_SCHEMA = re.compile(r"\b(?:z\s*\.\s*(?:object|strictObject|looseObject)|cleanEnv|createEnv|v\.object|Joi\.object)\b")
_KEY = re.compile(
    r"(?m)(?:^|[{,])\s*[\"']?(?P<name>[A-Z][A-Z0-9_]+)[\"']?\s*:\s*(?=(?:z|v|Joi|str|num|bool|port|url|host|email|json|makeValidator)\b)"
)
_MAY_MISS = re.compile(
    r"\.\s*(?:optional|nullish|default|prefault|catch)\s*\(|\bdefault\s*:|\b(?:optional|nullish)\s*\(|devDefault"
)
_OR = re.compile(r"\s*!?\s*(?:\|\||\?\?)(?P<other>[^\n]{0,120})")
_THROWS = re.compile(r"\bthrow\b|\bprocess\.exit\(|\bfail\(|\binvariant\(|\braise\(")
_GUARD = re.compile(r"\bif\s*\(\s*!\s*\Z|\binvariant\(\s*\Z|\bassert(?:\.ok)?\(\s*\Z")
_BAKED = re.compile(r"\A(?:NEXT_PUBLIC|REACT_APP|VUE_APP|GATSBY|EXPO_PUBLIC|VITE)_")
_META = re.compile(r"\APUBLIC_")
_OWN = frozenset({"MODE", "DEV", "PROD", "SSR", "BASE_URL"})


def read(text: str) -> Found:
    """The variables that a file reads; of those that a bundler replaces, what counts is their value at build time."""
    if not _CONCERNS.search(text):
        return NOTHING
    code, out = Code(text, "js"), Reads()
    for found in _DOT.finditer(code.text):
        if not out.full:
            _variable(code, found, out)
    for found in _DYNAMIC.finditer(code.text):
        _dynamic(code, found, out)
    for found in _ALL.finditer(code.text):
        out.cannot_tell("", code.line(found.start()))
    for found in _PARTS.finditer(code.text):
        for part in _PART.finditer(found["names"]):
            if part["name"].isupper() or "_" in part["name"]:
                name = part["name"]
                out.add(name, code.line(found.start()), default=bool(part["default"]), baked=bool(_BAKED.match(name)))
    _calls(code, out)
    _schemas(code, out)
    return out.found()


def _variable(code: Code, found: re.Match[str], out: Reads) -> None:
    name, place = found["dot"] or found["quoted"], found.start()
    meta = found["owner"].startswith("import")
    if meta and name in _OWN:
        return
    baked = bool(_BAKED.match(name)) or (meta and bool(_META.match(name)))
    fallback = (_OR.match(code.text, found.end()) or {"other": ""})["other"]
    stops = bool(_THROWS.search(fallback)) and "env" not in fallback
    demanded = stops or _guarded(code, place, found.end())
    required = demanded and not code.conditional(place)
    out.add(name, code.line(place), required=required, default=bool(fallback) and not stops, baked=baked)


def _guarded(code: Code, start: int, end: int) -> bool:
    """Whether a variable is asked for alone, and the program stops without it: ``if (!X) throw``, ``assert(X)``."""
    guard = _GUARD.search(code.text[max(0, start - 40) : start])
    after = code.text[end : end + 200]
    if guard is None or re.search(r"&&|\|\|", after.partition("{")[0]):
        return False
    return "if" not in guard[0] or bool(_THROWS.search(after))


def _dynamic(code: Code, found: re.Match[str], out: Reads) -> None:
    line = code.line(found.start())
    if found["prefix"] is not None:
        if not _DOT.match(code.text, found.start()):
            out.cannot_tell(found["prefix"], line)
        return
    name = code.constant(found["word"]) if found["word"] else ""
    if name:
        out.add(name, line)
    elif name is not None:
        out.cannot_tell("", line)


def _calls(code: Code, out: Reads) -> None:
    for found in _CALLS.finditer(code.text):
        required = bool(found["throws"]) and not code.conditional(found.start())
        out.add(found["name"], code.line(found.start()), required=required, default=bool(found["more"]))
    for found in _DEMANDS.finditer(code.text):
        sure = not code.conditional(found.start()) and not re.search(r"&&|\?", code.before(found.start()))
        out.add(found["name"], code.line(found.start()), required=sure)
    for found in _STATIC.finditer(code.text):
        for name in re.findall(r"\b[A-Z]\w+", found["names"]):
            out.add(name, code.line(found.start()), baked=True)


def _schemas(code: Code, out: Reads) -> None:
    """Keys of zod, valibot, Joi, envalid and t3-env schemas in a file that hands the environment to one."""
    if not _SCHEMA.search(code.text) or not re.search(rf"{_OWNER}\b(?!\s*[.\[])|\bcreateEnv\b", code.text):
        return
    for found in _KEY.finditer(code.text):
        if out.full:
            return
        name, chain = found["name"], code.rest(found.end())
        may_miss = bool(_MAY_MISS.search(chain)) or (chain.startswith("Joi") and "required()" not in chain)
        out.add(
            name,
            code.line(found.start("name")),
            required=not may_miss,
            default=may_miss,
            baked=bool(_BAKED.match(name)),
        )
