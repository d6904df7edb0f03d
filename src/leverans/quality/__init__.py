"""Rules as data, and verdicts about archive objects."""
