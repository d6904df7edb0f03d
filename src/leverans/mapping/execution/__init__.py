"""Executes a bound mapping on one bucket: columns in, archive objects, dispositions and verdicts out."""
