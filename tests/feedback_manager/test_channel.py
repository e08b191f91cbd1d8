from datetime import UTC, date, datetime

import pytest

from feedback_manager.channel import CAPABILITIES, Channel, Submission
from feedback_manager.worksheet.channel import WorksheetChannel
from feedback_manager.worksheet.row import Worksheet, WorksheetRow
from schemas.vocabularies import SubmissionChannel


def test_every_channel_says_what_it_can_do() -> None:
    assert set(CAPABILITIES) == set(SubmissionChannel)
    assert all(capability.channel is channel for channel, capability in CAPABILITIES.items())


def test_whoever_presses_submit_needs_the_operators_acceptance() -> None:
    for capability in CAPABILITIES.values():
        assert capability.needs_acceptance == capability.presses_submit
        assert capability.fills_panel or not capability.presses_submit


def test_the_worksheet_leaves_every_click_to_a_person() -> None:
    saved: list[Worksheet] = []
    channel: Channel[WorksheetRow] = WorksheetChannel(
        "2026-11-25-a-1", "a", datetime(2026, 11, 25, tzinfo=UTC), date(2026, 11, 25), saved.append
    )
    assert channel.submit([]) == Submission()
    assert [worksheet.html_name for worksheet in saved] == ["2026-11-25-a-1.html"]
    assert [worksheet.csv_name for worksheet in saved] == ["2026-11-25-a-1.csv"]
    assert not channel.capability.opens_browser


def test_a_worksheet_that_cannot_be_saved_is_an_error() -> None:
    def full(_worksheet: Worksheet) -> None:
        raise OSError(28, "No space left on device")

    channel = WorksheetChannel(
        "w", "a", datetime(2026, 11, 25, tzinfo=UTC), date(2026, 11, 25), full
    )
    with pytest.raises(OSError, match="No space left"):
        channel.submit([])
