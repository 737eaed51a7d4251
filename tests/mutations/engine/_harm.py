"""What is done to the reference stack, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from msgspec import Struct

from tests.scenarios.harness import ALLOWED, Result, Site

Change = Callable[[Site], None]
Hurt = Callable[[Site], AbstractContextManager[None]]
# What this machine's own engine and the missing advisories say of every stack here; and the log of a stack that was
# hurt before remembers it.
_OF_THE_MACHINE = frozenset({"engine-outdated", "dependency-vulnerable", "logs-show-errors"})


class Harm(Struct, frozen=True):
    """A defect of the reference stack that is made in its files.

    ``meant`` are the checks of block and warn that have to fail, ``says`` are words of one of them, and ``also`` are
    checks that may fail of what follows from it; no other may.
    """

    number: str
    name: str
    level: str
    change: Change
    meant: frozenset[str]
    says: str = ""
    also: frozenset[str] = frozenset()


class Wound(Struct, frozen=True):
    """The same, made in the stack as it runs; it heals when its context ends."""

    number: str
    name: str
    level: str
    hurt: Hurt
    meant: frozenset[str]
    says: str = ""
    also: frozenset[str] = frozenset()


class Twin(Struct, frozen=True):
    """What looks like the defect of the same number, done to files or to what runs, and is none."""

    number: str
    name: str
    level: str
    change: Change | None = None
    hurt: Hurt | None = None


def edit(path: str, *pairs: tuple[str, str]) -> Change:
    """Changes of one file of the stack, committed."""

    def change(site: Site) -> None:
        for old, new in pairs:
            site.change(path, old, new)
        site.commit(f"another {path}")

    return change


def failed(result: Result) -> frozenset[str]:
    """The ids of all checks of block and warn that failed, but for those that fail of this machine."""
    verdicts = result.report["verdicts"]
    assert verdicts, result.err
    hard = (each for each in verdicts if each["severity"] in {"block", "warn"})
    return frozenset(each["check"] for each in hard if each["outcome"] in {"fail", "error"}) - _OF_THE_MACHINE


def unknown(result: Result) -> frozenset[str]:
    """The ids of all checks of block and warn that could not tell."""
    told = (each for each in result.report["verdicts"] if each["severity"] in {"block", "warn"})
    return frozenset(each["check"] for each in told if each["outcome"] == "unknown") - _OF_THE_MACHINE


def said(result: Result) -> str:
    """Every sentence about what failed."""
    return "\n".join(
        f"{each['check']}: {found['message']}"
        for each in result.report["verdicts"]
        for found in each["findings"]
        if found["outcome"] in {"fail", "error", "unknown"}
    )


def is_found(result: Result, harm: Harm | Wound) -> None:
    """Fail unless the checks that are meant failed, in the words that are meant, and none that does not follow."""
    assert harm.meant <= failed(result) <= harm.meant | harm.also, said(result) or result.err
    assert harm.says in said(result)
    assert (result.code == 1) is bool(_blocking(result)), result.err


def is_clean(result: Result) -> None:
    """Fail if anything of block or warn failed or could not tell."""
    assert failed(result) | unknown(result) == frozenset(), said(result)


def _blocking(result: Result) -> list[str]:
    """What makes the answer a no."""
    hard = (each for each in result.report["verdicts"] if each["severity"] == "block")
    return [each["check"] for each in hard if each["outcome"] in {"fail", "error", "unknown"}]


def check(site: Site, level: str) -> Result:
    """``flawless check`` that goes as far as a level."""
    option = {"image": "--build", "rehearsal": "--rehearse"}[level]
    return site.flawless("check", option, *ALLOWED)
