"""Write published_schema.json beside this file: what the next change of a published table is compared with.

Run as `python tests/schemas/record_published_schema.py` after adding a column, or after raising SCHEMA_VERSION.
"""

import json
from pathlib import Path

from schemas.published_schema import published_schema
from schemas.tables import SCHEMA_VERSION

if __name__ == "__main__":
    recorded = {"schema_version": SCHEMA_VERSION, "tables": published_schema()}
    Path(__file__).with_name("published_schema.json").write_text(
        json.dumps(recorded, indent=1) + "\n", "utf-8"
    )
