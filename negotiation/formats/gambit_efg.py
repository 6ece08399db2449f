r"""Gambit's ``.efg`` files: games in extensive form, read and written exactly.

The nodes stand in prefix order, each subtree after its root::

    EFG 2 R "Title" { "Sender" "Receiver" }
    "a comment, which may be left out"
    c "" 1 "nature" { "strong" 9/10 "weak" 1/10 } 0
    p "" 1 1 "strong" { "beer" "quiche" } 0
    t "" 1 "outcome" { 3, 1 }

A chance node ``c`` gives its name, the number and name of its information set, actions with
probabilities, and the number of an outcome with its name and payoffs; 0 is no outcome. A node ``p``
of a player has the player's number before all that, a terminal node ``t`` an outcome alone. What an
information set or outcome is may be left out once it has been said, and may not be said otherwise
later. Payoffs of outcomes on the way add up. Gambit's documentation of its file formats defines the
language; comments and names of nodes and outcomes are read and dropped.

*Moves.* A player's first decision on a path is the move with his name, his k-th one "name (k)";
those of chance are "chance", "chance (2)", and so on. All nodes of an information set agree in this
if the player remembers his own decisions (perfect recall, Kuhn 1953), and a file where he does not
is refused. What he knows is ``{"information set": label}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from negotiation.errors import Fault, GameError
from negotiation.formats.annotations import LABEL, provenance, set_label
from negotiation.formats.gambit_text import Tokens, quoted, read_players, read_title, sized
from negotiation.formats.spelling import (
    check_digits,
    distinct_labels,
    exact_sum,
    number_text,
)
from negotiation.formats.tables import MAX_NUMBERS, MAX_PROFILES, phrases_of
from negotiation.game import CHANCE, Game, InformationSet, Payoffs

__all__ = ["read_efg", "write_efg"]


def read_efg(text: str, source: str = "the text") -> Game:
    """Return the game of an ``.efg`` file; its concept is ``subgame-perfect``.

    Parameters
    ----------
    text : str
        The whole file.
    source : str
        Its name, for messages.

    Raises
    ------
    GameError
        If the file is malformed or too large, or a player forgets; names line and column.

    Examples
    --------
    >>> game = read_efg('EFG 2 R "" { "A" } p "" 1 1 "go" { "l" "r" } 0 t "" 0 t "" 1 "" { .5 }')
    >>> [str(payoffs[0]) for payoffs in game.payoffs.values()]
    ['0', '1/2']
    """
    return _Reader(Tokens(text, source)).game()


@dataclass
class _Set:
    """An information set as it is read."""

    player: int
    label: str
    actions: tuple[str, ...]
    probabilities: tuple[Fraction, ...] = ()
    past: int = 0
    nodes: list[int] = field(default_factory=list)


@dataclass
class _Open:
    """An inner node whose subtrees are being read."""

    node: int
    at: int
    position: int
    player: int
    past: int
    """Number of the mover's own past before this node; for chance how often chance has moved."""
    payoffs: Payoffs
    children: list[int] = field(default_factory=list)


class _Reader:
    """Reads the nodes one after another; `open` is the path to the node being read."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.title = read_title(tokens, "EFG", "2")
        self.players = read_players(tokens)
        tokens.skip_text()
        self.nothing = (Fraction(0),) * len(self.players)
        self.outcomes: dict[int, Payoffs] = {0: self.nothing}
        self.sets: list[_Set] = []
        self.numbered: dict[tuple[int, int], int] = {}
        self.chances: dict[int, _Set] = {}
        self.set_of: list[int] = []
        self.children: list[tuple[int, ...]] = []
        self.probabilities: dict[int, tuple[Fraction, ...]] = {}
        self.payoffs: dict[int, Payoffs] = {}
        self.open: list[_Open] = []
        # Pasts are numbered as they appear; -1 - player stands for that of a player at the start.
        self.pasts: list[tuple[int, int, int]] = []
        self.known_pasts: dict[tuple[int, int, int], int] = {}
        self.lengths: list[int] = []
        self.current = [-1 - player for player in range(len(self.players))]
        self.draws = 0

    # -- the tree -------------------------------------------------------------------------------

    def game(self) -> Game:
        """Read all nodes and return the game."""
        self._node()
        while self.open:
            top = self.open[-1]
            taken = len(top.children)
            if taken == len(self.sets[top.position].actions):
                self.children[top.node] = tuple(top.children)
                self._leave(self.open.pop())
                continue
            if top.player == CHANCE:
                self.draws = top.past + 1
            else:
                self.current[top.player] = self._after(top.past, top.position, taken)
            top.children.append(len(self.set_of))
            self._node()
        if self.tokens.kind != "end":
            raise self.tokens.unexpected("the end of the file, for the tree is complete")
        return self._finished()

    def _leave(self, top: _Open) -> None:
        if top.player == CHANCE:
            self.draws = top.past
        else:
            self.current[top.player] = top.past

    def _node(self) -> None:
        """Read one node and append it to the tree."""
        at = self.tokens.start
        if self.tokens.kind == "end" and self.open:
            raise self._cut()
        kind = self.tokens.take_word("cpt", "a node: c, p or t")
        self.tokens.take_label("the name of the node", longest=10_000)
        node = len(self.set_of)
        self.children.append(())
        if kind == "t":
            self.set_of.append(-1)
            self.payoffs[node] = self._outcome()
            if len(self.payoffs) * len(self.players) > MAX_NUMBERS:
                raise self.tokens.fault(
                    f"more than {MAX_NUMBERS:,} payoffs", "use a smaller game", at
                )
            return
        player = CHANCE
        if kind == "p":
            player = self.tokens.take_integer("the number of a player", 1, len(self.players)) - 1
        position = self._information_set(player, node, at)
        self.set_of.append(position)
        past = self.draws if player == CHANCE else self.current[player]
        self.open.append(_Open(node, at, position, player, past, self._outcome()))

    def _cut(self) -> GameError:
        """Return the error of a tree that lacks nodes."""
        top = self.open[-1]
        action = self.sets[top.position].actions[len(top.children) - 1]
        line = self.tokens.text.count("\n", 0, top.at) + 1
        return self.tokens.fault(
            f"the file ends before the tree does: nothing follows {action} at the node of line "
            f"{line}",
            "write a node for every action",
        )

    # -- outcomes -------------------------------------------------------------------------------

    def _outcome(self) -> Payoffs:
        """Read the outcome of a node and return the payoffs on the path up to it."""
        tokens, at = self.tokens, self.tokens.start
        number = tokens.take_integer("the number of an outcome", 0)
        tokens.skip_text()
        if tokens.is_brace("{"):
            tokens.advance()
            payoffs = tokens.take_payoffs(len(self.players))
            if self.outcomes.setdefault(number, payoffs) != payoffs:
                raise tokens.fault(
                    f"outcome {number} has other payoffs than before"
                    if number
                    else "outcome 0 is no outcome, and gives nothing",
                    "give it another number",
                    at,
                )
        elif number not in self.outcomes:
            raise tokens.fault(
                f"outcome {number} has no payoffs",
                "write them in braces where the outcome stands first",
                at,
            )
        return self._added(self.outcomes[number], at)

    def _added(self, gained: Payoffs, at: int) -> Payoffs:
        before = self.open[-1].payoffs if self.open else self.nothing
        if before is self.nothing or gained is self.nothing:
            return gained if before is self.nothing else before
        try:
            return tuple(check_digits(a + b) for a, b in zip(before, gained, strict=True))
        except Fault as fault:
            raise self.tokens.fault(f"payoffs add up: {fault.message}", fault.remedy, at) from None

    # -- information sets -----------------------------------------------------------------------

    def _information_set(self, player: int, node: int, at: int) -> int:
        """Read the information set of a node and return its index."""
        tokens, start = self.tokens, self.tokens.start
        number = tokens.take_integer("the number of an information set", 1)
        label = tokens.take_label("its name") if tokens.kind == "text" else None
        described = self._actions(player) if tokens.is_brace("{") else None
        key = player, number
        known = (
            self.chances.get(number)
            if player == CHANCE
            else self.sets[self.numbered[key]]
            if key in self.numbered
            else None
        )
        if known is None:
            if described is None:
                raise tokens.fault(
                    f"{self._owner(player)} has no actions at information set {number}",
                    "write them in braces where the information set stands first",
                    start,
                )
            known = _Set(player, label or str(number), *described)
        else:
            self._check_same(known, number, label, described, start)
        if player == CHANCE:
            self.chances[number] = known
            known.nodes.append(node)
            self.probabilities[node] = known.probabilities
            self.sets.append(
                _Set(CHANCE, known.label, known.actions, past=self.draws, nodes=[node])
            )
            return len(self.sets) - 1
        if key not in self.numbered:
            known.past = self.current[player]
            self.numbered[key] = len(self.sets)
            self.sets.append(known)
        self._check_recall(self.numbered[key], at)
        known.nodes.append(node)
        return self.numbered[key]

    def _owner(self, player: int) -> str:
        return "chance" if player == CHANCE else self.players[player]

    def _actions(self, player: int) -> tuple[tuple[str, ...], tuple[Fraction, ...]]:
        """Read the actions of an information set, with probabilities for chance."""
        tokens, at = self.tokens, self.tokens.start
        tokens.advance()
        labels, shares = [], []
        while not tokens.is_brace("}"):
            labels.append(tokens.take_label("an action"))
            if player == CHANCE:
                shares.append(tokens.take_number("the probability of the action"))
        if not labels:
            raise tokens.fault("there are no actions", "write at least one", at)
        tokens.advance()
        if player == CHANCE:
            self._check_probabilities(shares, at)
        return distinct_labels(labels), tuple(shares)

    def _check_probabilities(self, shares: Sequence[Fraction], at: int) -> None:
        try:
            total = exact_sum(shares)
        except Fault as fault:
            message = f"the sum of the probabilities: {fault.message}"
            raise self.tokens.fault(message, fault.remedy, at) from None
        if min(shares) < 0:
            raise self.tokens.fault("a probability is negative", "write one from 0 to 1", at)
        if total != 1:
            shown = str(total) if len(str(total)) <= 40 else "another number"
            raise self.tokens.fault(
                f"the probabilities sum to {shown}, not to 1", "write fractions such as 1/3", at
            )

    def _check_same(
        self,
        known: _Set,
        number: int,
        label: str | None,
        described: tuple[tuple[str, ...], tuple[Fraction, ...]] | None,
        at: int,
    ) -> None:
        """Refuse an information set that is not what it was before."""
        differing = ""
        if described is not None and len(described[0]) != len(known.actions):
            differing = f"{len(described[0])} actions, before it had {len(known.actions)}"
        elif described is not None and described[0] != known.actions:
            differing = "other actions than before"
        elif described is not None and described[1] != known.probabilities:
            differing = "other probabilities than before"
        elif label is not None and (label or str(number)) != known.label:
            differing = f"another name than before, {known.label}"
        if differing:
            raise self.tokens.fault(
                f"information set {number} ({known.label}) of {self._owner(known.player)} has "
                f"{differing}",
                "give it another number, or say the same",
                at,
            )

    # -- perfect recall -------------------------------------------------------------------------

    def _after(self, past: int, position: int, action: int) -> int:
        """Return the number of a player's past after one more decision."""
        key = past, position, action
        if key not in self.known_pasts:
            self.known_pasts[key] = len(self.pasts)
            self.pasts.append(key)
            self.lengths.append(self._length(past) + 1)
        return self.known_pasts[key]

    def _length(self, past: int) -> int:
        return 0 if past < 0 else self.lengths[past]

    def _decisions(self, past: int) -> Iterator[tuple[int, int]]:
        """Yield a past's (information set, action) pairs, the last first."""
        while past >= 0:
            past, position, action = self.pasts[past]
            yield position, action

    def _check_recall(self, position: int, at: int) -> None:
        """Refuse a node whose mover has another past than at the first one of the set."""
        head = self.sets[position]
        past = self.current[head.player]
        if past == head.past:
            return
        name = f"information set {head.label!r} of {self.players[head.player]}"
        raise self.tokens.fault(
            f"imperfect recall at {name}: {self._forgotten(position, head.past, past)}",
            "split the information set: a player remembers his own decisions",
            at,
        )

    def _forgotten(self, position: int, first: int, second: int) -> str:
        """Return what a player does not remember who cannot tell two pasts apart."""
        if any(position == earlier for earlier, _ in self._decisions(second)):
            return "a path meets it twice (absent-mindedness)"
        if self._length(first) != self._length(second):
            return "he does not remember whether he has moved before"
        pairs = zip(self._decisions(first), self._decisions(second), strict=True)
        (here, one), (there, other) = next(
            pair for pair in reversed(list(pairs)) if pair[0] != pair[1]
        )
        at, actions = self.sets[here].label, self.sets[here].actions
        if here != there:
            return f"he does not remember whether he was at {at} or at {self.sets[there].label}"
        return f"he does not remember if he played {actions[one]} or {actions[other]} at {at}"

    # -- the game -------------------------------------------------------------------------------

    def _finished(self) -> Game:
        if len(self.payoffs) > MAX_PROFILES:
            raise self.tokens.fault(f"more than {MAX_PROFILES:,} histories", "use a smaller game")
        labels = self._labels()
        names = _Names(self.players)
        sets = tuple(
            InformationSet(
                head.player,
                names.move(
                    head.player,
                    head.past if head.player == CHANCE else self._length(head.past),
                ),
                ((LABEL, labels[position]),),
                head.actions,
                tuple(head.nodes),
            )
            for position, head in enumerate(self.sets)
        )
        return Game(
            name=self.title,
            players=self.players,
            information_sets=sets,
            set_of=self.set_of,
            children=self.children,
            probabilities=self.probabilities,
            payoffs=self.payoffs,
            phrases=phrases_of(sets, self.players),
        )

    def _labels(self) -> dict[int, str]:
        """Return the labels of information sets, those of one mover made distinct."""
        labels: dict[int, str] = {}
        for player in range(len(self.players)):
            own = [k for k, head in enumerate(self.sets) if head.player == player]
            distinct = distinct_labels([self.sets[k].label for k in own])
            labels.update(zip(own, distinct, strict=True))
        draws = list(self.chances.values())
        distinct = distinct_labels([draw.label for draw in draws])
        named = {
            node: label for draw, label in zip(draws, distinct, strict=True) for node in draw.nodes
        }
        for position, head in enumerate(self.sets):
            if head.player == CHANCE:
                labels[position] = named[head.nodes[0]]
        return labels


class _Names:
    """Names of moves, all different: the mover's, with a number from his second decision on."""

    def __init__(self, players: Sequence[str]) -> None:
        self.players = players
        self.given: dict[tuple[int, int], str] = {(k, 0): name for k, name in enumerate(players)}
        self.taken = set(players)

    def move(self, player: int, earlier: int) -> str:
        """Return the name of a mover's decision after `earlier` others of his on the path."""
        key = player, earlier
        if key not in self.given:
            mover = "chance" if player == CHANCE else self.players[player]
            name = f"{mover} ({earlier + 1})" if earlier else mover
            while name in self.taken:
                name += "'"
            self.taken.add(name)
            self.given[key] = name
        return self.given[key]


# -- writing ------------------------------------------------------------------------------------


def write_efg(game: Game) -> str:
    """Return a game as an ``.efg`` file, labels kept, one outcome for each terminal node.

    An information set that was not read from such a file is labelled by its move and by what the
    mover knows.

    Raises
    ------
    MethodError
        If a label cannot be spelled, a number is too long, or the file too large to be read back.
    """
    players = " ".join(map(quoted, game.players))
    lines = [
        f"EFG 2 R {quoted(game.name)} {{ {players} }}",
        quoted("\n".join(provenance(game))),
        "",
    ]
    heads = _heads(game)
    outcomes = 0
    for node, position in enumerate(game.set_of):
        if position >= 0:
            player, before = game.information_sets[position].player, heads[position]
            lines.append(f"{before} {_listed(game, node)} 0" if player == CHANCE else before)
        else:
            outcomes += 1
            gained = ", ".join(map(number_text, game.payoffs[node]))
            lines.append(f't "" {outcomes} "" {{ {gained} }}')
    return sized("\n".join(lines) + "\n", ".efg")


def _heads(game: Game) -> list[str]:
    """Return for each information set what its nodes begin with; chance has its actions to add.

    Nodes of chance with the same label, actions and probabilities are one information set there.
    """
    numbers: dict[int, dict[object, int]] = {}
    labels: dict[int, list[str]] = {}
    placed = []
    for head in game.information_sets:
        label = set_label(head)
        drawn = game.probabilities.get(head.nodes[0])
        content = head.nodes if drawn is None else (label, head.actions, drawn)
        own = numbers.setdefault(head.player, {})
        if content not in own:
            own[content] = len(own) + 1
            labels.setdefault(head.player, []).append(label)
        placed.append(own[content])
    distinct = {player: distinct_labels(listed) for player, listed in labels.items()}
    heads = []
    for head, number in zip(game.information_sets, placed, strict=True):
        label = quoted(distinct[head.player][number - 1])
        if head.player == CHANCE:
            heads.append(f'c "" {number} {label}')
            continue
        actions = " ".join(map(quoted, head.actions))
        heads.append(f'p "" {head.player + 1} {number} {label} {{ {actions} }} 0')
    return heads


def _listed(game: Game, node: int) -> str:
    """Return the actions of chance at a node, with probabilities."""
    actions = game.information_sets[game.set_of[node]].actions
    pairs = zip(actions, game.probabilities[node], strict=True)
    return f"{{ {' '.join(f'{quoted(action)} {number_text(p)}' for action, p in pairs)} }}"
