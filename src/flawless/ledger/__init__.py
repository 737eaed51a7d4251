"""The ledger port over a database: history, evidence and the journals of deploys."""
