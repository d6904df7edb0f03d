"""REST services: addresses, paging told by an OpenAPI description, and encodings that lie."""
