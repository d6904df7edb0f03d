"""SOAP services: envelopes, faults, and answers told apart."""
