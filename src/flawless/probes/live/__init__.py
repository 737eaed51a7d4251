"""Observations of the running stack: read-only, in parallel, from the Engine API and from inside its networks."""
