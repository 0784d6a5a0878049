"""The text that Prometheus reads, read by its own parser; sums over processes that come and go."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from console.serving.metrics import Sheet, summed, text

BOUNDS = (0.001, 0.1)
ROUTE = {"name": 'od"d\\na\nme', "version": 7, "revision": 9, "share": 0.25}


def count(requests: int) -> dict[str, Any]:
    return {
        "requests": requests, "errors": 1, "rows": 2 * requests, "seconds": 0.5, "latency": [requests - 1, 0, 0],
        "compared": 0, "agreed": 0,
    }


def samples(said: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(said) for sample in family.samples
    }


def test_the_parser_of_prometheus_reads_it(tmp_path: Path) -> None:
    for number in (1, 2):
        sheet = Sheet(Counter({("predict", 200): 3}), {("m", 7, "stable"): count(4)})
        sheet.write(tmp_path / f"{number}.json")
    found = samples(text(summed(tmp_path), BOUNDS, [ROUTE], True, 2))
    assert found["footplate_http_requests_total", (("status", "200"), ("what", "predict"))] == 6
    key = ("model", "m"), ("role", "stable"), ("version", "7")
    assert found["footplate_predict_requests_total", key] == 8
    assert found["footplate_predict_errors_total", key] == 2
    assert found["footplate_predict_seconds_bucket", (("le", "0.001"), *key)] == 6
    assert found["footplate_predict_seconds_bucket", (("le", "+Inf"), *key)] == 6
    assert found["footplate_predict_seconds_count", key] == 6
    assert found["footplate_model_version", (("model", ROUTE["name"]),)] == 7
    assert found["footplate_ready", ()] == 1


def test_a_torn_sheet_or_one_that_goes_is_passed_over(tmp_path: Path) -> None:
    Sheet(Counter({("predict", 200): 3})).write(tmp_path / "1.json")
    (tmp_path / "2.json").write_text('{"asked"')
    assert summed(tmp_path).asked == {("predict", 200): 3}
    assert summed(tmp_path / "gone").asked == {}
