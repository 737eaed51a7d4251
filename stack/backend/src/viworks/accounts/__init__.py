"""Accounts: passwords, sessions, access and refresh tokens, and who may do what."""
