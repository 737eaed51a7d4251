"""The states of a deployment and the moves between them."""

from enum import StrEnum


class State(StrEnum):
    """Where a deployment is in its life."""

    PLANNED = "planned"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled-back"


class Environment(StrEnum):
    """Where a service is deployed to."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


MOVES: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.RUNNING, State.CANCELLED}),
    State.RUNNING: frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED}),
    State.SUCCEEDED: frozenset({State.ROLLED_BACK}),
    State.FAILED: frozenset({State.ROLLED_BACK}),
    State.CANCELLED: frozenset(),
    State.ROLLED_BACK: frozenset(),
}
