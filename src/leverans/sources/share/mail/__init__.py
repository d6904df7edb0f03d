"""Mail: one file → the mails in it and their parts. Nothing is run, fetched or followed."""
