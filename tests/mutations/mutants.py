"""The mutants: one fault each, in a module that decides which equilibria are found or proved.

Some changes are not here because they change no answer, only speed or which of equal things comes
first; each was tried, or follows from the text of the module:

- bimatrix: perturbing the right-hand sides in another order (any order gives a simple polytope and
  the same indices of components); walking the larger polytope first; removing fewer dominated
  actions; not remembering explored edges; not shifting payoffs that are nonnegative already; any
  positive weight for an action against which all payoffs are equal;
- bimatrix: leaving out the check that the indices sum to +1, which only a fault can trip;
- stages: removing dominated strategies of two movers too; another strategy of the mixture deciding
  at a set that the mover excludes himself;
- backward_induction: enumerating combinations where a one-shot stage needs no product;
- linear_program: another entering variable, since the lexicographic rule ends with any.
"""

from __future__ import annotations

from tests.mutations.loading import Mutant

TABLES = ("tests/unit/test_bimatrix.py",)
RANDOM_TABLES = ("tests/properties/test_bimatrix_properties.py",)
ZERO_SUM = ("tests/unit/test_zero_sum.py",)
REFUSALS = (f"{ZERO_SUM[0]}::test_other_games_are_refused_with_the_cell",)
PROGRAMS = ("tests/unit/test_linear_program.py",)
CERTIFICATES = ("tests/unit/test_certify.py",)
CONTINUA = ("tests/unit/test_continua.py",)
LONG_CONTINUA = (f"{CONTINUA[0]}::test_hulls_are_equilibria_and_nothing_lies_outside",)
CUTS = (f"{CONTINUA[0]}::test_a_cut_through_a_square_has_two_ends",)
HULLS = (f"{CONTINUA[0]}::test_a_hull_in_another_is_kept_once",)
PROOFS = (f"{PROGRAMS[0]}::test_altered_answers_prove_nothing",)
VERTICES = (f"{PROGRAMS[0]}::test_all_optimal_vertices_agree_with_brute_force",)
METHODS = ("tests/unit/test_methods.py",)
KEPT = ("tests/unit/test_refinements_kept.py",)
INSIDE = (f"{KEPT[0]}::test_d1_may_say_one_thing_of_all_vertices_and_another_inside",)
CELLS = (f"{KEPT[0]}::test_every_mixture_has_the_signs_of_a_cell",)
UNKNOWN = (f"{KEPT[0]}::test_forward_induction_knows_what_is_played_where_some_vertices_do_not",)
TREMBLES = ("tests/unit/test_refinements_trembles.py",)
MIXING = (f"{TREMBLES[0]}::test_two_who_mix_must_both_be_kept_indifferent",)
MISSED = ("tests/mutations/test_faults_once_missed.py",)
TREES = "tests/properties/test_backward_induction.py::"
PURE = (f"{TREES}test_pure_profiles_and_outcomes_are_those_of_brute_force",)
TIES = (f"{TREES}test_with_ties_every_entry_is_an_equilibrium_and_nothing_is_hidden_silently",)
GAINS = (f"{TREES}test_gains_are_those_of_brute_force_and_the_deviation_shown_earns_them",)
MARGINS = (f"{TREES}test_margins_are_the_cost_of_single_deviations",)
QUICK = (
    TABLES,
    ZERO_SUM,
    REFUSALS,
    PROGRAMS,
    CERTIFICATES,
    METHODS,
    MISSED,
    PROOFS,
    CUTS,
    HULLS,
    INSIDE,
    CELLS,
)
"""Tests that take a few seconds."""


def of(module: str, *mutants: tuple[str, str, str, tuple[str, ...]]) -> list[Mutant]:
    """Return mutants of one module; each is name, snippet, replacement and checks."""
    return [Mutant(name, module, before, after, by) for name, before, after, by in mutants]


SCALING = of(
    "solvers.bimatrix",
    (
        "probabilities are not scaled back",
        "[coordinate * weight for coordinate, weight in zip(point, weights, strict=True)]",
        "list(point)",
        TABLES,
    ),
    (
        "the common denominator of a line is forgotten",
        "weights += [multiple * (common // divisor)",
        "weights += [common // divisor",
        TABLES,
    ),
    (
        "the common divisor of a line is forgotten",
        "weights += [multiple * (common // divisor)",
        "weights += [multiple",
        TABLES,
    ),
    (
        "payoffs are shifted by the largest",
        "smallest = min(integers)",
        "smallest = max(integers)",
        TABLES,
    ),
)

POLYTOPES = of(
    "solvers.bimatrix",
    (
        "one vertex is dropped",
        "    labels = reduce(or_, vertices)\n",
        "    labels = reduce(or_, vertices)\n    len(vertices) > 4 and vertices.popitem()\n",
        TABLES,
    ),
    (
        "vertices with more labels than the dimension are dropped",
        "vertices.setdefault(tight, (basis, values))",
        "if tight == key:\n            vertices.setdefault(tight, (basis, values))",
        TABLES,
    ),
    ("a label that comes by a tie is missed", "if 0 in values:", "if False:", TABLES),
    (
        "edges are taken as explored that are not",
        "explored[neighbour] = leaving\n",
        "explored[neighbour] = leaving | (key & neighbour & -(key & neighbour))\n",
        TABLES,
    ),
    (
        "weakly dominated actions are removed",
        "all(map(gt, other, own))",
        "all(a >= b for a, b in zip(other, own, strict=True))",
        TABLES,
    ),
    (
        "an action that some other one beats somewhere is removed",
        "all(map(gt, other, own))",
        "any(map(gt, other, own))",
        TABLES,
    ),
)

PIVOTS = of(
    "solvers.dictionaries",
    (
        "of several rows with the smallest ratio the last is taken as the only one",
        "                    tied.append(r)",
        "                    tied = [r]",
        RANDOM_TABLES,
    ),
    (
        "ties in the ratio test are broken by position",
        "for label in order if len(tied) > 1 else ():",
        "for label in ():",
        TABLES,
    ),
    (
        "the perturbation of a slack variable has the wrong sign",
        "tied = [r for r in tied if self.basis[r] != label]",
        "tied = [r for r in tied if self.basis[r] == label] or tied",
        TABLES,
    ),
    (
        "of tied rows that with the largest perturbation leaves",
        "                if difference < 0:\n",
        "                if difference < 0 or (difference > 0 and top >= 0):\n",
        RANDOM_TABLES,
    ),
    (
        "a row without the pivot column keeps the old denominator",
        "elif pivot != denominator:",
        "elif False:",
        TABLES,
    ),
    (
        "the pivot row gets the wrong entry",
        "row[s] = sign * denominator",
        "row[s] = sign * pivot",
        TABLES,
    ),
    (
        "a vertex found without a dictionary has wrong values",
        "(pivot * row[-1] - row[s] * top)",
        "(pivot * row[-1] + row[s] * top)",
        TABLES,
    ),
    ("the pivot column keeps its sign", "row[s] = -sign * factor", "row[s] = -factor", PROGRAMS),
    (
        "the pivot row keeps its sign",
        "sign, pivot_row = -1, [-a for a in pivot_row]",
        "sign = -1",
        PROGRAMS,
    ),
    (
        "ties in the ratio test are not seen",
        "                elif not difference:\n                    tied.append(r)",
        "                elif not difference:\n                    pass",
        PROGRAMS,
    ),
)

SUBSETS = of(
    "solvers.nash_subsets",
    (
        "intersections of sets of partners are forgotten",
        "closed |= {one & other for other in closed}",
        "closed |= set()",
        RANDOM_TABLES,
    ),
    (
        "one of several Nash subsets is dropped",
        "closed.discard(0)",
        "closed.discard(0)\n    if len(closed) > 2:\n        closed.discard(max(closed))",
        TABLES,
    ),
    (
        "Nash subsets are not maximal",
        "[x for x, ys in matching.items() if not closed & ~ys]",
        "[x for x, ys in matching.items() if closed == ys]",
        TABLES,
    ),
    (
        "only equilibria with the same strategy of the row player are connected",
        "for member in enumerate(pairs[reached.pop()]):",
        "for member in [*enumerate(pairs[reached.pop()])][:1]:",
        TABLES,
    ),
)

MATCHING = of(
    "solvers.bimatrix",
    (
        "completely mixed strategies of the row player are passed over",
        "        if x_mask == origin:\n            continue\n",
        "        if x_mask == origin or not x_mask & origin:\n            continue\n",
        TABLES,
    ),
    (
        "one completely labelled pair a vertex",
        "for number in members(matching)]",
        "for number in [*members(matching)][:1]]",
        TABLES,
    ),
    (
        "one label need not be carried",
        "for label in (*rows, *columns)",
        "for label in (*rows, *columns[1:])",
        TABLES,
    ),
    (
        "fewest actions do not come first",
        "-(pair[0] & own[0]).bit_count()",
        "(pair[0] & own[0]).bit_count()",
        TABLES,
    ),
)

INDICES = of(
    "solvers.bimatrix",
    (
        "the index has the wrong sign",
        "(1 if size % 2 else -1)",
        "(-1 if size % 2 else 1)",
        TABLES,
    ),
    ("the index forgets the size of the support", "(1 if size % 2 else -1)", "1", TABLES),
    (
        "one determinant is left out of the index",
        "P.orientation(x_basis) * Q.orientation(y_basis)",
        "P.orientation(x_basis)",
        TABLES,
    ),
    ("rows of a basis are not matched to their slacks", "sign = -sign", "sign = 1", TABLES),
    (
        "degenerate equilibria get an index",
        "        if not x & y:\n            indices[equilibrium] = index",
        "        indices[equilibrium] = index",
        TABLES,
    ),
    (
        "the index of a component is that of its last regular equilibrium",
        "totals[connected[equilibrium]] += index",
        "totals[connected[equilibrium]] = index",
        TABLES,
    ),
)

STAGE = of(
    "solvers.stages",
    (
        "a best reply must be strict",
        "            payoffs[mover] == best[k][profile[:k] + profile[k + 1 :]]\n",
        "            payoffs[mover] > best[k][profile[:k] + profile[k + 1 :]]\n",
        PURE,
    ),
    (
        "the last mover's deviations are forgotten",
        "            for k, mover in enumerate(stage.movers)\n        )\n    ]",
        "            for k, mover in enumerate(stage.movers[:-1])\n        )\n    ]",
        PURE,
    ),
    (
        "a deviation is compared with other profiles of the others",
        "others = profile[:k] + profile[k + 1 :]",
        "others = profile[:k] + (0,) * (len(profile) - k - 1)",
        PURE,
    ),
    (
        "a tie dominates surely",
        "> high.payoffs[(*cell[:k], own",
        ">= high.payoffs[(*cell[:k], own",
        CONTINUA,
    ),
    (
        "dominance at the best continuations is dominance",
        "low.payoffs[(*cell[:k], other",
        "high.payoffs[(*cell[:k], other",
        CONTINUA,
    ),
    (
        "three movers with a choice are called complete",
        "complete=len(choosing) < 2",
        "complete=True",
        TIES,
    ),
    (
        "a tie of the only mover left is no continuum",
        "continua=[everything] if len(choosing) == 1 and",
        "continua=[everything] if len(choosing) == 3 and",
        TIES,
    ),
    (
        "payoffs of a mixed equilibrium forget one player",
        "(p * q, cells[i][j])",
        "(p, cells[i][j])",
        CONTINUA,
    ),
    (
        "rows and columns are exchanged",
        "profile[first], profile[second] = i, j",
        "profile[second], profile[first] = i, j",
        CONTINUA,
    ),
    (
        "a segment of equilibria is no continuum",
        "if len(c.equilibria) > 1]",
        "if len(c.equilibria) > 2]",
        CONTINUA,
    ),
    (
        "chance's earlier moves do not count",
        "stack.append((child, weight * share))",
        "stack.append((child, share))",
        PURE,
    ),
    (
        "a mixture is spread over strategies that exclude the set",
        "[item for item in played if self._reaches(mover, item[1], position)]",
        "list(played)",
        MISSED,
    ),
    (
        "mixtures are not normalised at later sets",
        "shares[strategy[k]] += weight / total",
        "shares[strategy[k]] += weight",
        MISSED,
    ),
    (
        "strategies with one consequence in common are one",
        "row = tuple(lotteries[profile] for",
        "row = next(lotteries[profile] for",
        MISSED,
    ),
    (
        "plans that differ where they are not reached count twice",
        "len(sets[own].actions) > 1\n",
        "False\n",
        MISSED,
    ),
) + of(
    "selection",
    (
        "weakly dominated strategies of three movers are removed",
        "if not any(all(map(gt, other, row)) for other in rows)",
        "if not any(other != row and all(map(Fraction.__ge__, other, row)) for other in rows)",
        TIES,
    ),
)

INDUCTION = of(
    "solvers.backward_induction",
    (
        "support needs a strictly better payoff than elsewhere",
        "self.counts[bisect_right(self.values, bound)]",
        "max(1, self.counts[sum(value < bound for value in self.values)])",
        PURE,
    ),
    (
        "ladders are sorted by the first player's payoff",
        "key=lambda item: item[0][mover]",
        "key=lambda item: item[0][0]",
        PURE,
    ),
    (
        "the best continuation punishes",
        "self.lowest = steps[0][1].plan",
        "self.lowest = steps[-1][1].plan",
        PURE,
    ),
    (
        "what is not played is not counted",
        "unplayed = everything // math.prod(totals[e] for e in touched)",
        "unplayed = 1",
        PURE,
    ),
    ("the own exit counts twice", "// self.ladders[own].count(bound)", "// 1", PURE),
    (
        "the weight of a draw is forgotten in values",
        "v + share * w for v, w in zip(value, other",
        "v + w for v, w in zip(value, other",
        PURE,
    ),
    (
        "the weight of a draw is forgotten in outcomes",
        "before + tuple((node, share * p) for node, p in after)",
        "before + tuple((node, p) for node, p in after)",
        PURE,
    ),
    (
        "draws of probability zero are not counted",
        "product = count * continuation.profiles",
        "product = count",
        MISSED,
    ),
    (
        "continua after a draw are forgotten",
        "            self.draw_continua(stage, shares)\n",
        "            pass\n",
        CONTINUA,
    ),
    (
        "a tie at a decision is no continuum",
        "if not self.pure and (tied or any(",
        "if not self.pure and (any(",
        CONTINUA,
    ),
    (
        "continua after a decision are forgotten",
        "(tied or any(node in self.continua for node in stage.exits))",
        "tied",
        CONTINUA,
    ),
    (
        "a tie needs three exits",
        "self.ladders.values()) > 1",
        "self.ladders.values()) > 2",
        CONTINUA,
    ),
    (
        "a curve is passed over in silence",
        "        if decision.curved:\n",
        "        if False:\n",
        CONTINUA,
    ),
    (
        "one exit where continua shift nothing settles the stage",
        "return all(choosing <= steady[node] for node in reached_exits)",
        "return any(choosing <= steady[node] for node in reached_exits)",
        CONTINUA,
    ),
    (
        "stage rules do not look at dominated strategies",
        "        if not self.rules:\n            low, high",
        "        if True:\n            low, high",
        MISSED,
    ),
    (
        "continua that shift earlier choices are passed over in silence",
        "if not self.is_settled(stage, lotteries, pieces):",
        "if False:",
        CONTINUA,
    ),
    (
        "equilibria of a stage that are isolated carry no continuum",
        "for indices in (*answer.continua, *isolated):",
        "for indices in answer.continua:",
        CONTINUA,
    ),
    (
        "every continuum of a stage is a hull",
        "else (mixers == 1 and not factors)",
        "else True",
        CONTINUA,
    ),
    (
        "corners of a cut are no outcomes",
        "for k, vertex in decision.corners:",
        "for k, vertex in ():",
        CONTINUA,
    ),
    (
        "a gap at a stage is passed over in silence",
        "        if not answer.complete:\n",
        "        if False:\n",
        TIES,
    ),
    (
        "the profiles of what is not reached are not counted",
        "unplayed = everything // math.prod(one.profiles for _, one in on_path)",
        "unplayed = 1",
        PURE,
    ),
    (
        "the profiles of what is reached are not counted",
        "                count *= profiles\n",
        "",
        PURE,
    ),
    (
        "exits reached in two ways count once",
        "found[node] = found.get(node, ZERO) + weight * probability",
        "found[node] = weight * probability",
        MISSED,
    ),
    (
        "chance inside a stage is not weighed",
        "sum((weight * values[node][k] for node, weight in lottery), ZERO)",
        "sum((values[node][k] for node, weight in lottery), ZERO)",
        MISSED,
    ),
    (
        "only the first combination of continuations is solved",
        "for chosen in itertools.product(*(option.items() for option in options)):",
        "for chosen in [tuple(next(iter(option.items())) for option in options)]:",
        PURE,
    ),
    (
        "continua are not carried up from exits of a stage",
        "families += self.nested(stage, lotteries)",
        "families += []",
        CONTINUA,
    ),
    (
        "indices of tables are lost",
        "self.indices[vertices[id(equilibrium)].plan] = index",
        "self.indices[vertices[id(equilibrium)].plan] = index[0], index[0]",
        CONTINUA,
    ),
    (
        "profiles of a continuum are counted",
        "self.endless = self.endless or len(indices) > 1",
        "pass",
        MISSED,
    ),
)

CONTINUUM = of(
    "solvers.continua",
    (
        "a choice cuts where the worst action is as good",
        "floor = max(min(",
        "floor = min(min(",
        CONTINUA,
    ),
    (
        "a continuum that just reaches the level is lost",
        "if low >= level or high < level:",
        "if low >= level or high <= level:",
        LONG_CONTINUA,
    ),
    (
        "a slice has no crossing points",
        "            found.append(mix([(1 - share, low), (share, high)]))\n",
        "            pass\n",
        CONTINUA,
    ),
    (
        "crossing points are on the wrong side",
        "mix([(1 - share, low), (share, high)])",
        "mix([(share, low), (1 - share, high)])",
        CONTINUA,
    ),
    (
        "crossing points inside a slice stay",
        "found if len(self.vertices) < 4 else _extreme(found)",
        "found",
        CUTS,
    ),
    ("mixtures of moving continua are called hulls", "hull=low == high)", "hull=True)", CONTINUA),
    (
        "mixtures of actions are forgotten",
        "mixtures = list(self._mixtures())",
        "mixtures: list[Continuum] = []",
        CONTINUA,
    ),
    ("mixtures need three actions", "if len(several) < 2:", "if len(several) < 3:", CONTINUA),
    (
        "continua after one action are forgotten",
        "self.continua = [*self._single_actions(), *mixtures]",
        "self.continua = mixtures",
        CONTINUA,
    ),
    (
        "segments after one action are forgotten",
        "                if len(part.vertices) > 1:\n",
        "                if len(part.vertices) > 2:\n",
        CONTINUA,
    ),
    (
        "corners of a cut are lost",
        "self.corners += [(action, v) for v in part.vertices if v not in continuum.vertices]",
        "pass",
        CONTINUA,
    ),
    (
        "corners of a mixture are lost",
        "                self.corners += [(action, vertex) for vertex in new]\n",
        "",
        CONTINUA,
    ),
    (
        "hulls inside hulls stay",
        "if not any(keys < larger for larger in hulls)",
        "if True",
        HULLS,
    ),
    (
        "sets that touch are not connected",
        "touching = [*part.touching, *self.touched.get(id(part), ())]",
        "touching: list[Vertex] = []",
        MISSED,
    ),
    (
        "a cut that has no description is passed over in silence",
        "            self.curved = True\n            corners",
        "            corners",
        CONTINUA,
    ),
    (
        "mixtures at the ends of an interval are forgotten",
        "itertools.chain(intervals, zip(levels, levels, strict=True))",
        "intervals",
        CONTINUA,
    ),
    (
        "mixtures between two levels are forgotten",
        "itertools.pairwise(levels) if extended else ()",
        "()",
        CONTINUA,
    ),
)

PLANS = of(
    "solvers.plans",
    (
        "a blend does not weigh by who reaches a set",
        "weight * (drawn or profile[position])[action]",
        "weight",
        CONTINUA,
    ),
    (
        "a blend ignores the weights",
        "totals = [sum((reach[node][k] for node in nodes), ZERO)",
        "totals = [Fraction(any(reach[node][k] for node in nodes))",
        CONTINUA,
    ),
    (
        "a blended outcome forgets the weights",
        "mixed.get(node, ZERO) + weight * probability",
        "mixed.get(node, ZERO) + probability",
        CONTINUA,
    ),
    (
        "a blended value forgets the weights",
        "sum((weight * vertex.value[k] for",
        "sum((vertex.value[k] for",
        CONTINUA,
    ),
    (
        "profiles with one outcome are not added up",
        "self.outcomes[outcome] = count + profiles, first",
        "self.outcomes[outcome] = profiles, first",
        PURE,
    ),
    (
        "what replaces a plan is forgotten",
        "{**plan.parts, **plan.instead}.values()",
        "plan.parts.values()",
        PURE,
    ),
)

PROGRAM = of(
    "solvers.linear_program",
    (
        "one optimal vertex is enough",
        "if dictionary.rows[-1][s] or not self._may_enter(label):",
        "if True:",
        VERTICES,
    ),
    (
        "unbounded edges end the search",
        "                if r is None:\n                    continue",
        "                if r is None:\n                    break",
        VERTICES,
    ),
    ("every program is feasible", "if found.rows[-2][-1]:", "if False:", PROGRAMS),
    (
        "slack variables of equations come back",
        "return label < self._fixed or label == self.artificial",
        "return True",
        PROGRAMS,
    ),
    ("rows are not scaled back in prices", "Fraction(multiple, divisor)", "Fraction(1)", PROGRAMS),
    (
        "contradicting equations are dropped",
        "            elif row[-1]:\n                sign",
        "            elif False:\n                sign",
        PROGRAMS,
    ),
    (
        "a negative price proves an optimum",
        "return min(prices, default=0) >= 0 and all(",
        "return all(",
        MISSED,
    ),
    (
        "any prices prove an optimum",
        "            and _worth(program, *prices) == answer.value\n",
        "",
        PROOFS,
    ),
    (
        "a point out of bounds proves an optimum",
        "        and all(_product(row, point) <= bound for row, bound in upper)\n",
        "",
        PROOFS,
    ),
    (
        "a ray that does not improve proves that there is no bound",
        "_product(program.objective, answer.ray) > 0",
        "_product(program.objective, answer.ray) >= 0",
        PROOFS,
    ),
) + of(
    "solvers.zero_sum",
    ("the value keeps the shift", "        value - shift,\n", "        value,\n", ZERO_SUM),
    ("the row player minimises", "turned = [[-payoff for", "turned = [[payoff for", ZERO_SUM),
    (
        "optimal strategies are not normalised",
        "tuple([y / total for y in point])",
        "tuple([y for y in point])",
        ZERO_SUM,
    ),
    (
        "the players' strategies are exchanged",
        "tuple([value * x for x in answer.prices]),",
        "tuple([value * x for x in answer.point]),",
        ZERO_SUM,
    ),
    ("any game is constant-sum", "gain != factor * loss)", "False)", REFUSALS),
    (
        "players with the same interest are constant-sum",
        "gain * loss > 0:",
        "gain * loss:",
        REFUSALS,
    ),
    (
        "each of several equilibria is regular",
        "(1,) if count == 1 else (None,) * count",
        "(1,) * count",
        ZERO_SUM,
    ),
)

CERTIFICATE = of(
    "certify",
    (
        "smaller subgames are not looked at",
        "                if later[0] > gains[k][0]:\n",
        "                if False:\n",
        CERTIFICATES,
    ),
    (
        "a Nash equilibrium must be subgame perfect",
        'if concept in ("nash", "pure"):',
        "if False:",
        CERTIFICATES,
    ),
    (
        "small gains are none",
        "return not any(self.gains.values())",
        "return self.largest_gain < Fraction(1, 10**6)",
        MISSED,
    ),
    (
        "probabilities need not sum to one",
        "if min(shares) >= 0 and sum(shares) == total else None",
        "if min(shares) >= 0 else None",
        CERTIFICATES,
    ),
    (
        "probabilities may be negative",
        "if min(shares) >= 0 and sum(shares) == total else None",
        "if sum(shares) == total else None",
        CERTIFICATES,
    ),
    (
        "only deviations inside one stage count",
        "best[node] = self._worth(node, player, best=True)",
        "best[node] = self._worth(node, player, best=False)",
        GAINS,
    ),
    (
        "only deviations on the path count",
        "                if position not in reply:\n",
        "                if position not in reply and node not in dict(self._path()):\n"
        "                    reply[position] = self.profile[position]\n"
        "                if position not in reply:\n",
        GAINS,
    ),
    (
        "nodes of an information set are not weighed",
        "_product(weights[node], share)\n                    pending.append((level, child))",
        "ONE\n                    pending.append((level, child))",
        CERTIFICATES,
    ),
    (
        "a deviator decides at each node as if he knew it",
        "for node in game.information_sets[position].nodes if node in weights]",
        "for node in game.information_sets[position].nodes[:1] if node in weights]",
        CERTIFICATES,
    ),
    (
        "verdicts are shared by profiles that differ later",
        "                *[part[subgame] for subgame in stage.subgames],\n",
        "",
        CERTIFICATES,
    ),
    (
        "verdicts are shared by profiles that differ here",
        "*[self.number[profile[position]] for position in stage.sets],\n",
        "",
        CERTIFICATES,
    ),
    (
        "a deviation is worth the profile's value",
        "        gains = [(most - value, stage.root) for most, value",
        "        gains = [(most - most, stage.root) for most, value",
        CERTIFICATES,
    ),
    (
        "tables: the last action is no deviation",
        "more = max(self.worths) - self.value",
        "more = max(self.value, *self.worths[:-1]) - self.value",
        MISSED,
    ),
    (
        "tables: mixed replies are not scaled",
        "worths = [worth * total for worth in worths]",
        "worths = list(worths)",
        CERTIFICATES,
    ),
    (
        "tables: the first mover's strategy is summed out by position",
        "table[start::step])) for start in range(step)]",
        "table[start * len(own) : (start + 1) * len(own)])) for start in range(step)]",
        CERTIFICATES,
    ),
    (
        "a margin is not conditional on getting there",
        "(loss / totals[position], position, action)",
        "(loss, position, action)",
        MARGINS,
    ),
    (
        "what a player does on is ignored in margins",
        "lost = _product(value - self._value(child, player), weight)",
        "lost = value - self._value(child, player)",
        MARGINS,
    ),
)

METHOD = (
    of(
        "solvers.methods",
        (
            "three players are left to a method for two",
            "if count > 2 else",
            "if count > 3 else",
            METHODS,
        ),
        (
            "pure equilibria are those of subgames",
            'pure=concept == "pure", rules=rules, whole=True',
            'pure=concept == "pure", rules=rules',
            PURE,
        ),
        (
            "any game goes to the linear program",
            'return MethodError(f"{error.place}: {error.message}", remedy=error.remedy)',
            "return None",
            METHODS,
        ),
    )
    + of(
        "solvers",
        (
            "a gap does not make an answer incomplete",
            'complete = termination == "exhausted" and not induction.gaps',
            'complete = termination == "exhausted"',
            CONTINUA,
        ),
        (
            "components that touch are numbered apart",
            "pending += sets_of.pop(member, [])",
            "pass",
            CONTINUA,
        ),
        (
            "profiles of a continuum are counted in the answer",
            "profiles=sum(numbers) if complete and not induction.endless else None",
            "profiles=sum(numbers) if complete else None",
            CONTINUA,
        ),
    )
    + of(
        "solvers.kept_continua",
        (
            "a part of a continuum is listed as the whole",
            "if len(left) > 1 and (continuum.hull or len(left) == len(continuum.vertices)):",
            "if len(left) > 1:",
            KEPT,
        ),
        (
            "the inside of a hull dominates nothing",
            "rivals = [hull for points, hull in hulls if _is_beaten([one.value], points)]",
            "rivals: list[bool] = []",
            KEPT,
        ),
        (
            "a continuum that a point beats is kept whole",
            "return Part.SOME if certain else Part.OPEN_KEPT",
            "return Part.WHOLE",
            KEPT,
        ),
        (
            "a continuum of which no vertex stands is dropped",
            "return Part.NOTHING if True in found else Part.WHOLE",
            "return Part.NOTHING",
            KEPT,
        ),
    )
)

REFINED = (
    of(
        "solvers.refinements_cells",
        (
            "a plane between two points has none of the points between",
            "itertools.product(low, high):",
            "itertools.product(low, high[:0]):",
            CELLS,
        ),
        (
            "what a plane only touches is no cell",
            "            on,\n            [*on, *(v",
            "            on if low and high else [],\n            [*on, *(v",
            CELLS,
        ),
        (
            "of no two types is it seen that one gains where the other loses",
            "min(len(signals), at_once) + 1",
            "2",
            INSIDE,
        ),
        (
            "the second coefficient of a plane has the wrong sign",
            "(-1) ** k * _determinant([[*row[:k], *row[k + 1 :]] for row in rows])",
            "_determinant([[*row[:k], *row[k + 1 :]] for row in rows])",
            (f"{KEPT[0]}::test_planes_through_points",),
        ),
    )
    + of(
        "solvers.refinements",
        (
            "of a continuum only the vertices are judged",
            "for limits in cells(sorted(payoffs), sorted(planes))",
            "for limits in sorted(payoffs)",
            INSIDE,
        ),
        (
            "two messages of one type that are not told apart are taken for two types",
            "if form.signals[k].type == form.signals[other].type:",
            "if False:",
            (f"{KEPT[0]}::test_two_messages_of_one_type_are_no_two_types",),
        ),
        (
            "a type that might break even is left out",
            "if limit[k] <= max(worth[k][a] for a in possible)",
            "if limit[k] < max(worth[k][a] for a in possible)",
            (f"{KEPT[0]}::test_a_type_that_might_break_even_is_not_left_out",),
        ),
    )
    + of(
        "solvers.forward_induction",
        (
            "a reply that is not known is taken to be that of the representative",
            "known = [own for own, certain in weights if certain]",
            "known = [own for own, _ in weights]",
            UNKNOWN,
        ),
    )
    + of(
        "solvers.trembling_hand",
        (
            "who mixes need not stay indifferent",
            "(gains if share == ZERO else equal).append(gain)",
            "gains.append(gain)",
            MIXING,
        ),
        (
            "off the path nothing is tried but what the representative plays",
            "others = [one for one in _subsets(len(head.actions)) if one != own]",
            "others: list[tuple[int, ...]] = []",
            (f"{TREMBLES[0]}::test_a_continuum_off_the_path_is_perfect_by_a_point_inside_it",),
        ),
        (
            "any equations are taken to be independent",
            "        if pivot is None:\n            return False",
            "        if pivot is None:\n            continue",
            (f"{TREMBLES[0]}::test_linear_independence",),
        ),
        (
            "an agent's payoffs do not hang on what is played after his set",
            "passed = self._before(position).union(self._after(position))",
            "passed = self._before(position)",
            (f"{TREMBLES[0]}::test_payoffs_of_an_agent_are_those_of_all_profiles",),
        ),
    )
    + of(
        "solvers.refinements_trembles",
        (
            "the types make no mistakes",
            "self.givable[given] = self._is_givable(given)",
            "self.givable[given] = True",
            TREMBLES,
        ),
        (
            "nobody replies by mistake",
            "self.sendable[used] = self._is_sendable(set(used))",
            "self.sendable[used] = True",
            TREMBLES,
        ),
        (
            "trembles need not be positive",
            "isinstance(answer, Optimum) and answer.value > 0",
            "isinstance(answer, Optimum)",
            TREMBLES,
        ),
        (
            "of what may be given off the path one set is tried",
            "itertools.product(*self._given(x, y)):",
            "itertools.product(*(sets[:1] for sets in self._given(x, y))):",
            TREMBLES,
        ),
    )
)

MUTANTS: tuple[Mutant, ...] = (
    *SCALING,
    *POLYTOPES,
    *PIVOTS,
    *SUBSETS,
    *MATCHING,
    *INDICES,
    *STAGE,
    *INDUCTION,
    *CONTINUUM,
    *PLANS,
    *PROGRAM,
    *CERTIFICATE,
    *METHOD,
    *REFINED,
)
