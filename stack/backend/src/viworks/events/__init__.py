"""Changes of deployments as they happen: PostgreSQL tells each process, and each process its clients."""
