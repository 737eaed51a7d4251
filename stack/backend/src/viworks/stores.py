"""What can go wrong with a store, whichever it is."""


class StoreError(Exception):
    """A store does not answer. Carries its name (postgres, redis), never its address."""

    def __init__(self, store: str) -> None:
        super().__init__(f"{store} does not answer")
        self.store = store
