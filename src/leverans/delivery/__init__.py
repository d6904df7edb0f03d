"""The stages of a delivery as plain functions."""
