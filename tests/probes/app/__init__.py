"""Tests of what an application is asked from outside, against small servers on this machine."""
