"""A made-up Open ePlatform: all tables of the real schema, and cases with an answer of every kind of question.

    python -m tests.support.openeplatform SCHEMA.csv FOLDER [--cases N]

The schema is read, never kept: `data/openeplatform/openeplatform_mysql_schema.csv`. Every value is invented.
"""

import argparse
import contextlib
import csv
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

DATABASE, FILES = "openeplatform.sqlite", "openeplatform-filer"
FAULT_REPORT, SICK_LEAVE = 174, 832
"""Two services (flowFamilyID); the first has two versions with other numbers for the same questions."""

_START = datetime(2022, 3, 1, 9)  # noqa: DTZ001  # MySQL's times have no zone
_PICTURE = b"\x89PNG\r\n\x1a\n made up "


@dataclass
class Truth:
    """What lies in a made-up Open ePlatform."""

    cases: dict[int, int] = field(default_factory=dict)  # flowInstanceID → flowFamilyID
    drafts: set[int] = field(default_factory=set)
    versions: dict[int, int] = field(default_factory=dict)
    streets: dict[int, str] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    deleted_messages: int = 0


@dataclass
class Schema:
    """Tables of the real database: name → column → (type, key)."""

    tables: dict[str, dict[str, tuple[str, str]]]

    @classmethod
    def read(cls, path: Path) -> "Schema":
        """Read the list of columns."""
        tables: dict[str, dict[str, tuple[str, str]]] = {}
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                tables.setdefault(row["table"], {})[row["column"]] = (row["type"], row["key"])
        return cls(tables)

    def create(self, connection: sqlite3.Connection) -> None:
        """Make all tables, empty."""
        for name, columns in self.tables.items():
            lines = [f'"{column}" {kind.split("(")[0]}' for column, (kind, _key) in columns.items()]
            keys = ", ".join(f'"{column}"' for column, (_kind, key) in columns.items() if key == "PRI")
            lines += [f"primary key ({keys})"] if keys else []
            connection.execute(f'create table "{name}" ({", ".join(lines)})')


def build(schema: Path, folder: Path, *, cases: int = 6, service: int = 0) -> Truth:
    """Write the database and the folder of uploaded files; the same numbers give the same bytes.

    Args:
        schema: the list of the real columns.
        folder: where to.
        cases: how many are submitted or begun.
        service: only the cases of this one (flowFamilyID), as an extract of one service; 0 for all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILES).mkdir()
    with contextlib.closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        connection.execute("pragma synchronous = off")  # a file that can be made again
        connection.execute("begin")
        tables = Schema.read(schema)
        tables.create(connection)
        maker = _Maker(connection, tables, folder / FILES)
        maker.services()
        for number in range(1, cases + 1):
            if not service or maker.family(number) == service:
                maker.case(number)
        return maker.truth


class _Maker:
    def __init__(self, connection: sqlite3.Connection, schema: Schema, files: Path) -> None:
        self.connection = connection
        self.schema = schema
        self.files = files
        self.truth = Truth()
        self.number = 1000
        self.questions: dict[int, dict[str, int]] = {}

    def put(self, table: str, **given: Any) -> None:
        """Write one row; what is not given is made up from the column's type."""
        row = {}
        for column, (kind, _key) in self.schema.tables[table].items():
            row[column] = given.pop(column) if column in given else self.invented(column, kind)
        assert not given, (table, given)
        marks, names = ", ".join("?" * len(row)), ", ".join(f'"{name}"' for name in row)
        self.connection.execute(f'insert into "{table}" ({names}) values ({marks})', tuple(row.values()))

    def invented(self, column: str, kind: str) -> Any:
        self.number += 1
        if kind.startswith("tinyint"):
            return self.number % 2
        if kind.startswith(("int", "double")):
            return self.number
        if "blob" in kind:
            return None
        if kind.startswith(("date", "timestamp")):
            return (_START + timedelta(minutes=self.number)).strftime("%Y-%m-%d %H:%M:%S")
        return f"{column} {self.number} åäö"

    def services(self) -> None:
        """Write two services: one in two versions (flowID = version), one in one."""
        self.put("flowengine_flow_types", flowTypeID=1, name="Trafik och gator")
        self.put("flowengine_flow_categories", categoryID=1, flowTypeID=1, name="Anmälan")
        for family in (FAULT_REPORT, SICK_LEAVE):
            self.put("flowengine_flow_families", flowFamilyID=family, ownerName="Provia Provsson")
        for flow, family, version in ((31, FAULT_REPORT, 3), (41, FAULT_REPORT, 4), (51, SICK_LEAVE, 1)):
            name = "Felanmälan" if family == FAULT_REPORT else "Sjukanmälan"
            self.put("flowengine_flows", flowID=flow, flowFamilyID=family, flowTypeID=1, name=name, version=version,
                     categoryID=1 if family == FAULT_REPORT else None)  # fmt: skip
            self.put("flowengine_steps", stepID=flow * 10, flowID=flow, name="Uppgifter")
            for status, kind in ((flow * 10 + 1, "SUBMITTED"), (flow * 10 + 2, "ARCHIVED")):
                self.put(
                    "flowengine_flow_statuses",
                    statusID=status,
                    flowID=flow,
                    name=kind.capitalize(),
                    contentType=kind,
                )
            self.questions[flow] = self.asked(flow)
        self.put(
            "flowapproval_activitygroups", activityGroupID=1, name="Granskning", flowFamilyID=FAULT_REPORT
        )
        self.put("flowapproval_activities", activityID=1, activityGroupID=1, name="Prövning")

    def asked(self, flow: int) -> dict[str, int]:
        """Write one question of every kind; give kind → queryID."""
        found = {}
        kinds = [
            name.removesuffix("_query_instances")
            for name in self.schema.tables
            if name.endswith("_query_instances")
        ]
        for at, kind in enumerate(sorted(kinds)):
            query = flow * 1000 + at
            self.put("flowengine_query_descriptors", queryID=query, name=f"Fråga om {kind}", sortIndex=at,
                     stepID=flow * 10, queryTypeID=f"se.exempel.{kind}")  # fmt: skip
            found[kind] = query
        for at, label in enumerate(("Gata", "Beskrivning", "Telefon"), 1):
            self.put(
                "text_fields",
                textFieldID=flow * 10 + at,
                queryID=found["text_field"],
                label=label,
                sortIndex=at,
            )
        for kind in ("drop_down", "radio_button", "checkbox"):
            for at in (1, 2):
                self.put(f"{kind}_query_alternatives", alternativeID=flow * 100 + at, queryID=found[kind], name=f"Val {at}",
                         sortIndex=at)  # fmt: skip
        return found

    @staticmethod
    def family(number: int) -> int:
        return SICK_LEAVE if number % 3 == 2 else FAULT_REPORT

    def case(self, number: int) -> None:
        flow, family = (31, 41, 51)[number % 3], self.family(number)
        key, draft = 5000 + number, number % 5 == 4
        closed = number % 2
        self.put("flowengine_flow_instances", flowInstanceID=key, flowID=flow, stepID=flow * 10,
                 statusID=flow * 10 + 1 + closed, fullyPopulated=1, added=self.day(number, 8),
                 firstSubmitted=None if draft else self.day(number, 9), lastStatusChange=self.day(number, 15),
                 profileID=1, poster=17800 + number, editor=17900, updated=self.day(number, 16))  # fmt: skip
        self.truth.cases[key] = family
        self.truth.versions[key] = flow
        if draft:
            self.truth.drafts.add(key)
        for kind, query in self.questions[flow].items():
            self.answer(kind, key * 100 + query % 1000, query, key, flow)
        self.around(key, number)

    def answer(self, kind: str, answer: int, query: int, key: int, flow: int) -> None:
        self.put("flowengine_query_instance_descriptors", queryInstanceID=answer, flowInstanceID=key, queryID=query,
                 queryState="VISIBLE", populated=1)  # fmt: skip
        own: dict[str, Any] = {"queryInstanceID": answer, "queryID": query}
        if kind in {"drop_down", "radio_button"}:
            own |= {"alternativeID": flow * 100 + 1, "freeTextAlternativeValue": None}
        if "firstMapImage" in self.schema.tables[f"{kind}_query_instances"]:
            own |= self.pictures(kind, answer)
        if kind == "tree":
            own["selectedNodeKey"] = "a"
        if kind == "contact_detail":
            own |= {"firstname": "Provia", "lastname": "Provsson", "citizenID": None}
        if kind == "pud_map":
            own |= {"xCoordinate": 617000.5, "yCoordinate": 6690000.25, "epsg": "EPSG:3006"}
        self.put(f"{kind}_query_instances", **own)
        below = getattr(self, f"below_{kind}", None)
        if below is not None:
            below(answer, key, flow)

    def pictures(self, kind: str, answer: int) -> dict[str, Any]:
        """Give the first picture of a map; the others are not there."""
        content = _PICTURE + f"{kind} {answer}".encode()
        self.truth.documents[f"{kind}_1/{answer}"] = content
        made: dict[str, Any] = {"firstMapImage": content, "firstMapImageFormat": "PNG"}
        for name in ("second", "third"):
            made |= {f"{name}MapImage{part}": None for part in ("", "Format", "Dpi", "Scale", "Layout")}
        return made

    def below_text_field(self, answer: int, key: int, flow: int) -> None:
        self.truth.streets[key] = f"Provgatan {key}"
        values = (self.truth.streets[key], "Lampan är trasig", "000-00 00 00")
        for at, value in enumerate(values, 1):
            self.put("text_field_query_instance_values", queryInstanceID=answer, textFieldID=flow * 10 + at, value=value,
                     textFieldValueID=answer * 10 + at)  # fmt: skip

    def below_checkbox(self, answer: int, _key: int, flow: int) -> None:
        for at in (1, 2):
            self.put(
                "checkbox_query_instance_alternatives", queryInstanceID=answer, alternativeID=flow * 100 + at
            )

    def below_child(self, answer: int, _key: int, _flow: int) -> None:
        self.put("child_query_instance_attributes", queryInstanceID=answer, name="skola", value="Provskolan")
        self.put(
            "child_query_guardians",
            queryInstanceID=answer,
            guardianID=answer,
            firstname="Tolvan",
            lastname="Tolvansson",
        )

    def below_file_upload(self, answer: int, _key: int, _flow: int) -> None:
        content = f"Bild på felet, {answer}\n".encode()
        self.put(
            "file_upload_files", fileID=answer, queryInstanceID=answer, name="bild åäö.txt", size=len(content)
        )
        (self.files / str(answer)).write_bytes(content)
        self.truth.documents[f"share/{answer}"] = content

    def below_general_map(self, answer: int, _key: int, _flow: int) -> None:
        content = _PICTURE + f"print {answer}".encode()
        self.put("general_map_query_instance_geometries", queryInstanceID=answer, geometryID=answer)
        self.put(
            "general_map_query_instance_prints",
            queryInstanceID=answer,
            queryPrintID=answer,
            mapImage=content,
            format="PNG",
        )
        self.truth.documents[f"print/{answer}"] = content

    def below_multi_geometry_map(self, answer: int, _key: int, _flow: int) -> None:
        self.put("multi_geometry_map_query_instance_geometries", queryInstanceID=answer, geometryID=answer)

    def below_tree(self, answer: int, _key: int, _flow: int) -> None:
        self.put("tree_query_nodes", queryInstanceID=answer, value="a", name="Gren A", parentNodeKey=None)

    def below_multi_tree(self, answer: int, _key: int, _flow: int) -> None:
        for value in ("a", "b"):
            self.put(
                "multi_tree_query_nodes", queryInstanceID=answer, value=value, name=f"Gren {value.upper()}"
            )
        self.put("multi_tree_query_selected_nodes", queryInstanceID=answer, selectedNodeKey="b")

    def below_person_data_informer(self, answer: int, _key: int, _flow: int) -> None:
        for kind in ("data", "reason"):
            self.put(
                f"person_data_informer_query_instance_{kind}_alternatives",
                queryInstanceID=answer,
                alternativeName=kind,
            )
        self.put(
            "person_data_informer_query_instance_settings_storage",
            queryInstanceID=answer,
            settingStorageID=answer,
        )

    def around(self, key: int, number: int) -> None:
        """Write what has happened to a case: events, messages, files, approval."""
        self.put("flowengine_flow_instance_attributes", flowInstanceID=key, name="omrade", value="Centrum")
        self.put("flowengine_flow_instance_owners", flowInstanceID=key)
        self.put("flowengine_flow_instance_managers", flowInstanceID=key)
        self.put("flowengine_flow_instance_manager_groups", flowInstanceID=key)
        self.put("flowengine_flow_instance_events", flowInstanceID=key, eventID=key, eventType="SUBMITTED")
        self.put("flowengine_flow_instance_event_attributes", eventID=key)
        self.blob("flowengine_flow_instance_attachments", key, attachmentID=key, flowInstanceID=key)
        for way, deleted in (("external", False), ("internal", number % 3 == 0)):
            extra = {"deleted": self.day(number, 20) if deleted else None} if way == "internal" else {}
            self.truth.deleted_messages += deleted
            self.put(f"flowengine_{way}_messages", messageID=key, flowInstanceID=key, message="Hej!", **extra)
            self.blob(f"flowengine_{way}_message_attachments", key, attachmentID=key, messageID=key)
        self.put("flowengine_external_message_read_receipts", readReceiptID=key, messageID=key)
        self.put("flowengine_external_message_read_receipt_attachment_downloads", readReceiptID=key)
        self.put(
            "flowapproval_activity_rounds",
            activityRoundID=key,
            activityGroupID=1,
            flowInstanceID=key,
            cancelled=None,
        )
        self.put("flowapproval_activity_progress", activityProgressID=key, activityRoundID=key, activityID=1)
        for who in ("users", "groups"):
            self.put(f"flowapproval_activity_progress_resp_attr_{who}", activityProgressID=key)
        self.put("feedback_flow_submit_surveys", flowInstanceID=key)

    def blob(self, table: str, key: int, **given: Any) -> None:
        content = f"{table} {key}\n".encode()
        self.put(table, filename=f"{table.split('_')[1]} {key}.txt", size=len(content), data=content, **given)
        self.truth.documents[f"{table}/{key}"] = content

    def day(self, number: int, hour: int) -> str:
        return (_START + timedelta(days=number * 40, hours=hour - 9)).strftime("%Y-%m-%d %H:%M:%S")


def main() -> None:
    """Write a made-up Open ePlatform where somebody wants it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schema", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=6)
    given = parser.parse_args()
    build(given.schema, given.folder, cases=given.cases)


if __name__ == "__main__":
    main()
