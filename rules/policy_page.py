"""The policy as a page for people, derived from the ground files."""

from rules.ground_file import GroundRule, Quantifier, Wording
from rules.rule_book import load_rule_book


def policy_sections() -> str:
    """One section a ground: what it needs, what blocks it, where to ask, every edition of its wording with its source."""
    return "\n".join(_section(rule) for rule in load_rule_book().grounds)


def _section(rule: GroundRule) -> str:
    where = (
        f"category `{rule.panel.category}`, reason `{rule.panel.reason_code}`"
        if rule.panel
        else "no place in the removal panel is known: never asked for by itself"
    )
    lines = [
        f"### {rule.title} (`{rule.ground}`)",
        "",
        f"File `rules/grounds/{rule.ground}.toml`, version {rule.version}. Verdict when it holds: **{rule.default_verdict}**.",
        "",
        f"- needs: {_needs(rule)}",
        f"- blocked by: {_classes(rule.blocked_by)}",
        f"- left to a person when also found: {_classes(rule.doubted_by)}",
        f"- where: {where}",
        *(_edition(wording) for wording in rule.wordings),
        "",
    ]
    return "\n".join(lines)


def _needs(rule: GroundRule) -> str:
    scope = (
        "the entire comment is about"
        if rule.quantifier is Quantifier.ENTIRE
        else "anywhere in the comment"
    )
    needs = [f"{scope} {_classes(rule.evidence)}"]
    if rule.channels:
        needs.append(f"an order shipped {' or '.join(rule.channels)}")
    if rule.needs_buy_shipping:
        needs.append("a label bought through Amazon Buy Shipping, and shipped on time")
    return "; ".join(needs)


def _edition(wording: Wording) -> str:
    places = "every marketplace" if "*" in wording.marketplaces else ", ".join(wording.marketplaces)
    narrowed = (
        f" Under it {_classes(wording.review_evidence)} go to a person."
        if wording.review_evidence
        else ""
    )
    return (
        f"- edition `{wording.id}`, {places or 'only where the configuration chooses it'}, from {wording.applies_from}: "
        f"{wording.summary}{narrowed} Source: <{wording.source}>, read {wording.read}."
    )


def _classes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"
