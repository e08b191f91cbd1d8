"""Everything on disk: inbox, quarantine, ledger, Parquet batches."""
