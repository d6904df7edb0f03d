"""Rules as typed suites of Great Expectations; the only module that imports it.

What experience with it taught (docs/rules.md): a misspelt type in a dict is dropped and the suite succeeds
with nothing evaluated, so only typed classes are made. Results come in another order, so they are matched on
`meta`. A missing column is a result like any other, so what raised inside is told apart from what failed.
Values of failing rows would be copied into results, log and warnings, so none of these is let through: rows
are found by their index alone. A suite costs tens of milliseconds however few the rows, so it is run on
buckets, never on cases.
"""

import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations
import great_expectations.expectations as classes
from great_expectations.core import ExpectationSuite
from great_expectations.data_context.types.base import ProgressBarsConfig

from leverans.errors import ConfigurationError
from leverans.quality.port import Check, Facts, Outcome
from leverans.quality.subject import Unable, columns, subject
from leverans.quality.verdicts import nothing_proved, of_rows

CODE = "QUA120"
_RULE = "rule"
_RESULTS = {
    "result_format": "COMPLETE",  # the only one that gives the index of every row …
    "exclude_unexpected_values": True,  # … and this leaves the values out
    "include_unexpected_rows": False,
    "partial_unexpected_count": 0,
    "return_unexpected_index_query": False,
}

logging.captureWarnings(capture=False)  # importing it sends every warning of the process to the log
_LOG = logging.getLogger("great_expectations")
_LOG.propagate = False  # its messages quote values
_LOG.addHandler(logging.NullHandler())


class GxEngine:
    """Evaluates rules of the kind ``expectation``.

    Args:
        checks: the rules; each is made a typed expectation at once.

    Raises:
        ConfigurationError: QUA004, the installed release does not take one of them.
    """

    def __init__(self, checks: Sequence[Check]) -> None:
        self._made = {check.id: typed(check) for check in checks}

    def run(self, checks: Sequence[Check], tables: Mapping[str, pa.Table], facts: Facts) -> list[Outcome]:
        """Evaluate every rule, one suite for all rules about the same rows.

        A rule that cannot be checked proves nothing about any object: every object gets a verdict QUA002.
        """
        outcomes: list[Outcome] = []
        groups: dict[tuple[str, str], list[Check]] = {}
        for check in checks:
            groups.setdefault((check.on, repr(check.when.tests)), []).append(check)
        for group in groups.values():
            outcomes += self._group(group, tables, facts)
        return outcomes

    def _group(self, checks: list[Check], tables: Mapping[str, pa.Table], facts: Facts) -> Iterator[Outcome]:
        try:
            table = subject(checks[0], tables, facts)
        except Unable as reason:
            yield from (_unable(check, tables, str(reason)) for check in checks)
            return
        able: list[Check] = []
        for check in checks:
            absent = [name for name in columns(check) if name not in table.column_names]
            if absent:
                yield _unable(check, tables, f"no column {', '.join(absent)}")
            else:
                able.append(check)
        if able:
            yield from self._suite(able, table, tables)

    def _suite(
        self, checks: list[Check], table: pa.Table, tables: Mapping[str, pa.Table]
    ) -> Iterator[Outcome]:
        by_id = {check.id: check for check in checks}
        suite = ExpectationSuite(name=checks[0].on, expectations=[self._made[check.id] for check in checks])
        for result in results(suite, _frame(table, checks)):
            rule = (result.expectation_config.meta or {}).get(_RULE)
            if rule in by_id:
                yield _outcome(by_id[rule], result, table, tables)


def typed(check: Check) -> Any:
    """Make the typed expectation of a rule.

    Raises:
        ConfigurationError: QUA004, the installed release has no such class or does not take the parameters.
    """
    name, given = check.arguments["name"], check.arguments["with"]
    kind = getattr(classes, name, None)
    if kind is None:
        raise ConfigurationError("QUA004", check.where, rule=check.id, name=name)
    try:
        return kind(**given, meta={_RULE: check.id})
    except (TypeError, ValueError) as fault:  # pydantic's own errors are ValueErrors
        raise ConfigurationError("QUA004", check.where, rule=check.id, name=name) from fault


def results(suite: ExpectationSuite, frame: pd.DataFrame) -> list[Any]:
    """Validate a frame in a context of its own that is nowhere written down and forgets the frame."""
    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("bucket").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote values
        return list(batch.validate(suite, result_format=dict(_RESULTS)).results)


def _frame(table: pa.Table, checks: list[Check]) -> pd.DataFrame:
    """Give the columns that the rules need, numbered from 0 so that a row is found by its index."""
    needed = list(dict.fromkeys(name for check in checks for name in columns(check)))
    frame: pd.DataFrame = table.select(needed).to_pandas(integer_object_nulls=True)
    return frame


def _outcome(check: Check, result: Any, table: pa.Table, tables: Mapping[str, pa.Table]) -> Outcome:
    found = result.result.get("unexpected_index_list")
    counted = result.result.get("unexpected_count")
    if _raised(result.exception_info) or found is None or len(found) != counted:
        return _unable(check, tables, f"{check.arguments['name']} raised on {', '.join(columns(check))}")
    if bool(result.success) == bool(found):
        return _unable(check, tables, f"{check.arguments['name']} contradicts itself")
    mask = np.zeros(table.num_rows, dtype=bool)
    mask[np.asarray(found, dtype=np.int64)] = True
    verdicts = of_rows(check, table, pa.array(mask), CODE, ", ".join(columns(check)))
    return Outcome(check.id, int(result.result["element_count"]), verdicts)


def _raised(told: Any) -> bool:
    """Say whether a metric raised: one dict, or one dict per metric."""
    if not isinstance(told, Mapping):
        return bool(told)
    return bool(told.get("raised_exception")) or any(
        _raised(inner) for inner in told.values() if isinstance(inner, Mapping)
    )


def _unable(check: Check, tables: Mapping[str, pa.Table], reason: str) -> Outcome:
    return Outcome(check.id, 0, nothing_proved(check, tables, reason), unable=reason)
