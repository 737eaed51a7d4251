"""Defects that no file tells, made in the reference stack on a real engine."""
