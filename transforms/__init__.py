"""Tables in, tables out: no clock, disk, network, database, Prefect or Great Expectations."""
