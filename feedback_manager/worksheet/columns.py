"""The columns of a worksheet's table, in their order."""

from typing import Final

FOR_READING: Final = (
    "worksheet_id",
    "number",
    "request_id",
    "account",
    "marketplace",
    "order_id",
    "feedback_date",
    "rating",
    "ground",
    "what_to_click",
    "deadline_date",
    "content_sha256",
)
"""Filled in by the program; identity and content are checked on the way back."""

FOR_WRITING: Final = ("result", "result_date", "note")
"""Filled in by a person."""

REQUEST_PREFIX: Final = "request-"
"""Before a request id in the table: a bare one such as 1234567890e12 is a number to a spreadsheet program."""

CONTENT_PREFIX: Final = "content-"
"""Before a content hash, for the same reason."""
