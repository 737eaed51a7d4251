"""The use-cases: the only place where ports and pure code meet."""
