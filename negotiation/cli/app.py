"""The command ``negotiate``: data on standard output, all else on standard error.

Exit codes: 0 done, 1 a bug, 2 usage, 3 invalid file, 4 no method, budget spent or not complete,
130 interrupted. No traceback reaches a user; with NEGOTIATION_DEBUG=1 a bug shows one.
"""

from __future__ import annotations

import functools
import io
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand

from negotiation.errors import NegotiationError, UsageError

__all__ = ["app", "main"]

Command = TypeVar("Command", bound=Callable[..., None])

app = typer.Typer(
    name="negotiate",
    help="Game-theoretic models of bargaining over export controls.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Target = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="Model name, path of a TOML file, or - to read one."),
]
GameTarget = Annotated[
    str,
    typer.Argument(
        metavar="GAME", help="Model name, path of a TOML, .nfg, .efg or .csv file, or -."
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Set a parameter, or one member: x[US]=1/3."),
]
Fix = Annotated[
    list[str] | None,
    typer.Option("--fix", metavar="MOVE=ACTION", help="Fix a move: it is no decision then."),
]
Scenario = Annotated[
    str | None, typer.Option("--scenario", help="A named bundle of values of the calibration file.")
]
Concept = Annotated[
    str | None, typer.Option("--concept", help="Solution concept; the default is the model's.")
]
Select = Annotated[
    str | None,
    typer.Option("--select", help="Selection rules, such as coalition-proof,preferred:China."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class _Command(TyperCommand):
    """A command that refuses an option given twice where only one would count."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; the parser lists the parameters as often as they are given."""
        _, _, given = self.make_parser(ctx).parse_args(args=list(args))
        for number, option in enumerate(given):
            lists = getattr(option, "multiple", True) or getattr(option, "is_flag", False)
            if option in given[:number] and not lists:
                error = UsageError("given twice", place=option.opts[0], remedy="give it once")
                print(f"negotiate: {error}", file=sys.stderr)
                raise typer.Exit(error.exit_code)
        return super().parse_args(ctx, args)


def _answers(command: Command) -> Command:
    """Turn errors into a message on standard error and an exit code."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
            print(end="", flush=True)
        except NegotiationError as error:
            print(f"negotiate: {error}", file=sys.stderr)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            print("negotiate: interrupted", file=sys.stderr)
            raise typer.Exit(130) from None
        except BrokenPipeError:
            _abandon_output()
            raise typer.Exit(0) from None
        except OSError as error:
            _abandon_output()
            reason = error.strerror or str(error)
            place = f"{error.filename}: " if error.filename else ""
            print(f"negotiate: {place}{reason}\n  remedy: check disk and rights", file=sys.stderr)
            raise typer.Exit(2) from None
        except (typer.Exit, typer.Abort, SystemExit):
            raise
        except Exception as error:
            if os.environ.get("NEGOTIATION_DEBUG"):
                raise
            print(
                f"negotiate: internal error: {type(error).__name__}: {error}\n"
                "  remedy: this is a bug; please report the command and the file",
                file=sys.stderr,
            )
            raise typer.Exit(1) from None

    return run  # type: ignore[return-value]


def _abandon_output() -> None:
    """Let what is left in a buffer that cannot be written go nowhere, so that exit is quiet."""
    try:
        print(end="", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(text: str) -> None:
    """Say something on standard error."""
    print(f"negotiate: {text}", file=sys.stderr, flush=True)


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=1))


@app.command("list", cls=_Command)
@_answers
def list_models(as_json: Json = False) -> None:
    """List the models of the catalogue."""
    from negotiation.model.catalogue import catalogue
    from negotiation.model.reading import load

    models = [load(name) for name in catalogue()]
    if as_json:
        rows = [{"name": m.name, "title": m.title, "form": m.form} for m in models]
        _print_json({"schema": "negotiation/list/1", "models": rows})
        return
    width = max((len(model.name) for model in models), default=0)
    for model in models:
        print(f"{model.name:<{width}}  {model.title or ''}")


@app.command(cls=_Command)
@_answers
def show(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="Model name, path of a TOML file, or -; with --facts a table of facts.",
        ),
    ] = None,
    facts: Annotated[
        bool,
        typer.Option(
            "--facts", help="Show facts: trade, events, conflicts, figures, claims, glossary."
        ),
    ] = False,
    toml: Annotated[
        bool, typer.Option("--toml", help="Print a copy of the model that stands alone, as TOML.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a model with its parameters, units and sources, or the facts behind the models."""
    if facts:
        from negotiation.report.facts_page import facts_document, facts_lines

        if as_json:
            _print_json(facts_document(model))
        else:
            print("\n".join(facts_lines(model)))
        return
    from negotiation.cli.arguments import load_model
    from negotiation.report.pages import model_document, model_lines

    if model is None:
        raise UsageError("no model is named", place="show", remedy="see negotiate list")
    loaded = load_model(model)
    if toml:
        from negotiation.model.writing import standalone_toml

        print(standalone_toml(loaded), end="")
    elif as_json:
        _print_json(model_document(loaded))
    else:
        print("\n".join(model_lines(loaded)))


@app.command(cls=_Command)
@_answers
def check(
    file: Target,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as faults.")] = False,
    as_json: Json = False,
) -> None:
    """Check a model file: all faults at once, each with place and remedy."""
    from negotiation.cli.arguments import load_model
    from negotiation.errors import ModelError
    from negotiation.report.checks import check_document, check_lines, examine

    try:
        report = examine(load_model(file))
    except ModelError as error:
        report = examine(None, error)
    if as_json:
        _print_json(check_document(file, report, strict))
    else:
        for line in check_lines(file, report, strict):
            print(line, file=sys.stderr if not report.passes(strict) else sys.stdout)
    if not report.passes(strict):
        raise typer.Exit(3)


@app.command(cls=_Command)
@_answers
def solve(
    target: GameTarget,
    values: Set = None,
    fix: Fix = None,
    scenario: Scenario = None,
    concept: Concept = None,
    select: Select = None,
    method: Annotated[
        str | None, typer.Option("--method", help="By default one that can answer.")
    ] = None,
    budget: Annotated[str | None, typer.Option("--budget", help="Time limit, such as 60s.")] = None,
    crosscheck: Annotated[
        bool,
        typer.Option("--crosscheck", help="Compare with nashpy and, if installed, pygambit."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Solve a game exactly: equilibria by outcome, with certificates."""
    from negotiation.cli.arguments import Settings, load_game, read_budget
    from negotiation.report.sentences import solution_lines
    from negotiation.solvers import solve as solve_game

    limit = read_budget(budget)
    game = load_game(target, Settings.read(values or [], fix or [], scenario))
    solution = solve_game(game, concept, select=select, method=method, budget=limit)
    if not as_json:
        print("\n".join(solution_lines(solution)), flush=True)
    if crosscheck:
        from negotiation.crosscheck import crosscheck as compare_with_peers
        from negotiation.report.crosschecks import crosscheck_lines

        second = compare_with_peers(game, solution, timeout=limit or 60.0)
        if as_json:
            _print_json({**solution.to_dict(), "crosscheck": second.to_dict()})
        else:
            print("\n".join(crosscheck_lines(second)), flush=True)
    elif as_json:
        print(solution.to_json(), flush=True)
    if not solution.complete:
        if as_json:  # else the text has said so
            print(f"negotiate: not complete: {solution.message}", file=sys.stderr)
        raise typer.Exit(4)


@app.command(cls=_Command)
@_answers
def learn(
    target: GameTarget,
    dynamics: Annotated[
        str,
        typer.Option(
            "--dynamics",
            metavar="NAME",
            help="fictitious-play, stochastic-fictitious-play, replicator, symmetric-replicator.",
        ),
    ],
    rounds: Annotated[int, typer.Option("--rounds", help="Rounds, or steps of time.")] = 1000,
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Of what is drawn; replicators then start at random."),
    ] = None,
    values: Set = None,
    fix: Fix = None,
    scenario: Scenario = None,
    out: Annotated[Path | None, typer.Option("--out", help="CSV file for the whole path.")] = None,
    as_json: Json = False,
) -> None:
    """Let two players learn: a path of play, approximate, no equilibrium answer."""
    from negotiation.cli.arguments import Settings, load_game
    from negotiation.report.learning import check_path_file, learning_document, learning_lines
    from negotiation.report.learning import write_path as write_learning_path
    from negotiation.solvers.learning import learn as learn_game

    if out is not None:
        check_path_file(out)
    game = load_game(target, Settings.read(values or [], fix or [], scenario))
    path = learn_game(game, dynamics, rounds, seed)
    if out is not None:
        write_learning_path(path, out)
    if as_json:
        _print_json(learning_document(path))
    else:
        print("\n".join(learning_lines(path)))
    if out is not None:
        print(f"wrote {out}", file=sys.stderr)


@app.command(cls=_Command)
@_answers
def certify(
    target: GameTarget,
    profile: Annotated[
        str, typer.Option("--profile", metavar="FILE|-", help="JSON of solve, or hand-written.")
    ],
    values: Set = None,
    fix: Fix = None,
    scenario: Scenario = None,
    concept: Concept = None,
    as_json: Json = False,
) -> None:
    """Say if a profile is an equilibrium, and if not who deviates, to what, by how much."""
    from negotiation.cli.arguments import Settings, load_game, read_document
    from negotiation.report.certificates import certificate_document, certificate_lines

    if target == "-" and profile == "-":
        raise UsageError("both are -", place="--profile", remedy="name a file for one of them")
    document = read_document(profile)
    settings = Settings.read(values or [], fix or [], scenario).completed_by(document)
    game = load_game(target, settings)
    report = certificate_document(game, document, concept or document.concept or game.concept)
    if as_json:
        _print_json(report)
    else:
        print("\n".join(certificate_lines(report)))


@app.command(cls=_Command)
@_answers
def reduce(
    target: GameTarget,
    by: Annotated[
        str, typer.Option("--by", metavar="strict|weak", help="Kind of dominance.")
    ] = "strict",
    pure: Annotated[
        bool, typer.Option("--pure", help="Let pure strategies only dominate.")
    ] = False,
    rationalisable: Annotated[
        bool,
        typer.Option("--rationalisable", help="Justify each strategy left by a belief."),
    ] = False,
    values: Set = None,
    fix: Fix = None,
    scenario: Scenario = None,
    budget: Annotated[str | None, typer.Option("--budget", help="Time limit, such as 60s.")] = None,
    as_json: Json = False,
) -> None:
    """Remove dominated strategies round by round: who loses which, dominated by what."""
    from negotiation.cli.arguments import Settings, load_game, read_budget
    from negotiation.report.reductions import reduction_document, reduction_lines
    from negotiation.solvers.dominance import reduce_game

    limit = read_budget(budget)
    game = load_game(target, Settings.read(values or [], fix or [], scenario))
    reduction = reduce_game(game, by, pure=pure, justify=rationalisable, budget=limit)
    document = reduction_document(game, reduction)
    if as_json:
        _print_json(document)
    else:
        print("\n".join(reduction_lines(document)))


@app.command(cls=_Command)
@_answers
def export(
    target: GameTarget,
    kind: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="nfg|efg|json|csv", help="By default the suffix of --out."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; by default standard output.")
    ] = None,
    values: Set = None,
    fix: Fix = None,
    scenario: Scenario = None,
) -> None:
    """Write a game for other programs: Gambit's .nfg or .efg, JSON, or a CSV payoff table."""
    from negotiation.cli.arguments import Settings, load_game
    from negotiation.report.exports import check_export, export_text, write_export

    kind = check_export(kind, out)
    text = export_text(load_game(target, Settings.read(values or [], fix or [], scenario)), kind)
    if out is None:
        print(text, end="")
    else:
        write_export(text, out)
        print(f"wrote {out}", file=sys.stderr)


@app.command(cls=_Command)
@_answers
def plot(
    target: GameTarget,
    out: Annotated[Path, typer.Option("--out", help="Picture to write: .pdf, .png or .svg.")],
    values: Set = None,
    fix: Fix = None,
    scenario: Scenario = None,
    concept: Concept = None,
    select: Select = None,
    equilibrium: Annotated[
        int | None,
        typer.Option("--equilibrium", metavar="K", help="Draw this one, as solve numbers them."),
    ] = None,
    no_solution: Annotated[
        bool, typer.Option("--no-solution", help="Draw the game alone, without solving it.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", help="Most leaves to draw, by default 40."),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget", help="Time limit for solving, such as 60s; what is there is drawn."
        ),
    ] = None,
) -> None:
    """Draw a game as a tree: the path of an equilibrium thick, mixtures, beliefs."""
    from negotiation.cli.arguments import Settings, load_game, read_budget
    from negotiation.plotting.pictures import check_picture, write_tree
    from negotiation.plotting.tree_layout import MAX_LEAVES, check_leaves
    from negotiation.plotting.tree_play import drawable_solution, incompleteness
    from negotiation.solvers import solve as solve_game

    check_picture(out)
    if no_solution and (concept or select or budget or equilibrium is not None):
        raise UsageError(
            "nothing is solved, so nothing can be chosen",
            place="--no-solution",
            remedy="leave out --concept, --select, --equilibrium and --budget",
        )
    seconds = read_budget(budget)
    leaves = MAX_LEAVES if limit is None else limit
    game = load_game(target, Settings.read(values or [], fix or [], scenario))
    check_leaves(game, leaves)
    solution = None if no_solution else solve_game(game, concept, select=select, budget=seconds)
    number = 0 if equilibrium is None else equilibrium - 1
    shown = drawable_solution(solution, number)
    if note := write_tree(game, shown, number, leaves, out):
        print(f"negotiate: {note}", file=sys.stderr)
    print(f"wrote {out}", file=sys.stderr)
    if solution is not None and not solution.complete:
        print(f"negotiate: {incompleteness(solution, shown)}", file=sys.stderr)
        raise typer.Exit(4)


@app.command(cls=_Command)
@_answers
def sweep(
    model: Target,
    over: Annotated[
        list[str],
        typer.Option("--over", metavar="NAME=LO:HI:N", help="Axis of N points; or NAME=a,b,c."),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", help="File to write: .nc, .csv, or .zarr for grids beyond memory."),
    ],
    each: Annotated[
        str | None, typer.Option("--each", metavar="MOVE", help="Fix it at each action in turn.")
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option("--baseline", metavar="MOVE=ACTION", help="Add payoff changes against this."),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option("--sample", metavar="N", help="Draw N points; axes are NAME=LO:HI then."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Seed of the sample, by default 0.")
    ] = None,
    design: Annotated[
        str | None,
        typer.Option(
            "--design", metavar="sobol|latin-hypercube", help="Design of the sample; sobol."
        ),
    ] = None,
    values: Set = None,
    fix: Fix = None,
    scenario: Scenario = None,
    concept: Concept = None,
    select: Select = None,
    variables: Annotated[
        str | None,
        typer.Option("--variables", metavar="A,B,...", help="Variables to keep; by default all."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", metavar="N", help="Processes that solve.")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler", metavar="ADDRESS", help="Dask cluster that solves, or its file."
        ),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget what a stopped sweep to .zarr has left.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Solve over one or more axes and write a labelled dataset."""
    from negotiation.analysis.sweeps import plan_sweep, read_axis, read_range, solve_plan
    from negotiation.analysis.sweeps.branches import sweep_event_lines
    from negotiation.analysis.sweeps.events import sweep_events
    from negotiation.analysis.sweeps.plan import check_axis_names
    from negotiation.analysis.sweeps.workers import check_workers
    from negotiation.cli.arguments import Settings, load_model, read_assignments
    from negotiation.cli.progress import progress_bar
    from negotiation.formats.datasets import check_destination
    from negotiation.report.sweeps import (
        incompleteness,
        sweep_document,
        sweep_lines,
        whole_list_hint,
    )

    check_destination(out)
    check_workers(jobs, scheduler)
    if sample is None and (seed is not None or design is not None):
        raise UsageError("nothing is drawn", place="--seed, --design", remedy="add --sample 4096")
    settings = Settings.read(values or [], fix or [], scenario)
    game = load_model(model)
    names = [text.partition("=")[0].strip() for text in over if "=" in text]
    check_axis_names(game, list(filter(None, names)))
    plan = plan_sweep(
        game,
        [(read_axis if sample is None else read_range)(text) for text in over],
        each=each,
        baseline=read_assignments(baseline, "--baseline") if baseline else None,
        concept=concept,
        select=select,
        values=settings.values,
        fix=settings.fix,
        scenario=settings.scenario,
        sample=sample,
        seed=seed or 0,
        design=design or "sobol",
    )
    if plan.sample is not None and plan.sample.advice:
        _tell(plan.sample.advice)
    try:
        with progress_bar("solving") as progress:
            dataset, tally = solve_plan(
                plan,
                jobs=jobs,
                scheduler=scheduler,
                out=out,
                variables=None if variables is None else [v.strip() for v in variables.split(",")],
                restart=restart,
                progress=progress,
                announce=_tell,
            )
    except KeyboardInterrupt:
        part = out.with_name(f"{out.name}.part")
        if out.suffix == ".zarr" and part.exists():
            # What zarr leaves undone is done again, so its complaints at the exit are idle.
            logging.getLogger("asyncio").setLevel(logging.CRITICAL)
            _tell(f"interrupted; the same command goes on from what is in {part}")
            raise typer.Exit(130) from None
        raise
    if as_json:
        document = sweep_document(plan, dataset, tally, out)
        _print_json({**document, "events": sweep_events(plan, dataset)})
    else:
        events = whole_list_hint(sweep_event_lines(plan, dataset))
        print("\n".join((*sweep_lines(plan, dataset, tally, out), *events)), flush=True)
    if tally.incomplete:
        if as_json:  # else the text has said so
            for line in incompleteness(dataset, tally):
                _tell(line)
        raise typer.Exit(4)


@app.command(cls=_Command)
@_answers
def regimes(
    model: Target,
    over: Annotated[
        list[str] | None,
        typer.Option(
            "--over", metavar="NAME[=LO:HI]", help="Axis and range; no --over: all parameters."
        ),
    ] = None,
    by: Annotated[
        str,
        typer.Option("--by", metavar="regime|outcome|kind", help="What to tell apart."),
    ] = "regime",
    values: Set = None,
    fix: Fix = None,
    scenario: Scenario = None,
    concept: Concept = None,
    select: Select = None,
    budget: Annotated[str | None, typer.Option("--budget", help="Time limit, such as 60s.")] = None,
    simplify: Annotated[
        bool | None,
        typer.Option(
            "--simplify/--no-simplify",
            help="Simplify conditions and trace boundaries; by default of up to three axes.",
        ),
    ] = None,
    smt: Annotated[
        Path | None,
        typer.Option("--smt", metavar="FILE", help="Write what z3 was asked last."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw it: .pdf or .png.")
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="Print tables in LaTeX.")] = False,
    as_json: Json = False,
) -> None:
    """Say where in parameter space each regime is an equilibrium: exact conditions, boundaries."""
    from negotiation.analysis.regimes import regimes as find_regimes
    from negotiation.cli.arguments import Settings, load_model, read_budget, read_ranges
    from negotiation.report.regimes import (
        check_files,
        regimes_latex,
        regimes_lines,
        write_picture,
        write_question,
    )

    if latex and as_json:
        raise UsageError("two forms are asked", place="--latex", remedy="leave out --json")
    ranges, limit = read_ranges(over or []), read_budget(budget)
    check_files(smt, plot, len(ranges or {}))
    settings = Settings.read(values or [], fix or [], scenario)
    found = find_regimes(
        load_model(model),
        ranges,
        concept=concept,
        select=select,
        by=by,
        values=settings.values,
        fix=settings.fix,
        scenario=settings.scenario,
        budget=limit,
        simplify=simplify,
    )
    if as_json:
        print(found.to_json(), flush=True)
    elif latex:
        print(regimes_latex(found), flush=True)
    else:
        print("\n".join(regimes_lines(found)), flush=True)
    for path, write in ((smt, write_question), (plot, write_picture)):
        if path is not None:
            write(found, path)
            print(f"wrote {path}", file=sys.stderr)
    if not found.complete:
        if as_json or latex:  # else the text has said so
            print(f"negotiate: not complete: {found.message}", file=sys.stderr)
        raise typer.Exit(4)


@app.command(cls=_Command)
@_answers
def compare(
    model: Target,
    a: Annotated[
        str,
        typer.Option(
            "--a", metavar="KEY=VALUE,...", help="First setting: parameters, moves, scenario."
        ),
    ] = "",
    b: Annotated[
        str, typer.Option("--b", metavar="KEY=VALUE,...", help="Second setting, the same way.")
    ] = "",
    values: Set = None,
    fix: Fix = None,
    scenario: Scenario = None,
    concept: Concept = None,
    select: Select = None,
    as_json: Json = False,
) -> None:
    """Compare two settings: outcomes, payoffs, who gains and who loses."""
    from negotiation.analysis.comparison import compare as compare_settings
    from negotiation.cli.arguments import Settings, load_model, read_setting
    from negotiation.report.comparisons import (
        comparison_document,
        comparison_lines,
        incompleteness,
    )

    common = Settings.read(values or [], fix or [], scenario)
    loaded = load_model(model)
    sides = [
        read_setting(loaded, text, option, common) for text, option in ((a, "--a"), (b, "--b"))
    ]
    comparison = compare_settings(loaded, *sides, concept=concept, select=select)
    if as_json:
        _print_json(comparison_document(comparison, *sides))
    else:
        print("\n".join(comparison_lines(comparison, *sides)), flush=True)
    if not comparison.complete:
        if as_json:  # else the text has said so
            print(f"negotiate: {incompleteness(comparison)}", file=sys.stderr)
        raise typer.Exit(4)


@app.command(cls=_Command)
@_answers
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the model; NAME.toml is written.")
    ],
) -> None:
    """Write a commented starter model."""
    import re

    from negotiation.report.pages import STARTER

    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,79}", name):
        raise UsageError(
            f"{name[:60]!r} cannot be the name of a model",
            place="new",
            remedy="lower-case letters, digits and hyphens, such as my-game",
        )
    path = Path(f"{name}.toml")
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(STARTER.format(name=name, file=path))
    except FileExistsError:
        raise UsageError(
            "the file is already there", place=str(path), remedy="choose another name"
        ) from None
    print(f"wrote {path}; next: negotiate check {path}, negotiate solve {path}")


def _version(wanted: bool) -> None:
    if wanted:
        from negotiation import __version__

        print(f"negotiation {__version__}")
        raise typer.Exit(0)


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Game-theoretic models of bargaining over export controls."""


def main() -> None:
    """Run the command line; what it writes to a file or a pipe is UTF-8 in every locale."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="replace")
    app()


if __name__ == "__main__":
    main()
