"""A throwaway copy of the stack: booted, looked at, cut off from its stores, stopped, and removed."""
