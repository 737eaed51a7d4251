"""Copies of a stack's data: taken, tried, kept, and put back."""
