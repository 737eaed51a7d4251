"""Frozen data: what a stack is, what was observed, what was judged, what is planned, what was released.

Everything here goes to JSON and back through msgspec and does no input or output.
"""
