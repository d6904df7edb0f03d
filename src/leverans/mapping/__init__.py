"""The mapping language: YAML to plan to columns."""
