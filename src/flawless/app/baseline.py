"""Error lines that the last good release logged too: what is not new is no news."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import structs

from flawless.errors import UsageError
from flawless.model.facts import Fact, Facts, Known, Unknown, service_subject
from flawless.model.keys import LOGS
from flawless.model.observed import LogScan
from flawless.ports.files import Files
from flawless.probes.live._shapes import Familiar

Baseline = Mapping[str, frozenset[str]]
_FILE = "baseline.json"


def load(folder: Path, files: Files) -> Baseline:
    """Templates by subject as ``save`` left them; empty when there is no readable record."""
    try:
        return msgspec.json.decode(files.read_text(folder / _FILE), type=dict[str, frozenset[str]])
    except (UsageError, msgspec.DecodeError):
        return {}


def save(folder: Path, files: Files, logs: Facts) -> None:
    """Record the templates of these log facts."""
    files.write(folder / _FILE, msgspec.json.encode(templates(logs)))


def templates(logs: Facts) -> dict[str, frozenset[str]]:
    """Error templates by subject."""
    return {
        subject: frozenset(error.template for error in reading.value.errors)
        for subject, reading in logs.of(LOGS).items()
        if isinstance(reading, Known)
    }


def joined(one: Baseline, other: Baseline) -> Baseline:
    """Both baselines together."""
    return {subject: one.get(subject, frozenset()) | other.get(subject, frozenset()) for subject in {*one, *other}}


def news(logs: Facts, baseline: Baseline) -> list[Fact]:
    """The log facts without the templates of the baseline; unknown ones stay as they are."""
    return [
        Fact(LOGS.name, subject, _news(reading, Familiar(baseline.get(subject, frozenset()))))
        for subject, reading in logs.of(LOGS).items()
    ]


def _news(reading: Known[LogScan] | Unknown, old: Familiar) -> Known[LogScan] | Unknown:
    if not isinstance(reading, Known):
        return reading
    errors = tuple(error for error in reading.value.errors if error.template not in old)
    return structs.replace(reading, value=structs.replace(reading.value, errors=errors))


def chosen(fresh: Facts, whole: Facts, switched: frozenset[str]) -> Facts:
    """For services that were switched their whole log, for the others what came after the switch."""
    whole_subjects = {service_subject(name) for name in switched}
    return Facts(
        fact
        for facts, take in ((fresh, False), (whole, True))
        for fact in facts
        if (fact.subject in whole_subjects) is take
    )
