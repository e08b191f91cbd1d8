"""The deployments of prefect.yaml, registered with a real server as the runbook says."""

import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.settings import PREFECT_API_URL
from prefect.utilities.importtools import import_object

ROOT = Path(__file__).parents[2]
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))[
    "deployments"
]
NAMES = [deployment["name"] for deployment in DEPLOYMENTS]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_a_deployment_names_a_module_and_its_flows_own_parameters(
    deployment: dict[str, Any],
) -> None:
    module = deployment["entrypoint"].split(":")[0]
    assert "/" not in module
    flow = import_object(deployment["entrypoint"])
    assert flow.name == deployment["name"]
    assert set(deployment["parameters"]) <= set(inspect.signature(flow.fn).parameters)
    assert flow.retries == 0
    for described in flow.parameters.properties.values():
        assert described.get("description"), "the user interface shows what each parameter means"


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_nothing_is_sent_and_nothing_fires_unless_somebody_says_so(
    deployment: dict[str, Any],
) -> None:
    assert deployment["parameters"].get("submit", False) is False
    assert all(schedule["active"] is False for schedule in deployment.get("schedules", []))
    assert deployment["concurrency_limit"]["limit"] == 1
    assert deployment["concurrency_limit"]["collision_strategy"] == "CANCEL_NEW"


def test_the_nightly_schedule_is_in_utc() -> None:
    (schedule,) = next(d for d in DEPLOYMENTS if d["name"] == "nightly")["schedules"]
    assert schedule["timezone"] == "UTC"


@pytest.mark.usefixtures("prefect_server")
def test_all_deployments_can_be_registered() -> None:
    prefect = Path(sys.executable).with_name("prefect")
    environment = os.environ | {"PREFECT_API_URL": str(PREFECT_API_URL.value())}

    def start(*arguments: str) -> str:
        done = subprocess.run(
            [prefect, "--no-prompt", *arguments],
            check=False,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    start("work-pool", "create", "feedback-removal", "--type", "process")
    start("deploy", "--all")
    listed = start("deployment", "ls")
    assert all(f"{name}/{name}" in listed.replace("\n", "") for name in NAMES)
