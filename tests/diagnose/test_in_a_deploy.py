"""A deploy that fails, and the probe of last words: both over an engine that holds one ended container."""

from __future__ import annotations

from flawless.deploy.failure import container_failure
from flawless.model.facts import Known
from flawless.model.settings import Settings
from flawless.ports.bundle import Target
from flawless.ports.engine import LogLine
from flawless.ports.mask import Masker
from flawless.probes.live.last_words import PROBE
from flawless.testing import samples
from flawless.testing.fakes import MemoryEngine, fake_ports, inspected

BACKEND = inspected("backend", Status="exited", Running=False, ExitCode=1)


def engine(text: str) -> MemoryEngine:
    return MemoryEngine([BACKEND], {f"logs {BACKEND['Id']}": [LogLine("stderr", 1.0, text)]})


async def test_a_deploy_names_the_cause_by_the_same_rules() -> None:
    ports = fake_ports(engine=engine("KeyError: 'DATABASE_URL'"))
    failure = await container_failure(ports, "backend", BACKEND["Id"], "it ended")
    assert failure.cause.message == "it ended: an environment variable that it needs is not set"
    assert failure.cause.evidence == ("backend | KeyError: 'DATABASE_URL'",)
    assert "under `environment:` of backend" in failure.cause.remedy


async def test_a_deploy_names_nothing_where_the_log_shows_nothing() -> None:
    failure = await container_failure(fake_ports(engine=engine("odd")), "backend", BACKEND["Id"], "it ended")
    assert failure.cause.message == "it ended"


async def test_last_words_are_masked_and_a_service_without_a_container_has_none() -> None:
    ports = fake_ports(engine=engine("no way with hunter22"), masker=Masker(["hunter22"]))
    facts = {fact.subject: fact.reading for fact in await PROBE.gather(Target(samples.stack(), Settings(), ports))}
    said, none = facts["service:backend"], facts["service:redis"]
    assert isinstance(said, Known) and said.value[0].lines == ("no way with •••",)
    assert isinstance(none, Known) and none.value == ()
