"""One cause a module, found by its constant ``CAUSE``."""
