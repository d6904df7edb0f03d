"""Streaming XML, containers, and the readers and profiles of METS, PREMIS, ERMS and OCFL."""
