"""A local Feedback Manager to rehearse on: a real web server whose pages a real browser opens.

It is modelled on what others saw and wrote down about the live page (docs/rehearsal.md says what and when); the markup,
the scripts and the internal calls behind them are this project's own. Faults, the clock and the oracle live on a second
port, the control port, of which the driver knows nothing.
"""

from feedback_manager.stand_in.control_client import ControlClient
from feedback_manager.stand_in.faults import Fault, FaultKind
from feedback_manager.stand_in.feedback_rows import FeedbackRow, RowState
from feedback_manager.stand_in.server import StandIn, serve
from feedback_manager.stand_in.settings import Generation, SignIn, SiteSettings, StoreSettings

__all__ = [
    "ControlClient",
    "Fault",
    "FaultKind",
    "FeedbackRow",
    "Generation",
    "RowState",
    "SignIn",
    "SiteSettings",
    "StandIn",
    "StoreSettings",
    "serve",
]
