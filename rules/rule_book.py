"""The rule book: all grounds and lexicons, loaded once and checked while loading."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from rules.compiled_lexicon import FILE_NAME, read_compiled
from rules.ground_file import GroundFileError, GroundRule, Panel, Wording, read_ground
from rules.lexicon_arrays import Lexicon
from rules.lexicon_builder import build_lexicon
from rules.lexicon_file import read_lexicon
from rules.second_opinion import FILE_NAME as OPINION_FILE
from rules.second_opinion import SecondOpinion, read_second_opinion
from rules.source_digest import digest_of, toml_files
from schemas.vocabularies import Ground

__all__ = [
    "GroundRule",
    "Panel",
    "RuleBook",
    "UnknownPolicyVersionError",
    "Wording",
    "load_rule_book",
]

_ORDER: Final = (
    Ground.OBSCENE_LANGUAGE,
    Ground.PERSONAL_INFORMATION,
    Ground.PROMOTIONAL_CONTENT,
    Ground.PRODUCT_REVIEW,
    Ground.FBA_FULFILLMENT,
    Ground.BUY_SHIPPING_DELIVERY,
    Ground.EASY_SHIP_DELIVERY,
    Ground.HATE_SPEECH,
    Ground.OTHER_ORDER,
)
"""What holds anywhere in a comment is asked before what the entire comment must say."""


class UnknownPolicyVersionError(ValueError):
    """A policy version that no ground file has."""


class RuleBook:
    """Grounds and lexicons, ready to judge.

    Attributes:
        version: names this state of all rule files, such as `2026.11-3f2a9c1b`.
        grounds: the policy clauses in the order in which they are asked.
        lexicon: every language's words and phrases.
        opinion: what is asked beside the rules, if anything.
    """

    def __init__(
        self,
        grounds: Iterable[GroundRule],
        lexicon: Lexicon,
        version: str,
        opinion: SecondOpinion | None = None,
    ) -> None:
        self._rules = {rule.ground: rule for rule in grounds}
        missing = [ground for ground in _ORDER if ground not in self._rules]
        if missing:
            raise GroundFileError(f"rules/grounds: no file for {', '.join(missing)}")
        self.grounds = tuple(self._rules[ground] for ground in _ORDER)
        self.lexicon = lexicon
        self.version = version
        self.opinion = opinion

    def ground(self, ground: Ground) -> GroundRule:
        """The rule of one ground."""
        return self._rules[ground]

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that comments can be judged in."""
        return tuple(language for language in self.lexicon.languages if len(language) == 2)

    def policy_versions(self) -> tuple[str, ...]:
        """Editions of Amazon's wording of the FBA clause, the default first."""
        return tuple(wording.id for wording in self._rules[Ground.FBA_FULFILLMENT].wordings)

    def wording(
        self,
        ground: Ground,
        *,
        marketplace: str | None,
        on: date | None,
        policy_version: str | None = None,
    ) -> Wording:
        """The edition of a clause for a marketplace and a feedback date.

        Args:
            ground: the clause.
            marketplace: code, or None if unknown.
            on: feedback date; None takes the newest edition.
            policy_version: edition of the FBA clause that overrides the choice; other clauses keep theirs.

        Raises:
            UnknownPolicyVersionError: no ground has such an edition.
        """
        wordings = self._rules[ground].wordings
        if policy_version is not None:
            known = {wording.id for rule in self.grounds for wording in rule.wordings}
            if policy_version not in known:
                raise UnknownPolicyVersionError(
                    f"policy version {policy_version!r} is unknown; known: {', '.join(self.policy_versions())}"
                )
            for wording in wordings:
                if wording.id == policy_version:
                    return wording
        fitting = [
            wording
            for wording in wordings
            if ("*" in wording.marketplaces or marketplace in wording.marketplaces)
            and (on is None or wording.applies_from <= on)
        ]
        return max(
            fitting, key=lambda w: ("*" not in w.marketplaces, w.applies_from), default=wordings[0]
        )


@cache
def load_rule_book(
    *, lexicon_folders: tuple[Path, ...] = (), ground_folders: tuple[Path, ...] = ()
) -> RuleBook:
    """Load the packaged rules, and a seller's own on top.

    Args:
        lexicon_folders: folders of further lexicon files; their entries are added to those of the same language.
        ground_folders: folders of ground files that replace the packaged one of the same id.

    Raises:
        LexiconError: a lexicon entry is refused; file and line are named.
        GroundFileError: a ground file is refused.
    """
    packaged = resources.files("rules")
    lexicon_files = toml_files(packaged.joinpath("lexicon"))
    for folder in lexicon_folders:
        lexicon_files.extend(toml_files(folder))
    ground_files = {file.name: file for file in toml_files(packaged.joinpath("grounds"))}
    rules = {rule.ground: rule for rule in map(read_ground, ground_files.values())}
    own_grounds = [file for folder in ground_folders for file in toml_files(folder)]
    for file in own_grounds:
        rule = read_ground(file)
        rules[rule.ground] = rule
    opinion_file = packaged.joinpath(OPINION_FILE)
    sources = [*ground_files.values(), *own_grounds, *lexicon_files, opinion_file]
    digest = digest_of(sources)
    arrays = read_compiled(packaged.joinpath("lexicon", FILE_NAME), digest_of(lexicon_files))
    if arrays is None:
        arrays = build_lexicon(read_lexicon(file) for file in lexicon_files)
    return RuleBook(rules.values(), Lexicon(arrays), digest[:12], read_second_opinion(opinion_file))
