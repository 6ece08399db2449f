"""The facts: their arithmetic from the printed numbers, their keys, and the reader's refusals.

The arithmetic of the trade table is done here from the text of the CSV files, without the reader's
own formula, so that each checks the other.
"""

from __future__ import annotations

import csv
import datetime
import itertools
import re
import shutil
import string
import tomllib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from negotiation import facts
from negotiation.errors import Fault, UsageError

ROOT = Path(__file__).parents[2] / "models"
FACTS = ROOT / "facts"
PARTNERS: tuple[facts.Partner, ...] = ("japan", "eu", "us")

Row = dict[str, str]
Interval = tuple[Fraction, Fraction]


def printed_rows(name: str) -> dict[int, Row]:
    with (FACTS / name).open(encoding="utf-8", newline="") as file:
        return {int(row["year"]): row for row in csv.DictReader(file)}


PRINTED = printed_rows("trade_2001_2024.csv")
CORRECTED = printed_rows("trade_2001_2024_corrected.csv")
CORRECTIONS = facts.trade_corrections(ROOT)
FIGURES = {figure.id: figure for figure in facts.figures(ROOT)}
EVENTS = {event.id: event for event in facts.events(ROOT)}
CLAIMS = {claim.id: claim for claim in facts.claims(ROOT)}
CONFLICTS = {conflict.id: conflict for conflict in facts.conflicts(ROOT)}
KEYS = facts.bibliography_keys(ROOT / "references.bib")
CALIBRATION: dict[str, Any] = tomllib.loads(
    (ROOT / "calibration.toml").read_text(encoding="utf-8"), parse_float=Fraction
)


def number(figure: str) -> Fraction:
    value = FIGURES[figure].number
    assert value is not None
    return value


# ---- The trade table -----------------------------------------------------------------------------


def implied_total(value: str, share: str) -> Interval:
    """Totals that are compatible with a value rounded to 1 and a share rounded to 0.01."""
    half_unit, half_cent = Fraction("0.5"), Fraction("0.005")
    return (
        (Fraction(value) - half_unit) / (Fraction(share) + half_cent) * 100,
        (Fraction(value) + half_unit) / (Fraction(share) - half_cent) * 100,
    )


def common_total(row: Row, partners: tuple[facts.Partner, ...] = PARTNERS) -> Interval | None:
    """Intersection of the implied totals, or None where it is empty."""
    totals = [implied_total(row[f"{p}_value_musd"], row[f"{p}_share_pct"]) for p in partners]
    low, high = max(t[0] for t in totals), min(t[1] for t in totals)
    return (low, high) if low <= high else None


# Bounds of the total, million USD, two decimals; 2009 and 2012 after correction.
TOTALS = """
2001 150.31 153.49   2002 107.11 108.85   2003 133.06 133.27   2004 149.41 151.53
2005 154.52 154.97   2006 246.40 248.28   2007 411.19 412.98   2008 452.75 454.22
2009 202.13 203.81   2010 600.61 602.41   2011 1850.28 1852.68 2012 587.70 588.74
2013 420.60 424.43   2014 260.14 261.95   2015 255.37 257.09   2016 230.18 231.02
2017 300.65 302.58   2018 325.67 326.80   2019 305.62 308.21   2020 245.19 247.55
2021 474.88 477.29   2022 647.29 649.67   2023 511.65 514.11   2024 375.05 377.19
""".split()


def test_implied_totals_of_each_year() -> None:
    expected = {
        int(year): (low, high)
        for year, low, high in zip(TOTALS[::3], TOTALS[1::3], TOTALS[2::3], strict=True)
    }
    found = {}
    for year, row in CORRECTED.items():
        total = common_total(row)
        assert total is not None, year
        found[year] = (f"{float(total[0]):.2f}", f"{float(total[1]):.2f}")
    assert found == expected


def test_exactly_two_years_of_the_printed_table_are_inconsistent() -> None:
    assert [year for year, row in PRINTED.items() if common_total(row) is None] == [2009, 2012]


@pytest.mark.parametrize("year", [2009, 2012])
def test_the_eu_cell_is_the_one_at_fault(year: int) -> None:
    agreeing = [
        pair for pair in itertools.combinations(PARTNERS, 2) if common_total(PRINTED[year], pair)
    ]
    assert agreeing == [("japan", "us")]


def test_the_corrected_table_is_the_printed_one_with_the_corrections() -> None:
    repaired = {year: dict(row) for year, row in PRINTED.items()}
    for correction in CORRECTIONS:
        cell = repaired[correction.year][correction.column]
        assert Fraction(cell) == correction.printed
        repaired[correction.year][correction.column] = f"{float(correction.corrected):.2f}"
    assert repaired == CORRECTED
    assert [(c.year, c.column, c.corrected) for c in CORRECTIONS] == [
        (2009, "eu_share_pct", Fraction("20.84")),
        (2012, "eu_value_musd", Fraction(137)),
    ]


@pytest.mark.parametrize("correction", CORRECTIONS, ids=lambda c: str(c.year))
def test_alternatives_repair_the_year_and_their_neighbours_do_not(
    correction: facts.Correction,
) -> None:
    row, column = PRINTED[correction.year], correction.alternative_column

    def repairs(value: Fraction) -> bool:
        return common_total({**row, column: str(value)}) is not None

    candidates = {Fraction(value) for value in range(1, 2000)}
    found = {value for value in candidates if repairs(value)}
    same_cell = {correction.corrected} if column == correction.column else set()
    assert found == set(correction.alternatives) | same_cell
    assert len(found) == 2


def single_edits(text: str) -> Iterator[str]:
    """Substitutions, deletions, insertions and swaps of neighbours."""
    for i in range(len(text)):
        yield text[:i] + text[i + 1 :]
        for digit in string.digits:
            yield text[:i] + digit + text[i + 1 :]
    for i in range(len(text) + 1):
        for digit in string.digits:
            yield text[:i] + digit + text[i:]
    for i in range(len(text) - 1):
        yield text[:i] + text[i + 1] + text[i] + text[i + 2 :]


@pytest.mark.parametrize("correction", CORRECTIONS, ids=lambda c: str(c.year))
def test_one_single_character_repairs_the_year(correction: facts.Correction) -> None:
    row = PRINTED[correction.year]
    repairs = set()
    for column in row.keys() - {"year"}:
        share = column.endswith("pct")
        text = row[column] if share else row[column].removesuffix(".00")
        form = r"[1-9][0-9]?\.[0-9]{2}" if share else r"[1-9][0-9]*"
        for edit in single_edits(text):
            if re.fullmatch(form, edit) and common_total({**row, column: edit}):
                repairs.add((column, Fraction(edit)))
    assert repairs == {(correction.column, correction.corrected)}


def test_the_reader_gives_the_table_and_its_totals() -> None:
    for corrected, rows in ((False, PRINTED), (True, CORRECTED)):
        years = facts.trade(corrected, ROOT)
        assert [entry.year for entry in years] == list(range(2001, 2025)) == list(rows)
        for entry in years:
            row = rows[entry.year]
            for p in PARTNERS:
                assert entry.value(p) == Fraction(row[f"{p}_value_musd"])
                assert entry.share(p) == Fraction(row[f"{p}_share_pct"])
                assert entry.total(p) == implied_total(
                    row[f"{p}_value_musd"], row[f"{p}_share_pct"]
                )


def shares(row: Row) -> tuple[list[Fraction], Fraction]:
    """Shares of the three partners and of the rest, in per cent."""
    listed = [Fraction(row[f"{p}_share_pct"]) for p in PARTNERS]
    return listed, 100 - sum(listed, Fraction(0))


def concentration(row: Row) -> Fraction:
    """Sum of squared shares with all unlisted partners as one, on the scale 0 to 10,000."""
    listed, rest = shares(row)
    return sum((s * s for s in listed), Fraction(0)) + rest * rest


def test_concentration_moves_in_2009_only() -> None:
    moved = [y for y in PRINTED if concentration(PRINTED[y]) != concentration(CORRECTED[y])]
    assert moved == [2009]
    assert f"{float(concentration(PRINTED[2009])):.1f}" == "2866.0"
    assert f"{float(concentration(CORRECTED[2009])):.1f}" == "2669.8"
    listed, rest = shares(CORRECTED[2009])
    assert f"{float(concentration(CORRECTED[2009]) - rest * rest):.1f}" == "2394.9"
    assert (rest, len(listed)) == (Fraction("16.58"), 3)
    assert facts.trade(True, ROOT)[8].rest_share_pct == rest


# Means over a period: EU, Japan, US and rest in per cent, concentration, total in million USD.
PERIOD_MEANS = {
    "P1": ["26.82", "37.18", "19.07", "16.93", "2815", "135.9"],
    "P2": ["21.89", "42.71", "18.50", "16.90", "3271", "519.5"],
    "P3": ["15.29", "38.36", "21.63", "24.72", "2871", "368.2"],
}


@pytest.mark.parametrize("period", facts.periods(ROOT), ids=lambda p: p.id)
def test_means_of_the_periods(period: facts.Period) -> None:
    rows = [row for year, row in CORRECTED.items() if period.first <= year <= (period.last or 9999)]

    def mean(numbers: list[Fraction]) -> Fraction:
        return sum(numbers, Fraction(0)) / len(rows)

    def middle(row: Row) -> Fraction:
        total = common_total(row)
        assert total is not None
        return (total[0] + total[1]) / 2

    means = [
        mean([Fraction(row["eu_share_pct"]) for row in rows]),
        mean([Fraction(row["japan_share_pct"]) for row in rows]),
        mean([Fraction(row["us_share_pct"]) for row in rows]),
        mean([shares(row)[1] for row in rows]),
        mean([concentration(row) for row in rows]),
        mean([middle(row) for row in rows]),
    ]
    for exact, rounded in zip(means, PERIOD_MEANS[period.id], strict=True):
        digits = len(rounded.partition(".")[2])
        assert abs(exact - Fraction(rounded)) <= Fraction(1, 2 * 10**digits)


def test_the_rank_of_the_eu_cannot_be_tested_in_eleven_years() -> None:
    doubtful = [y for y, row in CORRECTED.items() if shares(row)[1] > Fraction(row["eu_share_pct"])]
    assert doubtful == [2012, 2013, 2014, 2015, 2017, 2019, 2020, 2021, 2022, 2023, 2024]
    assert all(sum(shares(row)[0]) <= 100 for row in PRINTED.values())


# ---- Figures that follow from others -------------------------------------------------------------


def test_world_reserves() -> None:
    implied = number("F030") / (number("F031") / 100)
    assert round(implied) == number("F029")
    assert round(implied, 1) == Fraction("84.6")
    assert number("F028") == 10 * number("F029")
    assert round(100 * number("F030") / number("F028"), 1) == Fraction("5.2")


def test_world_mine_output() -> None:
    assert round(number("F032") / (number("F033") / 100), -3) == number("F034")
    low = (number("F032") - 5000) / (number("F033") + Fraction(1, 2)) * 100
    high = (number("F032") + 5000) / (number("F033") - Fraction(1, 2)) * 100
    bounds = CALIBRATION["quantities"]["mine_output_world"]["range"]
    assert [low // 1000, -(-high // 1000)] == [381, 402]  # rounded outwards
    assert bounds == [381000, 402000]


def test_growth_of_output() -> None:
    growth = 100 * (number("F049") - number("F048")) / number("F048")
    assert growth == Fraction("356.25")
    assert round(growth) == number("F047")


def test_asymmetry_of_2024() -> None:
    ratio = number("F037") / Fraction(CORRECTED[2024]["eu_share_pct"])
    assert round(ratio, 2) == number("F074")


def test_counts_and_days() -> None:
    issued, applied = (
        datetime.date.fromisoformat(part) for part in FIGURES["F027"].date.split("/")
    )
    assert (applied - issued).days == number("F027")
    stages = [number(figure) for figure in ("F056", "F057", "F058", "F059")]
    assert sum(stages) == 61 > number("F054")
    assert number("F072") == len(PRINTED)
    assert number("F072") * 6 == 144 == sum(len(row) - 1 for row in PRINTED.values())
    assert number("F073") == len(range(1992, 2005 + 1))
    suspended = EVENTS["E068"].announcements[1:]
    assert len(suspended) == number("F069")
    assert len(EVENTS["E055"].announcements) == number("F068")
    assert set(EVENTS["E055"].announcements) < set(suspended)


def test_inconsistent_weekdays_of_two_regular_press_conferences() -> None:
    days = [EVENTS[event].earliest for event in ("E067", "E072")]
    assert [day.strftime("%A") for day in days if day] == ["Friday", "Thursday"]


# ---- Keys ----------------------------------------------------------------------------------------


def test_counts_and_ids() -> None:
    assert list(FIGURES) == [f"F{i:03}" for i in range(1, 75)]
    assert list(EVENTS) == [f"E{i:03}" for i in range(1, 75)]
    assert list(CLAIMS) == [f"H{i}" for i in range(1, 118)]
    assert list(CONFLICTS) == [f"C{i}" for i in range(1, 11)]
    assert len(facts.glossary(ROOT)) == 127
    assert len({figure.quantity for figure in FIGURES.values()}) == 74


def sourced_rows() -> Iterator[tuple[str, tuple[str, ...]]]:
    for figure in FIGURES.values():
        yield figure.id, (figure.source, *figure.primary_sources)
    for event in EVENTS.values():
        yield event.id, event.sources
        yield event.id, (*event.sources, *event.primary_sources)
    for claim in CLAIMS.values():
        yield claim.id, claim.sources
    for conflict in CONFLICTS.values():
        yield conflict.id, tuple(conflict.versions)
    for period in facts.periods(ROOT):
        yield period.id, (period.source,)
    for correction in CORRECTIONS:
        yield str(correction.year), (correction.source,)


def test_every_source_key_has_an_entry() -> None:
    missing = {(row, key) for row, keys in sourced_rows() for key in keys if key not in KEYS}
    assert not missing
    assert all(keys for _, keys in sourced_rows())


def test_terms_without_a_source_are_general_vocabulary() -> None:
    terms = facts.glossary(ROOT)
    assert all(key in KEYS for term in terms for key in term.sources)
    unsourced = {term.chinese: term.note for term in terms if not term.sources}
    assert len(unsourced) == 7
    assert all(re.search(r"eneral vocabulary|Not in the documents", n) for n in unsourced.values())


def test_every_conflict_has_versions_and_places() -> None:
    for conflict in CONFLICTS.values():
        assert len(conflict.versions) >= 1
        assert conflict.events or conflict.figures
        assert set(conflict.events) <= set(EVENTS)
        assert set(conflict.figures) <= set(FIGURES)


def test_texts_refer_to_rows_that_exist() -> None:
    known = {*FIGURES, *EVENTS, *CLAIMS, *CONFLICTS}
    for name in ("figures.csv", "events.toml", "claims.toml", "trade_corrections.csv"):
        text = (FACTS / name).read_text(encoding="utf-8")
        assert set(re.findall(r"\b[FE][0-9]{3}\b|\bH[1-9][0-9]*\b|\bC[1-9][0-9]?\b", text)) <= known
    for dispute in facts.disputes(ROOT):
        assert {*dispute.claims, *dispute.against} <= set(CLAIMS)
        assert not set(dispute.claims) & set(dispute.against)


def test_events_are_dated_and_in_order() -> None:
    for event in EVENTS.values():
        assert (event.earliest is None) == (event.precision == "none")
        for linked in (EVENTS[name] for name in event.linked_to):
            if event.latest and linked.earliest:
                assert linked.earliest <= event.latest, (event.id, linked.id)
    dated = [event for event in EVENTS.values() if event.date]
    for former, latter in itertools.combinations(dated, 2):
        assert former.earliest is not None
        assert latter.latest is not None
        assert former.earliest <= latter.latest, (former.id, latter.id)


def test_what_stands_outside_the_documents_is_kept_apart() -> None:
    checked = {event.id for event in EVENTS.values() if event.external_check}
    assert checked == {
        "E010", "E029", "E044", "E045", "E047", "E050", "E051", "E056", "E058", "E064", "E068"
    }  # fmt: skip
    assert all(EVENTS[event].date == "" for event in ("E047", "E050"))
    for event in EVENTS.values():
        fields = {name: item for name, item in vars(event).items() if name != "external_check"}
        assert "http" not in str(fields)


# ---- Calibration ---------------------------------------------------------------------------------

QUANTITIES: dict[str, dict[str, Any]] = CALIBRATION["quantities"]

# How a figure's unit becomes the unit of a quantity.
SAME = {
    ("years", "year"), ("year", "year"), ("weeks", "week"), ("week", "week"), ("days", "day"),
    ("count", "count"), ("tonnes", "tonnes"), ("million tonnes", "million tonnes"),
    ("kg per motor", "kg"), ("kg per aircraft", "kg"), ("ratio", "1"), ("capacity", "1"),
}  # fmt: skip


def converted(figure: facts.Figure, unit: str) -> Fraction:
    assert figure.number is not None
    if figure.unit.startswith("percent") and unit == "1":
        return figure.number / 100
    if (figure.unit, unit) == ("months", "year"):
        return figure.number / 12
    assert (figure.unit, unit) in SAME, (figure.id, figure.unit, unit)
    return figure.number


@pytest.mark.parametrize("name", QUANTITIES)
def test_a_quantity_is_the_figure_it_names(name: str) -> None:
    quantity = QUANTITIES[name]
    assert {"value", "unit", "meaning", "source"} <= set(quantity) <= {
        "value", "range", "unit", "meaning", "source"
    }  # fmt: skip
    if "range" in quantity:
        low, high = quantity["range"]
        assert low <= quantity["value"] <= high
        assert low < high
    source = quantity["source"]
    if source in FIGURES:
        assert quantity["value"] == converted(FIGURES[source], quantity["unit"])
        assert source not in ("F019", "F020", "F021", "F022", "F028")  # not to be calibrated with
    else:
        assert source in KEYS or source == "assumed"


def test_export_shares_are_those_of_the_corrected_table() -> None:
    for partner in PARTNERS:
        quantity = QUANTITIES[f"export_share_{partner}"]
        by_year = [Fraction(row[f"{partner}_share_pct"]) / 100 for row in CORRECTED.values()]
        assert quantity["value"] == by_year[-1]
        assert quantity["range"] == [min(by_year), max(by_year)]


def test_ranges_reflect_the_product_definition() -> None:
    bounds = [number("F037") / 100, number("F067") / 100]
    assert bounds == [Fraction("0.463"), Fraction("0.98")]
    by_product = {name for name, item in QUANTITIES.items() if item.get("range") == bounds}
    assert by_product == {
        "share_eu_imports", "share_mining", "share_mining_upper", "share_refining_lower",
        "share_refining", "share_products", "share_high_performance_magnets", "share_magnets",
        "share_eu_magnets",
    }  # fmt: skip
    assert QUANTITIES["share_us"]["source"] == "assumed"


def test_scenarios_set_the_share_of_the_eu_to_a_figure() -> None:
    scenarios = {
        name: values for name, values in CALIBRATION["scenarios"].items() if "share[EU]" in values
    }
    assert list(scenarios) == ["imports", "mining", "refining", "sintered-magnets", "eu-magnets"]
    for scenario in scenarios.values():
        assert set(scenario) == {"meaning", "source", "share[EU]"}
        assert scenario["share[EU]"] == converted(FIGURES[scenario["source"]], "1")
        assert scenario["source"] in {item["source"] for item in QUANTITIES.values()}


# ---- The reader refuses what does not fit --------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(FACTS, tmp_path / "facts")
    return tmp_path


READERS: dict[str, Callable[[Path], tuple[object, ...]]] = {
    "trade_2001_2024.csv": lambda root: facts.trade(False, root),
    "trade_corrections.csv": facts.trade_corrections,
    "figures.csv": facts.figures,
    "glossary.csv": facts.glossary,
    "events.toml": facts.events,
    "claims.toml": facts.claims,
}


# file, what is replaced (once), by what, where the fault has to be, what it has to say
MALFORMED = [
    ("trade_2001_2024.csv", "year,japan", "Year,japan", "line 1", "they have to be year"),
    ("trade_2001_2024.csv", "2005,71.00,45.62", "2005,71.00", "line 6", "6 cells instead of 7"),
    ("trade_2001_2024.csv", "45.62", "45,62", "line 6", "8 cells instead of 7"),
    ("trade_2001_2024.csv", "2005,71.00", "2005,7l.00", "line 6: column japan_value_", "number"),
    ("trade_2001_2024.csv", "2005,71.00", "2005,nan", "line 6: column japan_value_musd", "number"),
    ("trade_2001_2024.csv", "2005,71.00", "2005,1e999", "line 6: column japan_value_", "number"),
    ("trade_2001_2024.csv", "2005,71.00", "2005,", "line 6: column japan_value_musd", "nothing is"),
    ("trade_2001_2024.csv", "2005,71.00", "2005,-71.00", "line 6: column japan_value", "below one"),
    ("trade_2001_2024.csv", "45.62", "145.62", "line 6: column japan_share_pct", "0 and 100"),
    ("trade_2001_2024.csv", "2005,", "2004,", "line 6: column year", "also number 5"),
    ("trade_2001_2024.csv", "2005,", "2005.5,", "line 6: column year", "whole number"),
    ("trade_2001_2024.csv", "2005,71.00", '2005,"71.00', "line 25", "unexpected end"),
    ("trade_corrections.csv", "58;59", "58;;59", "line 2: column alternatives", "number"),
    ("trade_corrections.csv", "2009,eu_share_pct", "2009,eu", "line 2: column column", "one of"),
    ("figures.csv", "china_reserves,~", "china_reserves,≈", "line 31: column operator", "one of ="),
    ("figures.csv", "china_reserves,~,44", "china_reserves,~,x", "line 31: column value", "number"),
    ("figures.csv", "\nF030,", "\nF029,", "line 31: column id", "also number 30"),
    ("figures.csv", "\nF030,", "\n F030,", "line 31: column id", "without space"),
    ("figures.csv", "tse-2011", "tse-2011; a", "line 48: column primary_sources", "without space"),
    ("glossary.csv", ",ferrite motor,", ",,", "column english", "nothing is given"),
    ("events.toml", 'date = "1986"', 'date = "1986', "events.toml", "line"),
    ("events.toml", 'date = "1986"', 'dat = "1986"', "events 2 (E002): key dat", "unknown key"),
    ("events.toml", 'date = "1986"', "date = 1986", "events 2 (E002): key date", "no text"),
    ("events.toml", 'date = "1986"', 'date = "1986-13"', "events 2 (E002): key date", "no date"),
    ("events.toml", 'date = "1986"', 'date = "1986-02"', "events 2 (E002): key date", "precision"),
    ("events.toml", 'date = "1986"\n', "", "events 2 (E002): key date", "precision"),
    ("events.toml", 'date_end = "1979"', 'date_end = "1959"', "(E001): key date_end", "before"),
    ("events.toml", '"2025-10-30"', '"2025-10-32"', "(E055): key date", "no date"),
    ("events.toml", 'id = "E002"', 'id = "E001"', "events 2 (E001): key id", "also number 1"),
    ("events.toml", 'basis = "stated"\n', "", "events 1 (E001): key basis", "nothing is given"),
    ("events.toml", 'actors = ["US"]', "actors = []", "(E001): key actors", "no list"),
    ("events.toml", 'actors = ["US"]', "actors = [1]", "(E001): key actors", "no text"),
    ("events.toml", 'confidence = "medium"', 'confidence = "some"', "key confidence", "one of low"),
    ("events.toml", "_check]\nnote", "_check]\nnot", "external_check: key not", "unknown key"),
    ("events.toml", "[[events]]", "[[event]]", "events.toml: event", "one of periods"),
    ("events.toml", "[[periods]]", "x = " + "9" * 5000 + "\n[[periods]]", "events.toml", "mend"),
    ("events.toml", "[[periods]]", "x = " + "[" * 9000 + "\n[[periods]]", "events.toml", "mend"),
    ("claims.toml", 'id = "H1"\n', "id = 1\n", "claims 1 (1): key id", "no text"),
    ("claims.toml", 'theme = "', 'theme = " ', "claims 1 (H1): key theme", "no text"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "place", "message"), MALFORMED)
def test_a_malformed_table_is_refused_at_its_place(
    root: Path, name: str, old: str, new: str, place: str, message: str
) -> None:
    path = root / "facts" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    READERS[name](root)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Fault) as caught:
        READERS[name](root)
    assert caught.value.place.startswith(name)
    assert place in caught.value.place
    assert message in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_conflict_without_versions_and_a_period_without_a_year_are_refused(root: Path) -> None:
    path = root / "facts" / "events.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(\[conflicts.versions\])\n.*\n.*\n.*", r"\1", text, count=1))
    with pytest.raises(Fault, match=r"conflicts 1 \(C1\): key versions: \{\} is no table"):
        facts.conflicts(root)
    path.write_text(text.replace("first = 1990", 'first = "x"', 1))
    with pytest.raises(Fault, match=r"periods 1 \(P1\): key first: 'x' is no whole number"):
        facts.periods(root)


@pytest.mark.parametrize("name", READERS)
def test_what_is_no_text_is_refused(root: Path, name: str) -> None:
    path = root / "facts" / name
    content = path.read_bytes()
    path.write_bytes(content + b"\n\xff\xfe")
    line = content.count(b"\n") + 2
    with pytest.raises(Fault, match=f"line {line}.*UTF-8"):
        READERS[name](root)
    path.write_bytes(b" " * (4 * 2**20 + 1))
    with pytest.raises(Fault, match="too large"):
        READERS[name](root)
    path.unlink()
    with pytest.raises(UsageError, match="check the path"):
        READERS[name](root)
    path.mkdir()
    with pytest.raises(UsageError, match="check the path"):
        READERS[name](root)


def test_windows_line_ends_change_nothing(root: Path) -> None:
    for path in (root / "facts").iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    for reader in READERS.values():
        assert reader(root) == reader(ROOT)


def test_the_default_root_is_the_catalogue() -> None:
    pytest.importorskip("negotiation.model.catalogue")
    assert facts.figures() == facts.figures(ROOT)


# ---- The bibliography ----------------------------------------------------------------------------


def test_keys_of_the_bibliography() -> None:
    text = (ROOT / "references.bib").read_text(encoding="utf-8")
    assert list(KEYS) == re.findall(r"^@[a-z]+\{([^,\s]+),$", text, flags=re.MULTILINE)
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", key) for key in KEYS)
    assert KEYS[:5] == ("exemption-2025", "channel-2025", "licences-2025", "lin-2025", "li-li-2026")


def test_the_five_documents_state_their_reliability() -> None:
    text = (ROOT / "references.bib").read_text(encoding="utf-8")
    for key in KEYS[:5]:
        entry = re.search(rf"^@[a-z]+\{{{key},\n.*?^\}}$", text, flags=re.MULTILINE | re.DOTALL)
        assert entry is not None
        assert re.search(r"note = \{.*Reliability: ", entry.group())


WELL_FORMED = """% A comment, with an @ in it and a {
@string{jet = "Journal of {Economic} Theory"}
@comment{anything {nested} here}
@preamble{"text"}
@ARTICLE{ segal-2003 ,
  author = "Segal, {Ily"a}",
  journal = jet # " and " # {more},
  year = 2003, volume = {1{2{3}}4},
}
@misc{empty}
@misc{comma,}@misc{next, title={a}}
"""


def read_bibliography(folder: Path, text: str) -> tuple[str, ...]:
    path = folder / "some.bib"
    path.write_text(text, encoding="utf-8")
    return facts.bibliography_keys(path)


def test_well_formed_entries_are_read(tmp_path: Path) -> None:
    assert read_bibliography(tmp_path, WELL_FORMED) == ("segal-2003", "empty", "comma", "next")
    assert read_bibliography(tmp_path, "") == ()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("@misc{a, year = 1}\n@misc{a, year = 2}", 2, "'a' stands in line 1 already"),
        ("@misc{a, year = 1}\n\n@misc{A, year = 2}", 3, "'A' stands in line 1 already"),
        ("@misc{a, year = 1, Year = 2}", 1, "field 'year' of 'a' is repeated"),
        ("@misc{a,\n  title = {b\n}\n\n@misc{c, year = 1}", 5, "is missing in the entry 'a'"),
        ("@misc{a,\n  title = {b{\n}\n@misc{c, year = {1}}", 2, "never closed"),
        ('@misc{a,\n  title = "b,\n  year = {1}\n}', 2, "quotation mark opened here"),
        ('@misc{a,\n  title = "b}"\n}', 2, "quotation mark opened here"),
        ("@misc{a\n  title = {b}}", 2, "a comma or a closing brace is missing in the entry 'a'"),
        ("@misc{a, title = {b}\n year = 1}", 2, "a comma or a closing brace is missing"),
        ("@misc{, title = {b}}", 1, "no key"),
        ("@misc{title = {b}}", 1, "a comma or a closing brace is missing"),
        ("@misc{a, title {b}}", 1, "'title' of 'a' has no value"),
        ("@misc{a, title = }", 1, "'title' of 'a' has no value"),
        ("@misc{a, title = {b} # }", 1, "'title' of 'a' has no value"),
        ("@misc{a, = {b}}", 1, "field name is missing"),
        ("@misc{a,, title = {b}}", 1, "field name is missing"),
        ("\n@misc(a, title = {b})", 2, "not followed by a brace"),
        ("@misc{a, year = 1}}\n", 1, "neither an entry nor a comment"),
        ("misc{a, year = 1}", 1, "neither an entry nor a comment"),
        ("% fine\nSome text\n@misc{a}", 2, "neither an entry nor a comment"),
        ("@misc{a,\n year = 1,\n", 1, "never closed"),
        ("@string{a = {b}\n", 1, "never closed"),
    ],
)
def test_a_malformed_bibliography_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    with pytest.raises(Fault) as caught:
        read_bibliography(tmp_path, text)
    assert caught.value.place == f"some.bib: line {line}"
    assert message in caught.value.message
    assert caught.value.remedy


def test_a_damaged_bibliography_ends_with_keys_or_a_fault(tmp_path: Path) -> None:
    """Cut the text anywhere, drop any character, or double it: nothing else may come out."""
    refused = 0
    for i in range(len(WELL_FORMED)):
        rest = WELL_FORMED[i + 1 :]
        for damaged in (WELL_FORMED[:i], WELL_FORMED[:i] + rest, WELL_FORMED[: i + 1] * 2 + rest):
            try:
                read_bibliography(tmp_path, damaged)
            except Fault:
                refused += 1
    assert refused > len(WELL_FORMED)


def test_a_bibliography_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="check the path"):
        facts.bibliography_keys(tmp_path / "none.bib")
