"""The facts as text and JSON."""

from __future__ import annotations

import json

import jsonschema
import pytest

from negotiation import UsageError, facts
from negotiation.report.facts_page import TOPICS, facts_document, facts_lines
from negotiation.schemas import schema


@pytest.mark.parametrize("topic", TOPICS)
def test_every_table_has_lines_and_rows(topic: str) -> None:
    assert len(list(facts_lines(topic))) >= len(getattr(facts, topic)())
    document = json.loads(json.dumps(facts_document(topic), ensure_ascii=False))
    assert document["schema"] == "negotiation/facts/1"
    assert len(document[topic]) == len(getattr(facts, topic)())


def test_the_trade_page_marks_the_corrected_cells() -> None:
    lines = list(facts_lines("trade"))
    starred = [line for line in lines if line[:4].isdigit() and "*" in line]
    assert [line[:4] for line in starred] == ["2009", "2012"]
    assert any("printed 1037, used 137" in line for line in lines)


def test_every_row_names_its_sources() -> None:
    document = facts_document(None)
    for topic in ("events", "claims"):
        assert all(row["sources"] for row in document[topic])
    assert all(row["source"] for row in document["figures"])


def test_an_unknown_table_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="figures"):
        list(facts_lines("figure"))


def test_the_document_fits_its_published_schema() -> None:
    document = json.loads(json.dumps(facts_document(None)))
    jsonschema.validate(document, schema(document["schema"]))
