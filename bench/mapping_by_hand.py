"""The AlkT mapping as somebody would write it by hand with pandas, for `bench/mapping.py`.

It makes the same tables of archive objects from the same rows: cases, records, files, agents, events, places
on paper, restrictions, extras and the source rows as JSON. It knows nothing of faults: a row that does not
fit its expectations stops it or is lost.
"""

import uuid
from collections.abc import Iterable

import pandas as pd

Frames = dict[str, pd.DataFrame]
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:leverans:object")


def archive_objects(frames: Frames, shared: Frames) -> Frames:
    """Give the tables of archive objects of one bucket."""
    codes = {
        kind: group.set_index("Kod")["Klartext"]
        for kind, group in shared["db.Klartext"]
        .assign(Kodtyp=lambda f: f["Kodtyp"].str.strip())
        .groupby("Kodtyp")
    }
    register = frames["register.register"]
    cases = _cases(frames["db.Ärende"], register[register["Löpnr"] == "0"], shared, codes)
    records, files = _records(register[register["Löpnr"] != "0"], frames["share.share"], cases)
    events = _events(frames, cases, codes)
    agents = _agents(cases, records)
    locations = pd.concat([_named(cases, "Volym", "place"), _named(records, "Volym", "place")])
    extras = _named(cases, "ServeringsNamn", "value").assign(name="Serveringsställe", data_type="string")
    return {
        "case": cases.sort_values("reference_code"),
        "record": records,
        "file": files,
        "event": events,
        "agent": agents,
        "location": locations,
        "extra": extras,
        "restriction": _restrictions(cases, records, files),
        "row": _rows(frames, cases),
    }


def _ids(entity: str, keys: Iterable[str]) -> list[str]:
    return [str(uuid.uuid5(SPACE, f"mora\x1falkt\x1f{entity}\x1f{key}")) for key in keys]


def _moment(column: pd.Series) -> pd.Series:
    parsed = pd.to_datetime(column, format="%Y-%m-%d %H:%M:%S.%f")
    return parsed.dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str[:-3]


def _cases(
    rows: pd.DataFrame, register: pd.DataFrame, shared: Frames, codes: dict[str, pd.Series]
) -> pd.DataFrame:
    made = rows.merge(register, on="DiarieNr", how="left", validate="one_to_one")
    made = made.merge(
        shared["db.Objekt"][["ObjektID", "AgarID", "ServeringsNamn"]], on="ObjektID", how="left"
    )
    made = made.merge(
        shared["db.Ägare"][["AgarID", "OrganisationsNr", "Bolagsnamn"]], on="AgarID", how="left"
    )
    made = made[made["Makulerad"] != "J"].copy()
    made["id"] = _ids("case", made["ArendeID"].astype(str))
    made["root"] = made["id"]
    made["key"] = made["ArendeID"].astype(str)
    made["reference_code"] = made["DiarieNr"]
    made["title"] = made["Rubrik"]
    made["kind"] = "caseFile"
    made["type"] = made["ArendeTyp"].map(codes["A"])
    made["opened"] = _moment(made["OppnandeDatum"])
    made["closed"] = _moment(made["AvslutsDatum"])
    made["created"] = made["opened"]
    made["status"] = made["closed"].notna().map({True: "closed", False: "open"})
    made["partition"] = made["opened"].str[:4]
    made["creator"] = "Nämnden"
    made["classification_code"], made["classification_title"] = "6.3.2", "Serveringstillstånd"
    made["retention_rule"], made["retention_authority"] = "keep", "plan"
    made["access"] = "metadata open, file by order"
    made["route"] = (made["SkyddadIdentitet"] != "").map({True: "protected", False: "open"})
    return made


def _records(
    register: pd.DataFrame, documents: pd.DataFrame, cases: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    made = register[register["Makulerad"] != "J"].merge(
        cases[["DiarieNr", "root"]], on="DiarieNr", how="inner", validate="many_to_one"
    )
    keys = made["DiarieNr"] + "\x1f" + made["Löpnr"]
    made["id"], made["owner"] = _ids("record", keys), made["root"]
    made["key"] = made["DiarieNr"] + "|" + made["Löpnr"]
    made["number"] = made["Löpnr"].astype("int64")
    made["title"] = made["Rubrik"]
    made["direction"] = made["Riktning"].map({"I": "incoming", "U": "outgoing"})
    made["created"] = pd.to_datetime(made["Datum"], format="%Y-%m-%d").dt.strftime("%Y-%m-%d")
    made["received"] = made["created"].where(made["Riktning"] == "I")
    made["sent"] = made["created"].where(made["Riktning"] == "U")
    made["medium"] = (made["Filnamn"] == "").map({True: "physical", False: "digital"})
    made["access"] = "metadata open, file by order"
    made = made.sort_values(["root", "number"])
    made["seq"] = made.groupby("root").cumcount()
    files = made[made["Filnamn"] != ""].merge(
        documents, left_on="Filnamn", right_on="ref", how="left", validate="one_to_one"
    )
    files["owner"] = files["id"]
    files["id"] = _ids("file", files["DiarieNr"] + "\x1f" + files["Löpnr"])
    files["seq"] = 0
    return made, files


def _events(frames: Frames, cases: pd.DataFrame, codes: dict[str, pd.Series]) -> pd.DataFrame:
    owners = cases[["ArendeID", "root"]]
    decisions = frames["db.Ärende_Beslut"].merge(owners, on="ArendeID", validate="many_to_one")
    decisions = pd.DataFrame({
        "root": decisions["root"], "kind": "decision", "type": decisions["BeslutsTyp"].map(codes["B"]),
        "date": _moment(decisions["BeslutsDatumTid"]), "key": decisions["BeslutsID"].astype(str), "block": 0,
    })  # fmt: skip
    events = frames["db.Ärende_Händelser"].merge(owners, on="ArendeID", validate="many_to_one")
    events = pd.DataFrame({
        "root": events["root"], "kind": "event", "type": events["HandelseTyp"].map(codes["D"]),
        "date": _moment(events["HandelseDatumTid"]), "key": events["HandelseID"].astype(str), "block": 1,
    })  # fmt: skip
    made = pd.concat([decisions, events]).sort_values(["root", "block", "date", "key"])
    made["seq"] = made.groupby("root").cumcount()
    return made


def _agents(cases: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    hidden = cases["SkyddadIdentitet"]
    roles = records["Riktning"].map({"I": "sender", "U": "recipient"}).fillna("counterpart")
    common = {"root": cases["root"], "owner": cases["id"]}
    made = [
        pd.DataFrame({**common, "type": "responsible_person", "name": cases["HandlaggarID"]}),
        pd.DataFrame({**common, "type": "counterpart", "name": cases["Motpart"],
                      "protected_identity": hidden.where(hidden != "")}),
        pd.DataFrame({**common, "type": "owner", "name": cases["Bolagsnamn"],
                      "id_number": cases["OrganisationsNr"], "role": "tillståndshavare"}),
        pd.DataFrame({"root": records["root"], "owner": records["id"], "name": records["Motpart"],
                      "type": roles}),
    ]  # fmt: skip
    found = pd.concat(made)
    found = found[found["name"].notna() & (found["name"] != "")].sort_values("root", kind="stable")
    found["seq"] = found.groupby("owner").cumcount()
    return found


def _named(rows: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    some = rows[rows[column].notna() & (rows[column] != "")]
    return pd.DataFrame({"root": some["root"], "owner": some["id"], name: some[column]})


def _restrictions(cases: pd.DataFrame, records: pd.DataFrame, files: pd.DataFrame) -> pd.DataFrame:
    made = []
    for rows in (cases, records):
        secret = rows["Sekretess"] == "S"
        until = (pd.to_datetime(rows["created"].str[:10]) + pd.DateOffset(years=20)).dt.strftime("%Y-%m-%d")
        made.append(pd.DataFrame({
            "root": rows["root"], "owner": rows["id"], "axis": "secrecy",
            "web": secret.map({True: "none", False: "full"}),
            "law": rows["Lagrum"].where(secret), "until": until.where(secret),
        }))  # fmt: skip
    for rows, axis, web in (
        (cases, "personal_data", "metadata"),
        (cases, "copyright", "full"),
        (files, "copyright", "metadata"),
    ):
        made.append(pd.DataFrame({"root": rows["root"], "owner": rows["id"], "axis": axis, "web": web}))
    return pd.concat(made).sort_values("root", kind="stable")


def _rows(frames: Frames, cases: pd.DataFrame) -> pd.DataFrame:
    made = []
    for stream, key, on in (
        ("db.Ärende", ["ArendeID"], "ArendeID"),
        ("db.Ärende_Beslut", ["BeslutsID"], "ArendeID"),
        ("db.Ärende_Händelser", ["HandelseID"], "ArendeID"),
        ("register.register", ["DiarieNr", "Löpnr"], "DiarieNr"),
    ):
        rows = frames[stream]
        text = rows.reindex(sorted(rows.columns), axis=1).to_json(
            orient="records", lines=True, force_ascii=False
        )
        roots = rows[[on]].merge(cases[[on, "root"]], on=on, how="left")["root"]
        keys = rows[key[0]].astype(str)
        for column in key[1:]:
            keys = keys + "|" + rows[column].astype(str)
        made.append(
            pd.DataFrame(
                {
                    "root": roots.to_numpy(),
                    "stream": stream,
                    "key": keys.to_numpy(),
                    "json": text.splitlines(),
                }
            )
        )
    found = pd.concat(made).sort_values(["root", "stream", "key"])
    found["seq"] = found.groupby("root").cumcount()
    return found
