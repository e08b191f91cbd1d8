import inspect

import pytest

from feedback_manager.ledger_protocol import LedgerOwnership, SubmissionLedger
from store.ledger import Ledger, Ownership

WANTED = [name for name in vars(SubmissionLedger) if not name.startswith("_")]


@pytest.mark.parametrize("name", WANTED)
def test_the_ledger_is_what_the_outbox_asks_for(name: str) -> None:
    def parameters(owner: type) -> list[tuple[str, object, object]]:
        signature = inspect.signature(getattr(owner, name))
        return [(p.name, p.kind, p.annotation) for p in signature.parameters.values()]

    assert parameters(Ledger) == parameters(SubmissionLedger)


def test_ownership_is_what_the_outbox_asks_for() -> None:
    wanted = {name for name in vars(LedgerOwnership) if not name.startswith("_")}
    assert wanted <= set(Ownership.__dataclass_fields__)
    assert len(WANTED) >= 10
