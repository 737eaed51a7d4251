"""Defects put into clean stacks, and what the real check says."""
