"""What flawless costs in time and memory, beside the tools that it stands on, measured in one run."""
