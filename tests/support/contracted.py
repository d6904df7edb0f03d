"""The suite's own servers as the connector contract wants them (see `leverans.testing.contract.Server`)."""

import re
import shutil
import struct
from pathlib import Path

import pyodbc
from tests.support.databases import PASSWORD, Firebird, Maria, Postgres, postgres_binaries
from tests.support.tds import SqlServer

from leverans.testing.contract.source import MISREAD, ZEROS, Planted

ACCESS = Path(__file__).resolve().parents[3] / "shared" / "data" / "databases" / "access"


def start(engine, folder):
    made = {
        "postgresql": _Postgres,
        "mariadb": _Maria,
        "firebird": _Firebird,
        "sqlserver": _SqlServer,
        "access": _Access,
    }[engine]
    return made(folder) if made.there() else None


class _Postgres:
    password = PASSWORD

    @staticmethod
    def there():
        return postgres_binaries() is not None

    def __init__(self, folder):
        self._folder = folder
        self._server = Postgres(folder).start()
        for user in ("reader", "nobody"):
            self._server.sql(f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'")

    def create(self, database):
        self._server.sql(f'CREATE DATABASE "{database}"')
        self._server.sql(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO reader", database
        )

    def fill(self, database, statements):
        with self._server.connect(database, autocommit=False) as connection, connection.cursor() as cursor:
            for statement, rows in statements:
                if rows:
                    cursor.executemany(statement, rows)
                else:
                    cursor.execute(statement)
            cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")

    def address(self, database, user="reader", port=None):
        return self._server.address(database, user, port)

    def stop(self):
        self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


class _Maria:
    password = PASSWORD

    @staticmethod
    def there():
        return Maria.program() is not None

    def __init__(self, folder):
        self._folder = folder
        self._server = Maria(folder).start()
        for user in ("reader", "nobody"):
            self._server.sql(f"CREATE USER {user}@'%' IDENTIFIED BY '{PASSWORD}'")

    def create(self, database):
        self._server.sql(
            f"CREATE DATABASE `{database}` CHARACTER SET utf8mb4",
            f"GRANT SELECT ON `{database}`.* TO reader@'%'",
        )

    def fill(self, database, statements):
        with (
            self._server.connect(database, autocommit=False) as connection,
            connection.cursor() as cursor,
        ):
            for statement, rows in statements:
                if rows:
                    cursor.executemany(statement, rows)
                else:
                    cursor.execute(statement)
            connection.commit()

    def address(self, database, user="reader", port=None):
        return self._server.address(database, user, port)

    def stop(self):
        self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


class _Firebird:
    password = PASSWORD

    @staticmethod
    def there():
        return Firebird.program() is not None

    def __init__(self, folder):
        self._folder = folder
        self._server = Firebird(folder).start()
        self._server.make("users")
        self._server.sql(f"CREATE USER NOBODY PASSWORD '{PASSWORD}'", database="users")

    def create(self, database):
        self._server.make(database)

    def fill(self, database, statements):
        with self._server.connect(database) as connection, connection.cursor() as cursor:
            for statement, rows in statements:
                if rows:
                    for row in rows:
                        cursor.execute(statement, row)
                    connection.commit()
                    continue
                connection.execute_immediate(statement)
                connection.commit()
                table = re.match(r'CREATE TABLE ("(?:[^"]|"")+")', statement)[1]
                connection.execute_immediate(f"GRANT SELECT ON {table} TO READER")
                connection.commit()

    def address(self, database, user="reader", port=None):
        return self._server.address(database, {"admin": "SYSDBA"}.get(user, user.upper()), port)

    def stop(self):
        self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


class _SqlServer:
    """One mock for each database; a mock holds rows and knows what Leverans asks, no T-SQL."""

    password = PASSWORD

    @staticmethod
    def there():
        return "FreeTDS" in pyodbc.drivers()

    def __init__(self, folder):
        self._folder, self._servers = folder, {}
        self.create("annan")

    def create(self, database):
        server = SqlServer({}).__enter__()
        server.database = database
        server.users = dict.fromkeys(("reader", "nobody", "admin"), PASSWORD)
        self._servers[database] = server

    def fill(self, database, statements):
        tables = self._servers[database].tables
        for statement, rows in statements:
            name = re.search(r"\[((?:[^\]]|\]\])+)\]", statement)[1].replace("]]", "]")
            if rows:
                tables[name] = (*tables[name][:2], [*tables[name][2], *rows])
                continue
            told = statement.partition("(")[2].partition(", PRIMARY KEY (")
            columns = re.findall(r"\[((?:[^\]]|\]\])+)\] (\w+(?:\([\w,]+\))?)", told[0])
            key = re.findall(r"\[((?:[^\]]|\]\])+)\]", told[2])
            tables[name] = ([(one.replace("]]", "]"), kind) for one, kind in columns], key, [])

    def address(self, database, user="reader", port=None):
        there = self._servers.get(database, self._servers["annan"])
        return f"sqlserver://{user}@127.0.0.1:{port or there.port}/{database}?encrypt=no&driver=FreeTDS"

    def stop(self):
        for server in self._servers.values():
            server.__exit__()
        shutil.rmtree(self._folder, ignore_errors=True)


TABLE_NAMES = {"name-letters": ("Umsätze", ""), "name-space": ("Order Details", "")}
COLUMN_NAMES = {
    "name-reserved": (b"\x0bCompanyName\x05Phone", b"\x0bCompanyName\x05order", ("Shippers", "order")),
    "name-digit": (
        b"\x07Country\x05Phone\x03Fax\x08HomePage",
        b"\x07Country\x055 Tel\x03Fax\x08HomePage",
        ("Suppliers", "5 Tel"),
    ),
}
TEXTS = (
    ("value-zeros", "Customers", ("CustomerID", "BERGS"), "PostalCode", "S-958 22", ZEROS),
    ("value-misread", "Customers", ("CustomerID", "BERGS"), "Phone", "0921-12 34 65", MISREAD),
)
DAY = (34654.0, 45592 + 2.5 / 24)  # 1994-11-16, 2024-10-27 02:30
REASONS = {
    "name-emoji": "names in this file are Windows-1252",
    "value-nul": "mdbtools ends a text at NUL: the rest is lost, and nothing tells",
    "value-empty": "no empty text stands in the file, and nothing here writes Access",
    "value-decimal": "Jet 3 has no decimals, only money with four",
    "value-long": "nothing here writes Access: no text of the file is so long",
}


class _Access:
    """Others' files (nothing here writes any), changed in place by texts of the same length."""

    @staticmethod
    def there():
        return shutil.which("mdb-export") is not None and (ACCESS / "nwind.mdb").is_file()

    def __init__(self, folder):
        self._folder = folder

    def make(self, variant, path):
        data = (ACCESS / ("acc97.mdb" if variant == "older" else "nwind.mdb")).read_bytes()
        planted = []
        if variant == "names":
            for old, new, _ in COLUMN_NAMES.values():
                assert len(old) == len(new) and old in data
                data = data.replace(old, new)
        if variant == "values":
            for rule, stream, row, column, old, new in TEXTS:
                told = new.encode("cp1252")
                assert len(old) == len(told) and old.encode() in data
                data = data.replace(old.encode(), told)
                planted.append(Planted(rule, stream, row, column, new))
            old, new = (struct.pack("<iiddd", 10330, 3, day, 34682, 34666) for day in DAY)
            assert old in data
            data = data.replace(old, new)
            planted.append(
                Planted("value-dst", "Orders", ("OrderID", 10330), "OrderDate", "2024-10-27 02:30:00")
            )
        path.write_bytes(data)
        names = {**TABLE_NAMES, **{rule: place for rule, (_, _, place) in COLUMN_NAMES.items()}}
        return tuple(planted), names

    def change(self, path):
        path.write_bytes(path.read_bytes().replace(b"Berguvsv", b"BERGUVSV"))

    def reason(self, rule):
        return REASONS.get(rule, "the tables that the connector reads have no cell to plant it in")

    def stop(self):
        shutil.rmtree(self._folder, ignore_errors=True)
