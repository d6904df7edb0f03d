"""What SHOW GRANTS says that a MariaDB account may besides reading."""

import re

import sqlalchemy as sa

from leverans.sources.sql.engine import Account

READING = frozenset(
    ["USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "PROCESS", "REPLICATION CLIENT", "BINLOG MONITOR",
     "SLAVE MONITOR", "REPLICA MONITOR", "SHOW CREATE ROUTINE"]
)  # fmt: skip
"""Privileges that change nothing."""

_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<place>.+?) TO ", re.IGNORECASE | re.DOTALL)
_ROLE = re.compile(r"GRANT (?P<roles>.+?) TO ", re.IGNORECASE | re.DOTALL)
_COLUMNS = re.compile(r"\([^)]*\)")


def account_of(connection: sa.Connection) -> Account:
    """Read the grants of the account; those of roles that it may take on are asked for, too."""
    name = str(connection.exec_driver_sql("SELECT current_user()").scalar_one())
    asked: set[str] = set()
    rights: list[str] = []
    waiting = [""]
    while waiting:
        role = waiting.pop()
        if role in asked:
            continue
        asked.add(role)
        query = f"SHOW GRANTS FOR {role}" if role else "SHOW GRANTS"
        for line in connection.exec_driver_sql(query.replace("%", "%%")).scalars():
            found, roles = read(str(line))
            rights += found
            waiting += roles
    return Account(bool(rights), "privileges", name, tuple(dict.fromkeys(rights)))


def read(line: str) -> tuple[list[str], list[str]]:
    """Give the rights beyond reading, with their place, and the roles that one line grants."""
    grant = _GRANT.match(line)
    if grant is None:
        role = _ROLE.match(line)
        return [], [] if role is None else [one.strip() for one in role["roles"].split(",")]
    place = grant["place"].strip()
    words = [word.strip().upper() for word in _COLUMNS.sub("", grant["rights"]).split(",")]
    rights = [f"{word} ON {place}" for word in words if word not in READING and word != "PROXY"]
    if "WITH GRANT OPTION" in line.upper() and "PROXY" not in words:
        rights.append(f"GRANT OPTION ON {place}")
    return rights, []
