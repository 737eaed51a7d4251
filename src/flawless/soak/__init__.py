"""A release over time: from looks to the facts of a window. Pure."""
