"""Certificates of given profiles, as text and JSON (schema ``negotiation/certificate/1``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from negotiation.certify import (
    WITH_BELIEFS,
    Certificate,
    Profile,
    certify,
    completed_beliefs,
    describe_set,
)
from negotiation.errors import MethodError, UsageError
from negotiation.formats.profiles import ProfileDocument, beliefs_of, profile_of
from negotiation.formulas import nearest
from negotiation.game import Game
from negotiation.report.sentences import number_in_words
from negotiation.solvers import CONCEPTS, KNOWN
from negotiation.solvers.beliefs import check_draws, check_recall, is_consistent

__all__ = ["certificate_document", "certificate_lines"]


def certificate_document(game: Game, document: ProfileDocument, concept: str) -> dict[str, Any]:
    """Certify every profile of a document.

    Raises
    ------
    UsageError
        If a profile or its beliefs do not fit the game, or the concept is unknown.
    GameError
        If a player forgets (imperfect recall), under a concept with beliefs.
    MethodError
        If profiles cannot be certified under the concept.
    """
    _check_concept(game, concept)
    entries = [
        _certified(game, profile_of(game, strategies), beliefs, concept)
        for strategies, beliefs in zip(document.strategies, document.beliefs, strict=True)
    ]
    other = document.fingerprint is not None and document.fingerprint != game.fingerprint
    return {
        "schema": "negotiation/certificate/1",
        "game": game.name,
        "fingerprint": game.fingerprint,
        "fixed": dict(game.fixed),
        "concept": concept,
        "profiles": entries,
        "message": "the profile was found for another game: fingerprints differ" if other else "",
    }


def _check_concept(game: Game, concept: str) -> None:
    if concept not in KNOWN:
        raise UsageError(
            f"no concept is called {concept[:60]!r}",
            place="concept",
            remedy=nearest(concept, CONCEPTS),
        )
    if concept not in CONCEPTS:
        raise MethodError(
            f"profiles cannot be certified under the concept {concept!r} yet",
            place=game.name,
            remedy=f"use one of {', '.join(CONCEPTS)}",
        )
    if concept in WITH_BELIEFS:
        check_recall(game)
    if concept == "sequential":
        check_draws(game)


def _certified(game: Game, profile: Profile, listed: object, concept: str) -> dict[str, Any]:
    """Certify one profile, under a concept with beliefs with those that are listed."""
    if concept not in WITH_BELIEFS:
        return _entry(certify(game, profile, concept), _mixing(game, profile, concept))
    beliefs = beliefs_of(game, listed)
    certificate = certify(game, profile, concept, beliefs)
    entry = _entry(certificate, "")
    entry["false_beliefs"] = [
        {
            "at": wrong.place,
            "given": list(map(str, wrong.given)),
            "demanded": list(map(str, wrong.demanded)),
        }
        for wrong in certificate.false_beliefs
    ]
    if concept == "sequential":
        entry["consistent"] = is_consistent(
            game, profile, completed_beliefs(game, profile, beliefs)
        )
        entry["equilibrium"] = certificate.holds and entry["consistent"]
    return entry


def _mixing(game: Game, profile: Profile, concept: str) -> str:
    """Return where a profile mixes although the concept asks for pure strategies, else nothing."""
    if concept.startswith("pure"):
        for index, head in game.decisions():
            if max(profile[index]) < 1:
                return describe_set(head.move, head.information)
    return ""


def _entry(certificate: Certificate, mixing: str) -> dict[str, Any]:
    return {
        "equilibrium": certificate.holds and not mixing,
        "mixes": mixing,
        "largest_gain": str(certificate.largest_gain),
        "gains": {player: str(gain) for player, gain in certificate.gains.items()},
        "deviations": [
            {
                "player": player,
                "gain": str(gain),
                "subgame": certificate.places[player],
                "to": [
                    {"at": where, "action": action}
                    for where, action in certificate.deviations[player]
                ],
            }
            for player, gain in certificate.gains.items()
            if gain > 0
        ],
    }


def certificate_lines(document: dict[str, Any]) -> Iterator[str]:
    """Yield a certificate document for a person."""
    profiles = document["profiles"]
    for number, entry in enumerate(profiles, start=1):
        lead = f"{number}. " if len(profiles) > 1 else ""
        if entry["equilibrium"]:
            yield f"{lead}An equilibrium ({document['concept']}): {_proof(entry)}."
            continue
        yield f"{lead}No equilibrium ({document['concept']}): {_reason(entry)}."
        for deviation in entry["deviations"]:
            changes = ", ".join(f"{step['action']} at {step['at']}" for step in deviation["to"])
            yield (
                f"  {deviation['player']} gains {number_in_words(Fraction(deviation['gain']))} "
                f"{deviation['subgame']}, playing {changes or 'another reply'}"
            )
        for wrong in entry.get("false_beliefs", []):
            yield (
                f"  the belief at {wrong['at']} is {', '.join(wrong['given'])}; "
                f"Bayes' rule demands {', '.join(wrong['demanded'])}"
            )
    if not profiles:
        yield "No profile in the document."
    if document["fixed"]:
        fixed = ", ".join(f"{move} = {action}" for move, action in document["fixed"].items())
        yield f"fixed, so no decision: {fixed}"
    if document["message"]:
        yield f"note: {document['message']}"


def _proof(entry: Mapping[str, Any]) -> str:
    """Return what was certified of an equilibrium."""
    if "false_beliefs" not in entry:
        return "nobody gains by deviating"
    beliefs = "are consistent" if "consistent" in entry else "keep Bayes' rule wherever it applies"
    return f"nobody gains by deviating at any information set, and beliefs {beliefs}"


def _reason(entry: Mapping[str, Any]) -> str:
    """Return why an entry is no equilibrium."""
    gain = Fraction(entry["largest_gain"])
    reasons = [f"largest gain {number_in_words(gain)}"] if gain else []
    if entry["mixes"] and not gain:
        reasons.append(f"it mixes at {entry['mixes']}")
    if entry.get("false_beliefs"):
        reasons.append("beliefs break Bayes' rule")
    elif not entry.get("consistent", True):
        reasons.append("beliefs are not consistent, the limit of no trembles")
    return "; ".join(reasons)
