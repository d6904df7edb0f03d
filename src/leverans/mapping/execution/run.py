"""One bucket from source rows to archive objects."""

from collections.abc import Mapping as AnyMapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import facts
from leverans.mapping import language as lang
from leverans.mapping.blocks import PAIRS, RETENTION
from leverans.mapping.execution import cases, rows
from leverans.mapping.execution.arrow import Text, blank, holds, natural, repeat, repeated, where
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.documents import (
    References,
    discard_documents,
    documents_table,
    find_documents,
)
from leverans.mapping.execution.frames import Frame, satisfies
from leverans.mapping.execution.hierarchy import DEEP, LEVELS, settle_hierarchy
from leverans.mapping.execution.joins import join_all, selected
from leverans.mapping.execution.latest import only_newest
from leverans.mapping.execution.paper import declare_paper
from leverans.mapping.execution.parts import children_of, make_parts, part_rows
from leverans.mapping.execution.restrict import Openness, restrict
from leverans.mapping.execution.settling import settle
from leverans.mapping.execution.values import Evaluator, split_all
from leverans.mapping.execution.verdicts import Cause
from leverans.mapping.plan import Context, MappedBucket, Plan
from leverans.mapping.retention import START, model_rules, no_days, strange_rules

_KINDS = {"case": "caseFile", "subcase": "subfile"}
"""What a case or sub-case is where the mapping does not say."""


def execute(
    plan: Plan, bucket: AnyMapping[str, pa.Table], shared: AnyMapping[str, pa.Table], context: Context
) -> MappedBucket:
    """Map one bucket; see `Plan.execute`."""
    bench = Bench(plan, bucket, shared, context)
    return _Run(bench).bucket()


class _Run:
    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.entities = bench.mapping.entities
        self.references = References()
        self.seen: dict[str, list[Text]] = {}
        self.depth = 0

    def bucket(self) -> MappedBucket:
        bench = self.bench
        entity = self.entities[bench.mapping.root]
        frame, roots = cases.root_frame(bench, entity)
        self._cases(entity, frame, roots)
        settle(bench)
        settle_hierarchy(bench, entity)
        protected = np.zeros(len(roots), dtype=bool)
        protected[sorted(bench.protected)] = True
        documents = documents_table(bench, roots, protected, self.references)
        table = rows.rows_table(bench, entity, frame, roots, protected)
        tables = rows.with_protection(bench.output.tables(roots), roots, protected)
        return MappedBucket(tables, table, documents, bench.verdicts.table(roots, protected))

    def _cases(self, entity: lang.Entity, frame: Frame, roots: Text) -> None:
        bench = self.bench
        join_all(bench, frame, entity.joins)
        cases.keep(bench, entity, frame)
        split_all(bench, frame, entity.splits, entity.name)
        fields = self._fields(entity, frame)
        cases.unique(bench, entity, frame, fields)
        fields["partition"], when = cases.partition(bench, entity, frame, fields)
        fields |= cases.creator(bench, entity, frame, fields, when)
        make_parts(bench, entity, frame, roots)
        start = Openness.undeclared(len(frame))
        open_to = restrict(bench, entity, frame, roots, fields=fields, above=start)
        every = np.arange(len(frame))
        count = len(frame)
        own = {
            **fields,
            "id": roots,
            "key": frame.shown(every),
            "kind": pc.fill_null(fields.get("kind", blank(count)), _KINDS["case"]),
            "access": open_to.classes(np.zeros(count, dtype=bool)),
            "route": repeat("open", count),
            "version": pa.array(np.ones(count, dtype=np.int64)),
            "digest": repeat("", count),
        }
        order = natural([fields["reference_code"]], count)
        bench.output.add("case", frame.root, roots, own, order=order)
        self._children(entity, frame, roots, open_to)
        declare_paper(bench, frame, roots)

    def _children(self, entity: lang.Entity, frame: Frame, owners: Text, open_to: Openness) -> None:
        for block, child in enumerate(entity.children):
            below = self.entities[child.entity]
            made, parents = self._rows_below(entity, child, frame)
            made.key = below.key
            self.bench.claims(below.table).take(made.rows, made.root)
            if self.depth == LEVELS or (len(made) == 0 and child.entity == entity.name):
                cause = Cause(DEEP, "quarantine", below.name, child.where)
                self.bench.fault(made, np.arange(len(made)), cause)
                continue
            late = only_newest(self.bench, made, below.latest, below.name)
            made, parents = made.subset(late), parents[late]
            join_all(self.bench, made, below.joins)
            kept = self._kept(below, made)
            made, parents = made.subset(kept), parents[kept]
            split_all(self.bench, made, below.splits, below.name)
            made, ids, at = self._identified(below, made)
            parents = parents[at]
            above = open_to.of_parents(parents)
            owned_by = owners.take(pa.array(parents))
            self.depth += 1
            self._entity(below, made, ids, owned_by, above=above, order=child.order, block=block)
            self.depth -= 1

    def _rows_below(self, entity: lang.Entity, child: lang.Child, frame: Frame) -> tuple[Frame, np.ndarray]:
        bench = self.bench
        below = self.entities[child.entity]
        if child.same_row:
            own = Frame(frame.stream, frame.rows, frame.root, broken=frame.broken)
            at = where(satisfies(own, child.condition))
            return own.subset(at), at
        candidates = selected(bench, below.table, child.condition)
        rule = f"{entity.name}.children.{child.name}"
        return children_of(bench, frame, candidates, child.on, rule=rule, place=child.where)

    def _kept(self, entity: lang.Entity, frame: Frame) -> np.ndarray:
        """Apply the named rules of an entity below the root; what they exclude leaves with all below it."""
        alive = np.ones(len(frame), dtype=bool)
        for rule in entity.rules:
            out = np.flatnonzero(alive & ~np.asarray(satisfies(frame, rule.keep), dtype=bool))
            self._discard(entity, frame.subset(out), rule)
            alive[out] = False
        return np.flatnonzero(alive)

    def _discard(self, entity: lang.Entity, frame: Frame, rule: lang.Rule) -> None:
        if len(frame) == 0:
            return
        cases.discard_rows(self.bench, frame, rule)
        if entity.content is not None:
            discard_documents(self.bench, entity.content, frame)
        for part in entity.parts:
            if part.table:
                below, _parents = part_rows(self.bench, entity, part, frame)
                cases.discard_rows(self.bench, below, rule)
        for child in entity.children:
            below, _parents = self._rows_below(entity, child, frame)
            below.key = self.entities[child.entity].key
            self._discard(self.entities[child.entity], below, rule)

    def _identified(self, entity: lang.Entity, frame: Frame) -> tuple[Frame, Text, np.ndarray]:
        """Give the rows that have a key of their own, their object ids, and which rows they were."""
        bench = self.bench
        keys = [frame.text(column) for column in entity.key]
        has = np.ones(len(frame), dtype=bool)
        for key in keys:
            has &= np.asarray(holds(pc.not_equal(key, "")), dtype=bool)
        bench.fault(frame, np.flatnonzero(~has), Cause("MAP114", "quarantine", entity.name, entity.where))
        at = np.flatnonzero(has)
        keyed = frame.subset(at)
        ids = bench.object_ids(entity, [keyed.text(column) for column in entity.key])
        earlier = self.seen.setdefault(entity.name, [])
        several = repeated(ids)
        if not earlier and not len(several):
            earlier.append(ids)
            return keyed, ids, at
        taken = pa.concat_arrays([blank(0), *earlier])
        doubled = pc.or_(pc.is_in(ids, value_set=several), pc.is_in(ids, value_set=taken))
        bench.fault(keyed, where(doubled), Cause("MAP113", "quarantine", entity.name, entity.where))
        new = np.asarray(pc.invert(pc.is_in(ids, value_set=taken)), dtype=bool)
        codes = np.asarray(pc.dictionary_encode(ids).indices)
        first = np.sort(np.unique(codes, return_index=True)[1])  # rows lie in an order of their own
        first = first[new[first]]
        kept = ids.take(pa.array(first))
        earlier.append(kept)
        return keyed.subset(first), kept, at[first]

    def _entity(
        self,
        entity: lang.Entity,
        frame: Frame,
        ids: Text,
        owners: Text,
        *,
        above: Openness,
        order: tuple[str, ...],
        block: int,
    ) -> None:
        bench = self.bench
        fields = self._fields(entity, frame)
        kept = np.arange(len(frame))
        if entity.content is not None:
            found = find_documents(bench, entity, entity.content, frame, self.references)
            kept = found.kept
            fields = {**found.fields, **fields}
            if "name" in entity.fields:
                fields["name"] = pc.coalesce(fields["name"], found.fields["name"])
        taken = pa.array(kept, pa.int64())
        frame, ids, owners = frame.subset(kept), ids.take(taken), owners.take(taken)
        fields = {name: column.take(taken) for name, column in fields.items()}
        above = above.of_parents(kept)
        make_parts(bench, entity, frame, ids)
        open_to = restrict(bench, entity, frame, ids, fields=fields, above=above)
        own = {
            **fields,
            "id": ids,
            "key": frame.shown(np.arange(len(frame))),
            "access": open_to.classes(np.zeros(len(frame), dtype=bool)),
        }
        if entity.model in _KINDS:
            own["kind"] = pc.fill_null(own.get("kind", blank(len(frame))), _KINDS[entity.model])
        sort = natural([frame.text(column) for column in order], len(frame))
        bench.output.add(entity.model, frame.root, owners, own, block=block, order=sort, tie=frame.rows)
        self._children(entity, frame, ids, open_to)

    def _fields(self, entity: lang.Entity, frame: Frame) -> dict[str, Text]:
        made: dict[str, Text] = {}
        for name, value in entity.fields.items():
            evaluator = Evaluator(self.bench, frame, f"{entity.name}.{name}")
            if name in PAIRS:
                for take, half in enumerate(PAIRS[name]):
                    made[half] = evaluator.make(value, take=take)
            else:
                made[name] = evaluator.make(value, required=name in facts.REQUIRED[entity.model])
        rule = PAIRS[RETENTION][0]
        if rule in made:
            value = entity.fields.get(RETENTION) or entity.fields[rule]
            cause = Cause("MAP134", "quarantine", f"{entity.name}.{rule}", value.where)
            self.bench.fault(frame, where(strange_rules(made[rule])), cause)
            made[rule] = model_rules(made[rule])
        if START in made:
            cause = Cause("MAP135", "quarantine", f"{entity.name}.{START}", entity.fields[START].where)
            self.bench.fault(frame, where(no_days(made[START])), cause)
        return made
