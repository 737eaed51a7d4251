"""Judgement: which checks, what they say, what is waived, and whether it is a go. Pure."""
