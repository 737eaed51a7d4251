"""Tests of the file probes."""
