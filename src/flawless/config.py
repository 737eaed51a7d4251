"""``flawless.toml`` and the environment, to Settings. The only place that reads either.

A key that nobody knows is an error that names the file, the line and the nearest known key: a setting that is silently
ignored would be believed.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct, structs

from flawless.errors import UsageError
from flawless.lines import lines_of
from flawless.model.settings import HookSettings, Settings
from flawless.model.stack import Role
from flawless.ports.files import Files

FILE = "flawless.toml"
STATE_FOLDER = ".flawless"
LEDGER_FILE = "ledger.db"
OSV_VARIABLE = "FLAWLESS_OSV_DB"
LEDGER_VARIABLE = "FLAWLESS_LEDGER"

Place = tuple[str | int, ...]

_DURATIONS = frozenset(
    {("soak", "restarts"), ("soak", "logs"), ("soak", "interval"), ("deploy", "health_timeout"), ("watch", "cooldown")}
    | {("hooks", hook, "timeout") for hook in HookSettings.__struct_fields__}
)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_TABLE = re.compile(r"\s*(\[{1,2})\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_ROUTE = re.compile(r"(?:(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) )?/\S*")
_NEEDS_ROUTE = 'must be written as "/path" or "METHOD /path"'
_AT = re.compile(r" - at `\$\.?(.*)`$")


def load(text: str, path: str = FILE, known: Iterable[str] = ()) -> Settings:
    """Settings from the text of ``flawless.toml``.

    ``known`` are the ids of all checks; without them ids are not looked at. Raises UsageError with file and line.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax(error, path, text) from error
    reader = _Reader(text, path)
    data = reader.struct(raw, Settings, ())
    try:
        settings = msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        raise reader.refusal(error) from error
    _check_values(settings, reader)
    _check_ids(settings, reader, tuple(known))
    return settings


def load_for(root: Path, files: Files, known: Iterable[str] = (), environ: Mapping[str, str] | None = None) -> Settings:
    """Settings of the stack in ``root``: defaults without the file, FLAWLESS_OSV_DB over the file's ``osv_db``."""
    path = root / FILE
    settings = load(files.read_text(path), str(path), known) if os.path.lexists(path) else Settings()
    chosen = (os.environ if environ is None else environ).get(OSV_VARIABLE)
    return structs.replace(settings, osv_db=str(Path(chosen).absolute())) if chosen else settings


def ledger_path(root: Path, option: Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """Where the ledger is: the option, else FLAWLESS_LEDGER, else ``.flawless/ledger.db`` under ``root``."""
    chosen = option or (os.environ if environ is None else environ).get(LEDGER_VARIABLE)
    return Path(chosen) if chosen else root / STATE_FOLDER / LEDGER_FILE


def variable(name: str, environ: Mapping[str, str] | None = None) -> str:
    """The value of a variable that flawless.toml refers to, "" when it is not set."""
    return (os.environ if environ is None else environ).get(name, "")


def seconds(value: object) -> float | None:
    """Seconds from a number or from text such as ``90s``, ``5m``, ``1m30s``, ``500ms``; None for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str) or not re.fullmatch(f"(?:{_DURATION.pattern})+", value.strip()):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _DURATION.findall(value))


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word closest to a mistyped one, or ""."""
    import difflib

    return next(iter(difflib.get_close_matches(word, list(known), 1, 0.5)), "")


def _syntax(error: tomllib.TOMLDecodeError, path: str, text: str) -> UsageError:
    found = re.search(r"^(.*) \(at line (\d+), column (\d+)\)$", str(error))
    what, line = (found[1], int(found[2])) if found else (str(error), len(lines_of(text)) or 1)
    column = f" in column {found[3]}" if found else ""
    return UsageError(
        f"{FILE} is not valid TOML: {what}{column}",
        where=f"{path}:{line}",
        remedy="correct that line, or one before it that was left open",
    )


class _Reader:
    """The text being read: refuses with the line at which a key stands."""

    def __init__(self, text: str, path: str) -> None:
        self._path = path
        self._lines = dict(_lines(text))

    def struct(self, raw: Any, shape: type[Struct], at: Place) -> Any:
        """The raw table with durations as numbers and dates as text; UsageError on a key the shape lacks."""
        if not isinstance(raw, dict):
            return self._leaf(raw, shape, at)
        shapes = get_type_hints(shape)
        for key in raw:
            if key not in shapes:
                raise self._unknown(key, shapes, at)
        return {key: self._value(value, shapes[key], (*at, key)) for key, value in raw.items()}

    def _value(self, raw: Any, shape: Any, at: Place) -> Any:
        if at in _DURATIONS:
            return self._duration(raw, at)
        if at[0] == "waivers" and at[-1] == "until" and isinstance(raw, date):
            return raw.isoformat()
        if isinstance(shape, type) and issubclass(shape, Struct):
            return self.struct(raw, shape, at)
        if get_origin(shape) is dict and isinstance(raw, dict):
            inner = get_args(shape)[1]
            return {key: self._value(value, inner, (*at, key)) for key, value in raw.items()}
        if get_origin(shape) is tuple and isinstance(raw, list):
            inner = get_args(shape)[0]
            return [self._value(value, inner, (*at, number)) for number, value in enumerate(raw)]
        return self._leaf(raw, shape, at)

    def _leaf(self, raw: Any, shape: Any, at: Place) -> Any:
        try:
            msgspec.convert(raw, shape)
        except msgspec.ValidationError as error:
            raise self.refusal(error, at) from error
        return raw

    def _duration(self, raw: Any, at: Place) -> float:
        value = seconds(raw)
        if value is None or not math.isfinite(value) or value < 0:
            raise self.error(f"{_dotted(at)} is no duration: {raw!r}", at, 'write seconds, or text like "90s" or "5m"')
        return value

    def _unknown(self, key: str, shapes: Iterable[str], at: Place) -> UsageError:
        guess = nearest(key, shapes)
        inside = f"[{_dotted(at)}] knows" if at else "known are"
        remedy = f"did you mean {guess}?" if guess else f"{inside}: {', '.join(shapes)}"
        return self.error(f"unknown key {_dotted((*at, key))}", (*at, key), remedy)

    def refusal(self, error: msgspec.ValidationError, at: Place = ()) -> UsageError:
        """A value of the wrong type or a missing field."""
        found = _AT.search(str(error))
        what = _AT.sub("", str(error)).replace("`", "").replace("object", "table")
        at = _parsed(found[1]) if found else at
        place = f"{_dotted(at)}: " if at else ""
        return self.error(f"{place}{what[:1].lower()}{what[1:]}", at, f"correct it; flawless init shows a whole {FILE}")

    def error(self, what: str, at: Place, remedy: str) -> UsageError:
        """A refusal that names the line of the key, or of the nearest table around it."""
        while at and at not in self._lines:
            at = at[:-1]
        line = self._lines.get(at)
        return UsageError(what, where=f"{self._path}:{line}" if line else self._path, remedy=remedy)


def _lines(text: str) -> Iterator[tuple[Place, int]]:
    """Where each table and key begins: path -> line from 1. Text inside multi-line values may add paths nobody asks."""
    table: Place = ()
    counts: dict[Place, int] = {}
    for number, line in enumerate(lines_of(text), 1):
        if header := _TABLE.fullmatch(line):
            table = _words(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield table, number
        elif key := _KEY.match(line):
            yield (*table, *_words(key[1])), number


def _words(dotted: str) -> Place:
    return tuple(word.strip().strip("\"'") for word in re.findall(r"""[\w-]+|"[^"]*"|'[^']*'""", dotted))


def _parsed(path: str) -> Place:
    """msgspec's path (``waivers[0].until``) as ours."""
    return tuple(int(word) if word.isdigit() else word for word in re.findall(r"[\w-]+", path))


def _dotted(at: Place) -> str:
    """A path as its reader writes it; list positions count from 1."""
    return "".join(f" {part + 1}" if isinstance(part, int) else f".{part}" for part in at).lstrip(".")


def _is_url(text: str) -> bool:
    return not text or text.startswith(("https://", "http://"))


def _has_image(settings: Settings) -> bool:
    return bool(settings.migrations.service or not settings.migrations.command)


def _are_routes(*routes: str) -> bool:
    return all(_ROUTE.fullmatch(route) for route in routes if route)


def _have_passwords(settings: Settings) -> bool:
    return all(bool(each.password_env) != bool(each.password_file) for each in settings.app.accounts)


_Rule = tuple[Place, Callable[[Settings], bool], str]
_RULES: tuple[_Rule, ...] = (
    (("soak", "interval"), lambda s: s.soak.interval > 0, "must be more than 0 seconds"),
    (("watch", "memory"), lambda s: 0.1 < s.watch.memory <= 1, "must be more than 0.1, and 1 at most"),
    (("watch", "throttled"), lambda s: 0 < s.watch.throttled <= 1, "must be more than 0, and 1 at most"),
    (("watch", "disk"), lambda s: 0 < s.watch.disk < 0.5, "must be more than 0, and less than 0.5"),
    (("watch", "slow"), lambda s: s.watch.slow > 0, "must be more than 0 seconds"),
    (("watch", "keep_mb"), lambda s: s.watch.keep_mb >= 1, "must be 1 or more"),
    (("deploy", "probe_rate"), lambda s: 0 < s.deploy.probe_rate <= 1000, "must be from 1 to 1000 requests a second"),
    (("deploy", "keep_releases"), lambda s: s.deploy.keep_releases >= 1, "must be 1 or more: one is needed to go back"),
    (("migrations", "command"), _has_image, "needs migrations.service, the one in whose image it runs"),
    (("edge", "url"), lambda s: _is_url(s.edge.url), "must begin with https:// or http://"),
    (("edge", "http_url"), lambda s: _is_url(s.edge.http_url), "must begin with http://"),
    (("app", "openapi"), lambda s: not s.app.openapi or s.app.openapi.startswith("/"), "must be a path: /openapi.json"),
    (("app", "public"), lambda s: _are_routes(*s.app.public), _NEEDS_ROUTE),
    (("app", "protected"), lambda s: _are_routes(*s.app.protected), _NEEDS_ROUTE),
    (("app", "restricted"), lambda s: _are_routes(*(s.app.restricted or ())), _NEEDS_ROUTE),
    (("app", "limited"), lambda s: _are_routes(*s.app.limited), _NEEDS_ROUTE),
    (("app", "skip"), lambda s: _are_routes(*s.app.skip), _NEEDS_ROUTE),
    (("app", "websockets"), lambda s: _are_routes(*s.app.websockets), _NEEDS_ROUTE),
    (("app", "audit"), lambda s: _are_routes(s.app.audit), _NEEDS_ROUTE),
    (("app", "change"), lambda s: _are_routes(s.app.change), _NEEDS_ROUTE),
    (("app", "login", "route"), lambda s: _are_routes(s.app.login.route), _NEEDS_ROUTE),
    (("app", "origin"), lambda s: _is_url(s.app.origin), "must begin with https:// or http://"),
    (("app", "accounts"), _have_passwords, "each need password_env or password_file, and not both"),
)


def _check_values(settings: Settings, reader: _Reader) -> None:
    for at, holds, demand in _RULES:
        if not holds(settings):
            raise reader.error(f"{_dotted(at)} {demand}", at, "correct the value")
    for hook in HookSettings.__struct_fields__:
        if not getattr(settings.hooks, hook).timeout > 0:
            raise reader.error(
                f"hooks.{hook}.timeout must be more than 0 seconds", ("hooks", hook, "timeout"), "correct it"
            )
    for service, role in settings.roles.items():
        if role not in tuple(Role):
            raise reader.error(f"{role!r} is no role", ("roles", service), f"roles are: {', '.join(Role)}")
    for check, setting in settings.checks.items():
        at = ("checks", check)
        if setting.when_unknown not in ("block", "warn"):
            what = f"{_dotted(at)}: when_unknown is {setting.when_unknown!r}"
            raise reader.error(what, (*at, "when_unknown"), 'write "block" or "warn"')
        if setting.when_unknown == "warn" and not setting.reason.strip():
            raise reader.error(f'{_dotted(at)}: when_unknown = "warn" needs a reason', at, 'add reason = "…"')
    for number, waiver in enumerate(settings.waivers):
        _check_waiver(waiver.reason, waiver.owner, waiver.until, ("waivers", number), reader)


def _check_waiver(reason: str, owner: str, until: str, at: Place, reader: _Reader) -> None:
    if not reason.strip() or not owner.strip():
        raise reader.error(f"{_dotted(at)} has no reason or no owner", at, "say why it is accepted and by whom")
    try:
        date.fromisoformat(until or "2000-01-01")
    except ValueError as error:
        remedy = "write the last day as YYYY-MM-DD"
        raise reader.error(f"{_dotted(at)}: {until!r} is no date", (*at, "until"), remedy) from error


def _check_ids(settings: Settings, reader: _Reader, known: tuple[str, ...]) -> None:
    named: list[tuple[str, Place]] = [(check, ("checks", check)) for check in settings.checks]
    named += [(waiver.check, ("waivers", number, "check")) for number, waiver in enumerate(settings.waivers)]
    for check, at in named:
        if known and check not in known:
            guess = nearest(check, known)
            remedy = f"did you mean {guess}?" if guess else "flawless checks lists them all"
            raise reader.error(f"{_dotted(at[:-1])} names no check: {check}", at, remedy)
