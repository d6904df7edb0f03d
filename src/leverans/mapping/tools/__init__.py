"""Tools around the mapping language: what people use while they write, read, sign and change a mapping.

::

    schema      the JSON Schema of mappings, overlays and files of rules, made from the grammar
    checking    every fault of all layers in one pass
    coverage    what became of every column of the source
    golden      pairs of source rows and expected archive objects beside each mapping
    comparing   what differs between two results of one bucket
    document    the metadatabilaga that an archivist signs

What needs a landing, the archive or the ledger stands in the delivery room: ``rehearsing`` (preview and
diff), ``tracing``, ``impacting``. Nothing here changes what `leverans.mapping.Plan.execute` does.
"""
