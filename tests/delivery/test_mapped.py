from dataclasses import replace

import pyarrow as pa

from leverans.delivery.mapped import PLAN_SCHEMA, read_group, read_plan, write_bucket
from leverans.delivery.planning import plan_packages
from leverans.model import Case, File, Record, Row, assemble, disassemble
from leverans.registry import PackageLimits


def case(number, partition):
    file = File(id=f"f{number}", name="a", sha256=f"{number:064d}", size=1, crc32=1)
    return Case(
        id=f"c{number}",
        key=str(number),
        partition=partition,
        reference_code=f"R {number:03d}",
        title="T",
        records=(Record(f"r{number}", "1", "H", files=(file,)),),
        rows=(Row("s", str(number), "{}"),),
    )


def plan_of(cases, status="NEW"):
    return pa.Table.from_pylist(
        [
            {
                "object": case.id,
                "group": f"{case.partition}/open/{status}",
                "partition": case.partition,
                "route": "open",
                "status": status,
                "reference": case.reference_code,
                "key": case.key,
                "state": "new",
                "version": 1,
                "digest": "d",
                "closed": False,
                "parts": b"",
                "documents": 1,
                "records": 1,
                "bytes": 1,
            }
            for case in cases
        ],
        schema=PLAN_SCHEMA,
    )


def written(tmp_path, *buckets):
    folders = []
    for number, cases in enumerate(buckets):
        folder = tmp_path / f"{number:04d}"
        folder.mkdir()
        write_bucket(folder, plan_of(cases), disassemble(cases))
        folders.append(folder)
    return folders


def test_a_group_comes_back_whole_and_in_the_order_asked_for(tmp_path):
    one, two = [case(3, "2001"), case(1, "2002")], [case(2, "2001"), case(4, "2001")]
    folders = written(tmp_path, one, two)
    plans = plan_packages("m/d", folders)
    assert [(plan.partition, plan.objects["object"].to_pylist()) for plan in plans] == [
        ("2001", ["c2", "c3", "c4"]),
        ("2002", ["c1"]),
    ]
    tables = read_group(folders, plans[0].group, plans[0].objects["object"].combine_chunks())
    assert list(assemble(tables)) == [two[0], one[0], two[1]]


def test_a_bucket_without_objects_is_a_bucket(tmp_path):
    folders = written(tmp_path, [], [case(1, "2001")])
    assert read_plan(folders[0]).num_rows == 0
    assert len(plan_packages("m/d", folders)) == 1


def test_the_package_id_follows_the_versions_in_it(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = plan_packages("m/d", written(tmp_path / "a", [case(1, "2001"), case(2, "2001")]))
    same = plan_packages("m/d", written(tmp_path / "b", [case(2, "2001")], [case(1, "2001")]))
    assert one[0].id == same[0].id
    (tmp_path / "c").mkdir()
    other = plan_packages("m/d", written(tmp_path / "c", [case(1, "2001")]))
    assert other[0].id != one[0].id


def test_a_large_group_is_cut_into_linked_parts(tmp_path):
    folders = written(tmp_path, [case(number, "2001") for number in range(5)])
    plans = plan_packages("m/d", folders, PackageLimits(objects=2))
    assert [(plan.part, plan.parts, plan.objects.num_rows) for plan in plans] == [
        (1, 3, 2),
        (2, 3, 2),
        (3, 3, 1),
    ]
    ids = [plan.id for plan in plans]
    assert len(set(ids)) == 3
    assert [plan.siblings for plan in plans] == [tuple(ids[1:]), (ids[0], ids[2]), tuple(ids[:2])]


def test_of_very_many_parts_each_names_its_neighbours(tmp_path, monkeypatch):
    monkeypatch.setattr("leverans.delivery.planning.NAMED", 3)
    folders = written(tmp_path, [case(number, "2001") for number in range(4)])
    plans = plan_packages("m/d", folders, PackageLimits(objects=1))
    one, two, three, four = (plan.id for plan in plans)
    assert [plan.siblings for plan in plans] == [(two,), (one, three), (two, four), (three,)]


def test_a_heavy_group_is_cut_by_bytes(tmp_path):
    folders = written(tmp_path, [case(number, "2001") for number in range(3)])
    plans = plan_packages("m/d", folders, PackageLimits(bytes=2))
    assert [plan.objects.num_rows for plan in plans] == [2, 1]


def test_an_object_of_another_group_is_not_read(tmp_path):
    cases = [case(1, "2001"), replace(case(2, "2002"), title="Z")]
    folders = written(tmp_path, cases)
    tables = read_group(folders, "2001/open/NEW", pa.array(["c1"]))
    assert [found.id for found in assemble(tables)] == ["c1"]
