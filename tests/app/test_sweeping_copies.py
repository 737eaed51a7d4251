"""What a killed rehearsal left goes; what belongs to others, or is still at work elsewhere, stays."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from flawless.app.rehearsing.copy import sweep
from flawless.app.rehearsing.model import LABEL, PLACE_LABEL
from flawless.model.facts import Known
from flawless.model.keys import LOGS
from flawless.model.settings import Settings
from flawless.ports.bundle import Target
from flawless.ports.engine import LogLine
from flawless.ports.mask import Masker
from flawless.probes.live.logs import gather
from flawless.testing import samples
from flawless.testing.fakes import MemoryEngine, fake_ports

NOW = fake_ports().clock.now()


def stamp(age: float) -> str:
    return datetime.fromtimestamp(NOW - age, UTC).isoformat()


def held(name: str, labels: dict[str, str], age: float) -> dict[str, Any]:
    config = {"Labels": labels}
    state = {"Status": "running", "Running": True, "StartedAt": stamp(age)}
    return {"Id": name, "Name": f"/{name}", "Created": stamp(age), "Config": config, "State": state}


def labels(stack: str = "shop", place: str = "here") -> dict[str, str]:
    return {LABEL: stack, PLACE_LABEL: place}


@pytest.mark.parametrize(
    ("found", "age", "goes"),
    [
        (labels(), 10.0, True),
        (labels(place="elsewhere"), 10.0, False),
        (labels(place="elsewhere"), 4000.0, True),
        (labels(stack="other"), 4000.0, False),
        ({"com.docker.compose.project": "shop"}, 4000.0, False),
    ],
    ids=["of-this-folder", "at-work-elsewhere", "left-elsewhere", "of-another-stack", "the-stack-itself"],
)
def test_only_what_is_left_goes(found: dict[str, str], age: float, goes: bool) -> None:
    plain = {"Id": "n", "Name": "n", "Labels": found}
    recorded = {"networks": [{**plain, "Created": stamp(age)}], "volumes": [{**plain, "CreatedAt": stamp(age)}]}
    engine = MemoryEngine([held("c", found, age)], recorded)
    asyncio.run(sweep(fake_ports(engine=engine), "shop", "here"))
    kept = [*engine.held, *engine.recorded["networks"], *engine.recorded["volumes"]]
    assert len(kept) == (0 if goes else 3)


def test_a_secret_in_a_log_is_seen_before_it_is_masked() -> None:
    project = {"com.docker.compose.project": "sample", "com.docker.compose.service": "backend"}
    said = [LogLine("stdout", NOW - 5, "ERROR cannot log in with q7Zr2Kx9pV4mT8sL1nBd6")]
    engine = MemoryEngine([held("c", project, 100.0)], {"logs c": said})
    masker = Masker()
    masker.learn_names({"q7Zr2Kx9pV4mT8sL1nBd6": "API_TOKEN"})
    target = Target(samples.stack(samples.service("backend")), Settings(), fake_ports(engine=engine, masker=masker))
    (fact,) = asyncio.run(gather(target))
    assert fact.key == LOGS.name
    assert isinstance(fact.reading, Known)
    scan = fact.reading.value
    assert [(each.name, each.count, each.at) for each in scan.secrets] == [("API_TOKEN", 1, NOW - 5)]
    assert "q7Zr2Kx9" not in str(fact)
    assert len(scan.errors) == 1
