"""Whether somebody paused or cancelled the run in Prefect: asked before each click."""

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType


def paused_because(run_id: UUID) -> str | None:
    """Why the run should send nothing more, as a short code; None while it simply runs.

    A server that does not answer counts as a pause: nobody could tell the run to stop any more.
    """
    try:
        with get_client(sync_client=True) as client:
            run = client.read_flow_run(run_id)
    except Exception:  # noqa: BLE001 - whatever kept the server from answering, nothing is clicked then
        return "prefect_does_not_answer"
    if run.state is None or run.state.type is StateType.RUNNING:
        return None
    return f"prefect_{run.state.type.value.lower()}"
