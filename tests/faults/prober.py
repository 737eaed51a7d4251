"""Somebody outside who asks the site all the time and remembers every answer."""

from __future__ import annotations

import itertools
import threading
import time

from msgspec import Struct

from tests.scenarios.harness import Site, until

PAGES = {"/version": "backend", "/frontend.json": "frontend"}
_PAUSE = 0.1
_ENOUGH = 6
_PATIENCE = 40.0  # above what the proxy waits for a backend: a busy machine is slow, a lost answer never comes


class Shot(Struct, frozen=True):
    """One request: seconds of the monotonic clock, who answers it, the revision it told, or why it failed."""

    at: float
    service: str
    revision: str = ""
    failure: str = ""


class Outside:
    """Asks backend and frontend in turn through the proxy, about ten times a second. Use as a context manager."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.shots: list[Shot] = []

    def __enter__(self) -> Outside:
        self._thread.start()
        until(lambda: len(self.shots) >= _ENOUGH, 60, "the prober asks")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=30)

    @property
    def failures(self) -> list[Shot]:
        """Every request that was not answered as it should be."""
        return [shot for shot in self.shots if shot.failure]

    @property
    def gap(self) -> float:
        """Seconds of the longest time without a good answer, once there was a failure; 0.0 when there was none."""
        good = [shot.at for shot in self.shots if not shot.failure]
        if not self.failures or not good:
            return 0.0
        return max(later - earlier for earlier, later in itertools.pairwise([*good, time.monotonic()]))

    def seen(self, seconds: float = 60.0) -> dict[str, set[str]]:
        """Revisions by service in answers that began from now on; fails when no good ones come."""
        mark = len(self.shots)

        def fresh() -> list[Shot]:
            return [shot for shot in self.shots[mark + 1 :] if not shot.failure]

        until(lambda: len(fresh()) >= _ENOUGH, seconds, "the site answers")
        found: dict[str, set[str]] = {service: set() for service in PAGES.values()}
        for shot in fresh():
            found[shot.service].add(shot.revision)
        return found

    def _run(self) -> None:
        for path, service in itertools.cycle(PAGES.items()):
            if self._stop.wait(_PAUSE):
                return
            at = time.monotonic()
            try:
                status, answer = self._site.get(path, seconds=_PATIENCE)
                told = Shot(at, service, str(answer["revision"])) if status == 200 else None
                self.shots.append(told or Shot(at, service, failure=f"{path} answered {status}"))
            except (OSError, ValueError, KeyError, TypeError) as error:
                self.shots.append(Shot(at, service, failure=f"{path}: {error}"))
