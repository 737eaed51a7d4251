"""A stack that stands still: what writes is stopped, so that a copy is of one instant, and started again."""

from __future__ import annotations

from collections.abc import Iterable

from flawless.app.saving.chosen import Data, volumes_of
from flawless.app.saving.copy import Place
from flawless.deploy.health import wait_good
from flawless.deploy.plan import ordered
from flawless.deploy.rollout import grace_of
from flawless.deploy.site import observe
from flawless.errors import EngineError
from flawless.model.backup import PartKind
from flawless.model.stack import DATA_ROLES, Role


async def stopped(place: Place, services: Iterable[str]) -> tuple[str, ...]:
    """Stop the containers of some services, what depends on others first; the ids of those that ran, first first."""
    wanted = frozenset(services)
    states = await observe(place.stack, place.ports)
    ids: list[str] = []
    for service in reversed(ordered(place.stack)):
        for state in states.get(service.name, ()) if service.name in wanted else ():
            if state.state == "running":
                place.progress(f"stopping {state.name}")
                await place.ports.engine.stop(state.id, grace_of(service))
                ids.append(state.id)
    return tuple(reversed(ids))


async def started(place: Place, ids: Iterable[str]) -> None:
    """Start containers again and wait until each is good; raise EngineError for one that is not."""
    for ref in ids:
        await place.ports.engine.start(ref)
        if why := await wait_good(place.ports, ref, place.progress):
            raise EngineError(f"it was started again, and {why}", where=ref[:12])


def serving(place: Place) -> tuple[str, ...]:
    """The services that hold no data and run on: all that may write."""
    return tuple(each.name for each in place.stack.services if each.role not in {*DATA_ROLES, Role.JOB})


async def at_rest(place: Place, wanted: Iterable[Data]) -> tuple[Data, ...]:
    """What to copy where a server may not run: then its volumes, whose files nobody writes."""
    states = await observe(place.stack, place.ports)
    found: list[Data] = []
    for data in wanted:
        service = place.stack.service(data.subject) if data.kind is not PartKind.VOLUME else None
        if service is None or any(each.state == "running" for each in states.get(service.name, ())):
            found.append(data)
        else:
            found += [Data(PartKind.VOLUME, key) for key in volumes_of(service)]
    return tuple(dict.fromkeys(found))
