"""Judge comments of a JSON lines file, for people who bring their own."""

import json
from pathlib import Path

from flows.config import ConfigError
from flows.rules_of_home import rule_book_of
from flows.settings import resolve
from flows.steps.explain import all_sellers
from rules.jsonl import CaseLineError, judge_records, parse_lines
from rules.rule_book import UnknownPolicyVersionError
from store.durable_files import write_durably
from store.errors import as_storage_error


def screen_file(source: Path, target: Path, *, home: Path, config: Path | None) -> int:
    """Judge each line of `source` and write one finding a line to `target`.

    Returns:
        The number of comments judged.

    Raises:
        ConfigError: the input is missing, or a line cannot be read; it names the line.
        StorageError: the output cannot be written.
    """
    if not source.is_file():
        raise ConfigError(f"{source}: no such file")
    settings = resolve(home=home, config=config)
    with as_storage_error("cannot read", source):
        lines = source.read_text("utf-8").split("\n")
    try:
        found = judge_records(
            parse_lines(lines),
            rule_book_of(settings.root),
            seller=all_sellers(settings),
            policy_version=settings.config.policy.version,
        )
    except (CaseLineError, UnknownPolicyVersionError) as error:
        raise ConfigError(f"{source}: {error}") from None
    write_durably(
        target, "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in found).encode()
    )
    return len(found)
