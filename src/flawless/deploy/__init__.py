"""Deploying: a pure plan, steps with act, proof and undo, and a runner that decides only whether a step is proved."""
