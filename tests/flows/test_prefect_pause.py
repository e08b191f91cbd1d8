"""A run that is paused or cancelled in Prefect sends nothing more."""

from uuid import uuid4

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.states import Cancelling, Paused, Running, State

from flows.prefect_pause import paused_because


@pytest.mark.usefixtures("prefect_server")
def test_a_pause_and_a_cancellation_are_seen_between_two_clicks() -> None:
    seen: list[str | None] = []

    @flow
    def submitting() -> None:
        context = FlowRunContext.get()
        assert context is not None
        assert context.flow_run is not None
        run_id = context.flow_run.id

        def look_after(state: State) -> None:
            with get_client(sync_client=True) as client:
                client.set_flow_run_state(run_id, state, force=True)
            seen.append(paused_because(run_id))

        seen.append(paused_because(run_id))
        look_after(Paused(timeout_seconds=60))
        look_after(Running())
        look_after(Cancelling())
        look_after(Running())

    submitting()

    assert seen == [None, "prefect_paused", None, "prefect_cancelling", None]


@pytest.mark.usefixtures("prefect_server")
def test_a_server_that_knows_nothing_of_the_run_counts_as_a_pause() -> None:
    assert paused_because(uuid4()) == "prefect_does_not_answer"
