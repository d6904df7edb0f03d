"""From sources to a landing: rows in buckets by root object, documents in the content store, all counted."""
