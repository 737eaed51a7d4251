"""Observations of the images that were built or named."""
