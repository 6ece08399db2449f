"""Arguments: what users type, turned into models, games and settings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from negotiation.errors import UsageError

if TYPE_CHECKING:
    from negotiation.analysis.comparison import Setting
    from negotiation.formats.profiles import ProfileDocument
    from negotiation.game import Game
    from negotiation.model.document import Model

__all__ = [
    "Settings",
    "load_game",
    "load_model",
    "read_assignments",
    "read_budget",
    "read_document",
    "read_ranges",
    "read_setting",
]


@dataclass(frozen=True)
class Settings:
    """Values, fixed moves and scenario of one call."""

    values: Mapping[str, str]
    fix: Mapping[str, str]
    scenario: str | None

    @staticmethod
    def read(values: Sequence[str], fix: Sequence[str], scenario: str | None) -> Settings:
        """Read the repeated options ``--set`` and ``--fix``."""
        return Settings(read_assignments(values, "--set"), read_assignments(fix, "--fix"), scenario)

    def completed_by(self, document: ProfileDocument) -> Settings:
        """Take from a solution's JSON what the caller did not say: its values and fixed moves."""
        silent = not self.values and self.scenario is None
        return Settings(
            document.parameters if silent else self.values,
            self.fix or document.fixed,
            self.scenario,
        )


def read_assignments(texts: Sequence[str], option: str) -> dict[str, str]:
    """Read ``name=value`` texts, each name once."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            example = "threshold=2" if option == "--set" else 'exempt="US only"'
            raise UsageError(
                f"{text[:60]!r} is no assignment", place=option, remedy=f"write {option} {example}"
            )
        if name.strip() in found:
            raise UsageError(
                f"{name.strip()} is given twice", place=option, remedy="give each name once"
            )
        found[name.strip()] = value.strip()
    return found


def read_ranges(texts: Sequence[str]) -> dict[str, tuple[str | None, str | None] | None] | None:
    """Read ``x=lo:hi`` (an empty bound is the domain's own) and ``x``; none at all gives None.

    Raises
    ------
    UsageError
        If a text is no range, or a name stands twice.
    """
    found: dict[str, tuple[str | None, str | None] | None] = {}
    for text in texts:
        name, equals, bounds = text.partition("=")
        name, place = name.strip(), f"--over {text[:60]}"
        parts = [part.strip() or None for part in bounds.split(":")]
        if not name or (equals and len(parts) != 2):
            counted = len(parts) == 3 and bool(name)
            raise UsageError(
                "regimes are exact and take no number of points" if counted else "is no range",
                place=place,
                remedy=f"write {name or 'name'}=lo:hi"
                + (", or use negotiate sweep" if counted else ""),
            )
        if name in found:
            raise UsageError(f"{name} is given twice", place=place, remedy="name each axis once")
        found[name] = (parts[0], parts[1]) if equals else None
    return found or None


def read_budget(text: str | None) -> float | None:
    """Read a time such as ``60s``, ``2m``, ``1h`` or ``500ms`` in seconds."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m|h)?", text.strip())
    if match is None:
        raise UsageError(f"{text[:40]!r} is no time", place="--budget", remedy="write 60s or 2m")
    return float(match[1]) * {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}[match[2] or "s"]


def load_model(target: str) -> Model:
    """Return the model that a name, a TOML path or ``-`` (standard input) names."""
    from negotiation.formats.game_files import SUFFIXES
    from negotiation.model.reading import load, model_from_toml, read_standard_input

    if target == "-":
        return model_from_toml(read_standard_input(), source="standard input")
    if Path(target).suffix.lower() in SUFFIXES:
        raise UsageError(
            "a file of a game, not of a model", place=target, remedy="name a model or a .toml file"
        )
    return load(target)


def read_document(profile: str) -> ProfileDocument:
    """Return the profiles of a JSON file, or of standard input for ``-``."""
    from negotiation.formats.profiles import read_profiles
    from negotiation.model.reading import read_standard_input, read_text

    if profile == "-":
        return read_profiles(read_standard_input(), "standard input")
    return read_profiles(read_text(Path(profile)), profile)


def read_setting(model: Model, text: str, option: str, common: Settings) -> Setting:
    """Read ``key=value,...`` of one side of a comparison; a key is a parameter or a move.

    ``scenario=NAME`` chooses a scenario for this side.
    """
    from negotiation.analysis.comparison import Setting

    values, fix = dict(common.values), dict(common.fix)
    scenario = common.scenario
    # A comma separates settings only where a key and = follow: labels such as {US, EU} have some.
    parts = re.split(r",(?=\s*\w+\s*(?:\[[^\]]*\])?\s*=)", text) if text.strip() else []
    for key, value in read_assignments(parts, option).items():
        kind = model.scope.kind(key.split("[")[0].strip())
        if kind == "move":
            fix[key] = value
        elif key == "scenario" and kind is None:
            scenario = value
        else:
            values[key] = value
    return Setting(values, fix, scenario)


def load_game(target: str, settings: Settings) -> Game:
    """Return the game of a model at the settings, or of a game file, its moves fixed.

    Standard input (``-``) is what its first line says: Gambit's, a model, or a payoff table.
    """
    from negotiation.formats.game_files import SUFFIXES, game_from_text, kind_of_text, read_game

    if target == "-":
        from negotiation.model.reading import model_from_toml, read_standard_input

        text, source = read_standard_input(), "standard input"
        kind = kind_of_text(text)
        if kind != "toml":
            return _game_of_file(game_from_text(text, kind, source), source, settings)
        model = model_from_toml(text, source=source)
    elif Path(target).suffix.lower() in SUFFIXES:
        return _game_of_file(read_game(target), target, settings)
    else:
        model = load_model(target)
    return model.at(settings.values, fix=settings.fix, scenario=settings.scenario)


def _game_of_file(game: Game, source: str, settings: Settings) -> Game:
    from negotiation.formats.fixing import fixed_game

    given = {"--set": settings.values, "--scenario": settings.scenario}
    for option, value in given.items():
        if value:
            raise UsageError(
                f"a file of a game has no parameters to set ({option})",
                place=source,
                remedy="change its numbers, or name a model",
            )
    return fixed_game(game, settings.fix)
