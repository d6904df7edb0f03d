"""PRONOM identification of documents, in worker processes, cached by digest."""
