"""What the kinds ``soap`` and ``rest`` share: asking over HTTP, page by page, keeping the answers."""
