"""The truth about runs: append-only events and the states derived from them."""
