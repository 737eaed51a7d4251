"""flawless: an executable deployment checklist for Docker Compose stacks."""

__version__ = "0.1.0"
