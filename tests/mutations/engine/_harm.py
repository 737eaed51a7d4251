"""What is done to the reference stack, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from msgspec import Struct

from tests.scenarios.harness import ALLOWED, Result, Site

Hurt = Callable[[Site], AbstractContextManager[None]]
# What this machine's own engine and the missing advisories say of every stack here; and the log of a stack that was
# hurt before remembers it.
_OF_THE_MACHINE = frozenset({"engine-outdated", "dependency-vulnerable", "logs-show-errors"})
_ASKED = {
    "image": ("check", "--build", *ALLOWED),
    "rehearsal": ("check", "--rehearse", *ALLOWED),
    "live": ("verify",),
}


class Harm(Struct, frozen=True):
    """A defect of the reference stack, made in its files or in what runs; it heals when its context ends.

    ``meant`` are the checks of block and warn that have to fail, ``says`` are words of one of them, and ``also`` are
    checks that may fail of what follows from it; no other may.
    """

    number: str
    name: str
    level: str
    hurt: Hurt
    meant: frozenset[str]
    says: str = ""
    also: frozenset[str] = frozenset()


class Twin(Struct, frozen=True):
    """What looks like the defect of the same number, and is none."""

    number: str
    name: str
    level: str
    hurt: Hurt


def edit(path: str, *pairs: tuple[str, str]) -> Hurt:
    """Changes of one file of the stack, committed, and taken back."""

    @contextmanager
    def hurt(site: Site) -> Iterator[None]:
        clean = site.git("rev-parse", "HEAD")
        for old, new in pairs:
            site.change(path, old, new)
        site.commit(f"another {path}")
        try:
            yield
        finally:
            site.git("reset", "--hard", "--quiet", clean)

    return hurt


def is_found(site: Site, harm: Harm) -> None:
    """Fail unless the checks that are meant fail, in the words that are meant, and none that does not follow."""
    with harm.hurt(site):
        result = _judged(site, harm.level)
    told = _told(result)
    assert harm.meant <= _with(result, "fail", "error") <= harm.meant | harm.also, told or result.err
    assert harm.says in told, told
    assert (result.code == 1) is _refused(result), result.err


def is_clean(site: Site, twin: Twin | None = None) -> None:
    """Fail if anything of block or warn fails or cannot tell."""
    if twin is None:
        result = _judged(site, "live")
    else:
        with twin.hurt(site):
            result = _judged(site, twin.level)
    assert _with(result, "fail", "error", "unknown") == frozenset(), _told(result)


def _judged(site: Site, level: str) -> Result:
    """What flawless says at a level."""
    result = site.flawless(*_ASKED[level])
    assert result.report.get("verdicts"), result.err
    return result


def _with(result: Result, *outcomes: str) -> frozenset[str]:
    """The ids of all checks of block and warn that ended so, but for those that do of this machine."""
    hard = (each for each in result.report["verdicts"] if each["severity"] in {"block", "warn"})
    return frozenset(each["check"] for each in hard if each["outcome"] in outcomes) - _OF_THE_MACHINE


def _refused(result: Result) -> bool:
    """Whether a blocking check failed."""
    verdicts = result.report["verdicts"]
    return any(each["severity"] == "block" and each["outcome"] in {"fail", "error"} for each in verdicts)


def _told(result: Result) -> str:
    """Every sentence about what failed or could not tell."""
    return "\n".join(
        f"{each['check']}: {found['message']}"
        for each in result.report["verdicts"]
        for found in each["findings"]
        if found["outcome"] in {"fail", "error", "unknown"}
    )
