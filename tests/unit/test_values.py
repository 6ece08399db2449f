"""Values of parameters: exact, correctly rounded where digits say so, and inside their domains.

The oracle of certified decimals is mpmath at 400 digits, a program of its own arithmetic.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from negotiation import Model, ModelError, Parameter, UsageError
from negotiation.errors import Fault
from tests.drawing import examples


def model(origin: Path | None = None, **parameters: Parameter | dict[str, object]) -> Model:
    return Model(
        name="values",
        players=["A"],
        sets={"importers": ["US", "EU"], "exporters": ["CN", "JP"]},
        moves=[{"name": "act", "player": "A", "actions": ["yes"]}],
        payoffs={"A": "0"},
        parameters=parameters,
        calibration="calibration.toml" if origin else None,
        origin=origin,
    )


def certified(formula: str, digits: int | None = 4) -> Fraction | None:
    return model(x=Parameter(value=formula, digits=digits)).values()["x"]


def refusal(**parameters: Parameter | dict[str, object]) -> Fault:
    with pytest.raises(ModelError) as caught:
        model(None, **parameters)
    (fault,) = caught.value.faults
    assert fault.place
    assert fault.remedy
    return fault


# -- certified decimals ---------------------------------------------------------------------------


def rounded_by_mpmath(formula: str, digits: int) -> Fraction:
    """Return the formula's value rounded half to even, computed with 400 digits."""
    with mpmath.workdps(400):
        names = {"exp": mpmath.exp, "log": mpmath.log, "sqrt": mpmath.sqrt, "mpf": mpmath.mpf}
        number = eval(formula, {"__builtins__": {"abs": abs, "min": min, "max": max}}, names)  # noqa: S307
        scaled = mpmath.mpf(number) * mpmath.mpf(10) ** digits
        nearest = int(mpmath.nint(scaled))
        assert abs(abs(scaled - nearest) - 0.5) > mpmath.mpf(10) ** -320, "too close to decide"
        return Fraction(nearest, 10**digits)


@pytest.mark.parametrize(
    ("formula", "digits"),
    [
        ("-log(mpf(3)/10) / 3", 4),
        ("exp(1)", 50),
        ("exp(-7)", 3),
        ("log(2)", 100),
        ("sqrt(2)", 0),
        ("mpf(2) ** mpf('0.3')", 20),
        ("mpf(7) ** (mpf(1) / 3) - exp(-1)", 9),
        ("exp(200)", 2),
        ("1 / (exp(20) + log(5))", 12),
        ("exp(mpf(22) / 7) - exp(mpf(355) / 113)", 30),
        # within 1e-40 of halfway: 64 bits do not decide
        ("sqrt(mpf('1000000000000.5') ** 2 + mpf('1e-27'))", 0),
        ("sqrt(mpf('1000000000000.5') ** 2 - mpf('1e-27'))", 0),
        ("log(1 + mpf('1e-80')) + mpf('0.5')", 0),
        ("log(1 - mpf('1e-80')) + mpf('0.5')", 0),
        ("exp(mpf('1e-300')) / 2", 0),
        ("exp(-mpf('1e-300')) / 2", 0),
        ("sqrt(1 + mpf('1e-200')) - 1", 100),
        ("min(exp(1), sqrt(7), 3) + max(log(2), mpf('0.1')) + abs(log(mpf('0.1')))", 15),
    ],
)
def test_digits_round_correctly(formula: str, digits: int) -> None:
    text = formula.replace("mpf('", "(").replace("')", ")").replace("mpf(", "(")
    assert certified(text, digits) == rounded_by_mpmath(formula, digits)


@examples(150)
@given(
    function=st.sampled_from(["exp", "log", "sqrt"]),
    numerator=st.integers(1, 200),
    denominator=st.integers(1, 300),
    power=st.fractions(-3, 3, max_denominator=7),
    digits=st.integers(0, 30),
)
def test_digits_agree_with_mpmath(
    function: str, numerator: int, denominator: int, power: Fraction, digits: int
) -> None:
    argument = f"{numerator} / {denominator}"
    exponent = f"({power.numerator} / {power.denominator})"
    # a tie would have to be decided exactly, which mpmath cannot
    assume(function != "sqrt" or power.denominator > 2)
    ours = f"{function}({argument}) - ({argument}) ** {exponent}"
    theirs = f"{function}(mpf({numerator}) / {denominator})"
    theirs += f" - (mpf({numerator}) / {denominator})"
    theirs += f" ** (mpf({power.numerator}) / {power.denominator})"
    assert certified(ours, digits) == rounded_by_mpmath(theirs, digits)


@pytest.mark.parametrize(
    ("formula", "digits", "wanted"),
    [
        ("sqrt(0.25)", 0, "0"),  # exactly halfway: to even
        ("sqrt(2.25)", 0, "2"),
        ("sqrt(6.25)", 0, "2"),
        ("0.25 ** 0.5", 0, "0"),
        ("(27 / 8) ** (2 / 3)", 1, "2.2"),
        ("(27 / 8) ** (-2 / 3)", 2, "0.44"),
        ("-sqrt(0.25)", 0, "0"),
        ("0.125", 2, "0.12"),
        ("1 / 3", 4, "0.3333"),
        ("exp(0) + log(1)", 0, "1"),
        ("0 ** 0.5", 3, "0"),
        ("0 ** exp(1)", 3, "0"),
        ("1 ** 0.7", 3, "1"),
        ("4 ** -0.5", 3, "0.5"),
        ("sqrt(2) ** 2", 3, "2"),
        ("exp(log(3))", 6, "3"),
        ("log(4) / log(2)", 6, "2"),
        ("1 if exp(1) > 2.7 else 0", 0, "1"),
        ("1 if 2.7 < exp(1) < 2.71 else 0", 0, "0"),
        ("exp(-exp(9))", 50, "0"),
        ("exp(exp(-exp(10)))", 50, "1"),
    ],
)
def test_what_is_exact_stays_exact(formula: str, digits: int, wanted: str) -> None:
    assert certified(formula, digits) == Fraction(wanted)


def test_without_digits_the_value_is_rational() -> None:
    assert certified("1 / 3 + 2 ** -3", None) == Fraction(11, 24)
    assert certified("-(1 > 0)", None) == -1
    assert certified("(2 > 1) + (3 > 1)", None) == 2


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("log(0)", "log(0) is not a real number"),
        ("log(-2)", "log(-2) is not a real number"),
        ("sqrt(-1)", "sqrt(-1) is not a real number"),
        ("sqrt(log(0.5))", "sqrt of -0.693147 is not a real number"),
        ("log(log(0.5))", "log of -0.693147 is not a real number"),
        ("(-8) ** (1 / 3)", "a broken power of a negative number"),
        ("log(0.5) ** 0.5", "a broken power of a negative number"),
        ("0 ** -0.5", "divides by zero"),
        ("0 ** -1", "divides by zero"),
        ("0 ** -exp(1)", "divides by zero"),
        ("0 ** (log(4) - 2 * log(2))", "cannot be decided"),
        ("sqrt(2) ** (10 ** 999)", "too large"),
        ("sqrt(2) ** -(10 ** 999) / 0", "divides by zero"),
        ("exp(1) / 0", "divides by zero"),
        ("1 / 0", "divides by zero"),
        ("exp(1000000)", "out of range"),
        ("exp(-1000000)", "out of range"),
        ("exp(exp(20))", "too large"),
        ("exp(9000)", "too large"),
        ("(10 ** 900) ** 100.5", "too large"),
        ("sqrt(2) ** 1000000000", "too large"),
        ("2 ** 100000", "too large"),
        ("sqrt(2) * sqrt(2) / 4", "cannot be decided"),
        ("1 if sqrt(2) * sqrt(2) == 2 else 0", "cannot be decided"),
        ("1 / (log(4) - 2 * log(2))", "cannot be decided"),
        ("1 if exp(1) in (1, 2) else 0", "cannot be evaluated"),
        ("max(1 for i in importers if i == US and 1 > 2)", "max of nothing"),
    ],
)
def test_values_that_are_none(formula: str, message: str) -> None:
    fault = refusal(x=Parameter(value=formula, digits=0))
    assert fault.place == "parameters.x.value"
    assert fault.text == formula
    assert message in fault.message


def test_transcendental_functions_need_digits() -> None:
    for formula in ("log(2)", "exp(1)", "sqrt(4)", "2 ** 0.5", "2 ** (1 / 2)"):
        fault = refusal(x=Parameter(value=formula))
        assert "digits" in fault.message
        assert "digits = 4" in fault.remedy
    # an exponent that is known only at the values
    fault = refusal(e=Parameter(value="1/2"), x=Parameter(value="2 ** e"))
    assert "digits" in fault.remedy


def test_the_decimal_is_the_value_from_then_on() -> None:
    values = model(x=Parameter(value="log(2)", digits=2), y=Parameter(value="x * 3")).values()
    assert values == {"x": Fraction("0.69"), "y": Fraction("2.07")}


def test_the_precision_of_the_caller_is_left_alone() -> None:
    import flint

    before = flint.ctx.prec
    certified("log(1 + 1e-80) + 0.5", 0)
    assert flint.ctx.prec == before


# -- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (1, "1"),
        (0.1, "0.1"),
        (1e-7, "1e-7"),
        ("0.1", "0.1"),
        ("1/3", "1/3"),
        ("-2", "-2"),
        ("2 ** -2", "0.25"),
        ("1_000", "1000"),
        (Fraction(1, 3), "1/3"),
        (Decimal("0.1"), "0.1"),
        (Decimal("1E+3"), "1000"),
        (np.float64(0.1), "0.1"),
        (np.int64(7), "7"),
        (np.uint8(7), "7"),
    ],
)
def test_numbers_are_the_decimals_they_spell(given: object, wanted: str) -> None:
    assert model(x=Parameter(value=2)).values({"x": given})["x"] == Fraction(wanted)
    assert model(x=Parameter(value=given)).values()["x"] == Fraction(wanted)


@pytest.mark.parametrize(
    "given",
    [
        "abc",
        "x",
        "1 +",
        "",
        "1/0",
        "9**9**9",
        "2**2**2**2**2**2",
        "1e999999999",
        "1" * 5000,
        "nan",
        "inf",
        "0x10",
        "1j",
        "True",
        "__import__('os')",
        True,
        None,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("sNaN123"),
        Decimal("-Infinity"),
        10**2000,
        Fraction(1, 10**2000),
        [1],
        {"US": 1},
        1j,
        b"1",
        "１",
        "٣",
        np.float64("nan"),
        np.array([1, 2]),
    ],
)
def test_what_is_no_number_is_refused(given: object) -> None:
    with pytest.raises(UsageError) as caught:
        model(x=Parameter(value=2)).values({"x": given})
    assert caught.value.place == "--set x"
    assert caught.value.remedy


def test_numbers_of_a_thousand_digits_and_no_more() -> None:
    long = "1" * 1000
    assert model(x=Parameter(value=int(long))).values()["x"] == int(long)
    text = "name = 'n'\nform = 'extensive'\nplayers = ['A']\n[payoffs]\nA = '0'\n[[moves]]\n"
    text += "name = 'm'\nplayer = 'A'\nactions = ['a']\n[parameters.x]\nvalue = "
    for spelled in (long, f"0.{long[:-1]}", "1e999", "1e-999", "-1e-999", f'"{long}"'):
        found = Model.from_toml(text + spelled)
        assert Model.from_toml(found.to_toml()) == found
    for spelled in (long + "1", f"0.{long}1", "1e1000", "1e-1001", "1e999999999", "1e-999999999"):
        with pytest.raises(ModelError):
            Model.from_toml(text + spelled)


# -- settings -------------------------------------------------------------------------------------


def derived() -> Model:
    return model(
        share={"over": "i in importers", "value": {"US": 0.5, "EU": 0.25}, "domain": "share < 1"},
        double={"over": "i in importers", "value": "2 * share[i]"},
        total={"value": "sum(double[i] for i in importers)"},
        free={},
        more={"value": "free + 1"},
    )


def test_derived_values_follow_what_they_are_derived_from() -> None:
    values = derived().values({"share[US]": "0.75"})
    assert values["double[US]"] == Fraction(3, 2)
    assert values["double[EU]"] == Fraction(1, 2)
    assert values["total"] == 2


def test_setting_a_derived_value_overrides_its_formula() -> None:
    assert derived().values({"double[US]": 5})["total"] == Fraction(11, 2)
    assert derived().values({"total": 5})["total"] == 5


def test_a_bare_family_sets_every_member_and_a_member_goes_first() -> None:
    for order in ({"share": 0.1, "share[EU]": 0.2}, {"share[EU]": 0.2, "share": 0.1}):
        values = derived().values(order)
        assert (values["share[US]"], values["share[EU]"]) == (Fraction("0.1"), Fraction("0.2"))
    spaced = derived().values({" share [ EU ] ": 0.3})
    assert spaced["share[EU]"] == Fraction("0.3")


def test_a_parameter_without_value_stays_symbolic_and_so_does_what_reads_it() -> None:
    values = derived().values()
    assert values["free"] is None
    assert values["more"] is None
    assert derived().values({"free": 1})["more"] == 2
    with pytest.raises(UsageError, match="free has no value") as caught:
        derived().at()
    assert "--set free=1" in caught.value.remedy
    assert derived().at({"free": 0, "more": 3}).parameters["more"] == 3


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("shar", "share"),
        ("share[UK]", "share[US]"),
        ("share[]", "share"),
        ("act", "known here"),
        ("importers_", "known here"),
        ("", "known here"),
        ("share[US", "share"),
        ("share]US[", "share"),
        ("a" * 10_000, "known here"),
        ("share[US, EU]", "share["),
        ("double[CN]", "double["),
    ],
)
def test_unknown_settings_name_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(UsageError) as caught:
        derived().values({name: 1})
    assert caught.value.place == "--set"
    assert nearest in caught.value.remedy
    assert len(str(caught.value)) < 1000


# -- domains --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "inside", "outside"),
    [
        ("0 <= x < 1", "0", "1"),
        ("x > 1", "1.0000001", "1"),
        ("x in (0, 1)", "1", "0.25"),
        ("x != 2", "1", "2"),
        ("1 / x > 0", "1", "0"),
        ("x > low", "6", "5"),
        ("not x < 3 and (x < 4 or x > 7)", "8", "5"),
        ("abs(x) <= 3", "-3", "-4"),
        ("x ** 2 <= 4", "-2", "3"),
    ],
)
def test_domains_hold_in_the_parameters_own_name(domain: str, inside: str, outside: str) -> None:
    document = model(low=Parameter(value=5), x=Parameter(domain=domain))
    assert document.values({"x": inside})["x"] == Fraction(inside)
    with pytest.raises(UsageError) as caught:
        document.values({"x": outside})
    assert f"x = {outside}" in caught.value.message
    assert domain in caught.value.message
    assert caught.value.place == "parameters.x.value"
    fault = refusal(low=Parameter(value=5), x=Parameter(domain=domain, value=outside))
    assert fault.message == caught.value.message


def test_domains_of_members_and_of_derived_values() -> None:
    fault = refusal(
        y={"over": "i in importers", "domain": "y < 1", "value": {"US": 0.5, "EU": 2}},
    )
    assert fault.message == "y[EU] = 2 is outside its domain y < 1"
    with pytest.raises(UsageError, match="is outside its domain"):
        derived().values({"share": 3})
    fault = refusal(
        y={"over": "i in importers", "domain": "y[i] < 1", "value": {"US": 0.5, "EU": 2}},
    )
    assert "y[EU] = 2" in fault.message


def test_integers() -> None:
    assert "is no whole number" in refusal(x=Parameter(value=0.5, integer=True)).message
    assert model(x=Parameter(value="4/2", integer=True)).values()["x"] == 2


def test_all_violations_are_reported_at_once() -> None:
    with pytest.raises(ModelError) as caught:
        model(
            x=Parameter(value=0.5, integer=True, domain="x > 1"),
            y=Parameter(value="1 / 0"),
            z=Parameter(value="y + 1", domain="z < 0"),
            w=Parameter(value="log(0)", digits=2),
        )
    assert [fault.place for fault in caught.value.faults] == [
        "parameters.y.value",
        "parameters.w.value",
        "parameters.x.value",
        "parameters.x.value",
    ]


def test_assumptions_restrict_jointly() -> None:
    document = Model(
        name="joint",
        players=["A"],
        moves=[{"name": "act", "player": "A", "actions": ["yes"]}],
        payoffs={"A": "0"},
        parameters={"x": {"value": 1}, "y": {"value": 2}, "z": {}},
        assume=["x < y", "z > x"],
    )
    assert document.values({"z": 5})["z"] == 5
    with pytest.raises(UsageError) as caught:
        document.values({"x": 2})
    assert caught.value.place == "assume[0]"
    with pytest.raises(UsageError, match="violate the assumption z > x"):
        document.values({"z": 1})


def test_long_values_are_shortened_in_messages() -> None:
    fault = refusal(x=Parameter(value="10 ** 999 + 1/3", domain="x < 1"))
    assert "x = 1.00000E+999 is outside" in fault.message
    fault = refusal(x=Parameter(value="1 / (10 ** 999 + 1)", domain="x > 1"))
    assert "x = 1.00000E-999 is outside" in fault.message


# -- calibration ----------------------------------------------------------------------------------

CALIBRATION = """
[quantities.share_magnets]
value = 0.9
range = [0.8, 0.95]
unit = "1"
meaning = "China's share of magnets"
source = "F042"

[quantities.share_mining]
value = "2/3"
source = "F033"

[scenarios.mining]
meaning = "mine output"
source = "F033"
"share[EU]" = 0.69
x = { US = 1, EU = 2 }

[scenarios.all]
share = 0.1
share_magnets = 0.2

[scenarios.wrong]
nothing = 1

[scenarios.text]
share = "abc"

[scenarios.list]
share = [1]
"""


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    (tmp_path / "calibration.toml").write_text(CALIBRATION, encoding="utf-8")
    return tmp_path / "values.toml"


def calibrated(origin: Path, **more: object) -> Model:
    return model(
        origin=origin,
        share={"over": "i in importers", "use": {"US": "share_magnets", "EU": "share_mining"}},
        x={"over": "i in importers", "value": 0},
        one={"use": "share_magnets", "meaning": "mine"},
        **more,  # type: ignore[arg-type]
    )


def test_use_takes_value_range_unit_meaning_and_source(origin: Path) -> None:
    from negotiation.model.calibration import calibrated as completed

    document = calibrated(origin)
    values = document.values()
    assert values["share[US]"] == values["one"] == Fraction("0.9")
    assert values["share[EU]"] == Fraction(2, 3)
    one = completed(document)["one"]
    assert one.range == (Fraction("0.8"), Fraction("0.95"))
    assert (one.unit, one.source) == ("1", "F042")
    assert one.meaning == "mine"  # what the model says itself goes first
    share = completed(document)["share"]
    assert share.source == {"US": "F042", "EU": "F033"}
    assert share.range == {"US": (Fraction("0.8"), Fraction("0.95"))}


def test_scenarios_are_bundles_of_values(origin: Path) -> None:
    document = calibrated(origin)
    mining = document.values(scenario="mining")
    assert mining["share[EU]"] == Fraction("0.69")
    assert mining["share[US]"] == Fraction("0.9")
    assert mining["x[US]"] == 1
    assert mining["x[EU]"] == 2
    every = document.values(scenario="all")
    assert every["one"] == Fraction("0.2")  # a quantity sets what uses it
    assert every["share[EU]"] == Fraction("0.1")
    settings_first = document.values({"share[EU]": 0.5}, scenario="mining")
    assert settings_first["share[EU]"] == Fraction("0.5")
    family = document.values({"share": 0.5}, scenario="mining")
    assert family["share[EU]"] == Fraction("0.5")


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        ("minig", "no scenario is called 'minig'"),
        ("wrong", "no parameter is called 'nothing'"),
        ("text", "'abc' is no number"),
        ("list", "expected a number, found a list"),
        ("", "no scenario is called ''"),
    ],
)
def test_scenarios_that_are_none(origin: Path, scenario: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        calibrated(origin).values(scenario=scenario)
    assert caught.value.place.startswith("--s")
    assert caught.value.remedy


def test_a_model_without_calibration_has_no_scenarios() -> None:
    with pytest.raises(UsageError, match="names no calibration file"):
        derived().values(scenario="mining")


@pytest.mark.parametrize(
    ("parameter", "place", "message"),
    [
        ({"use": "share_magnet"}, "parameters.p.use", "no quantity is called 'share_magnet'"),
        ({"use": "share_mining", "value": 1}, "parameters.p", "both value and use"),
        ({"use": {"US": "share_mining"}}, "parameters.p.use", "has a table, but no members"),
        (
            {"over": "i in importers", "use": {"US": "share_mining"}},
            "parameters.p.use",
            "no use for EU",
        ),
    ],
)
def test_uses_that_are_none(
    origin: Path, parameter: dict[str, object], place: str, message: str
) -> None:
    with pytest.raises(ModelError) as caught:
        calibrated(origin, p=parameter)
    (fault,) = caught.value.faults
    assert fault.place == place
    assert message in fault.message


def test_use_without_a_calibration_file(tmp_path: Path) -> None:
    assert "calibration file" in refusal(p=Parameter(use="share_mining")).message
    with pytest.raises(ModelError, match="is not there"):
        calibrated(tmp_path / "values.toml")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("quantity = 1", "quantity", "unknown key"),
        ("quantities = 1", "quantities", "is no table"),
        ("[quantities]\na = 1", "quantities.a", "is no table"),
        ("[quantities.a]\nvalu = 1", "quantities.a.valu", "unknown key"),
        ("[quantities.a]\nvalue = 'x'", "quantities.a.value", "is no number"),
        ("[quantities.a]\nvalue = {US = 1}", "quantities.a.value", "is no number"),
        ("[quantities.a]\nrange = [1, 'x']", "quantities.a.range", "is no number"),
        ("[quantities.a]\nrange = 3", "quantities.a.range", "expected a list"),
        ("[quantities.a]\nvalue = true", "quantities.a.value", "found true"),
        ("[quantities.a]\nunit = 1", "quantities.a.unit", "expected text"),
        ("scenarios = []", "scenarios", "is no table"),
        ("[scenarios]\na = 1", "scenarios.a", "is no table"),
        ("[scen", "end of document", "not TOML"),
    ],
)
def test_calibration_files_that_are_invalid(
    tmp_path: Path, text: str, place: str, message: str
) -> None:
    (tmp_path / "calibration.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        calibrated(tmp_path / "values.toml")
    fault = caught.value.faults[0]
    assert fault.place == f"calibration.toml: {place}"
    assert message in fault.message
    assert fault.remedy


def test_faults_of_both_files_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "calibration.toml").write_text("quantities = 1", encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        calibrated(tmp_path / "values.toml", p={"use": "q", "domain": "p >"}, q={"value": "r"})
    assert [fault.place for fault in caught.value.faults] == [
        "parameters.p.domain",
        "parameters.q.value",
        "calibration.toml: quantities",
    ]


def test_a_calibration_file_that_changes_is_read_again(origin: Path) -> None:
    import os

    document = calibrated(origin)
    file = origin.parent / "calibration.toml"
    file.write_text(CALIBRATION.replace("0.9\n", "0.5\n"), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert document.values()["one"] == Fraction(1, 2)
    file.write_text(CALIBRATION.replace("share_mining", "share_milling"), encoding="utf-8")
    os.utime(file, ns=(2, 2))
    with pytest.raises(ModelError, match="share_mining"):
        document.values()
