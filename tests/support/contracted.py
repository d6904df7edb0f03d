"""The suite's own servers as the connector contract wants them (see `leverans.testing.contract.Server`)."""

import shutil

from tests.support.databases import PASSWORD, Maria, Postgres, postgres_binaries


def start(engine, folder):
    made = {"postgresql": _Postgres, "mariadb": _Maria}[engine]
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
