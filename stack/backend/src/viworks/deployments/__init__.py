"""The record of deployments: what runs where, who brought it there, and how it went."""
