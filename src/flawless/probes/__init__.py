"""Observing the world: one file per probe, one folder per place. A probe says known or unknown, and judges nothing."""
