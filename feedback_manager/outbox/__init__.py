"""The outbox: intent before the click, result after it, doubt looked into later and never clicked meanwhile."""

from feedback_manager.outbox.canary import canary_limit
from feedback_manager.outbox.grant_rate import Answer, GrantRate, grant_rate
from feedback_manager.outbox.pace import Pace
from feedback_manager.outbox.reconciliation import Looked, Reconciliation
from feedback_manager.outbox.sending import Outbox, Terms
from feedback_manager.outbox.store_page import StorePage, is_request_shown
from feedback_manager.outbox.switch import Switch, SwitchedOffError

__all__ = [
    "Answer",
    "GrantRate",
    "Looked",
    "Outbox",
    "Pace",
    "Reconciliation",
    "StorePage",
    "Switch",
    "SwitchedOffError",
    "Terms",
    "canary_limit",
    "grant_rate",
    "is_request_shown",
]
