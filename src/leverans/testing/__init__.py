"""The public test kit: builders, saboteurs, the connector contract."""
