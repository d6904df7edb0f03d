"""Database servers of the suite's own: private folder, private port, nobody else's data; one of each per session."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "hemligt-lösen-7%@:/"
"""Planted: no log, message or file may show it."""
PACKET = "1G" if os.environ.get("LEVERANS_CONTRACT_BIG") else "64M"
"""What MariaDB takes at once, and so the largest document that it makes by itself."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def drop(folder, *users):
    """Who runs the server: root starts it as somebody else, who must reach the folder."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = next(one for one in (*users, "nobody") if one in names)
    shutil.chown(folder, user)
    for parent in folder.parents:
        if not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
    return user


def postgres_binaries():
    on_path = shutil.which("initdb")
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: float(one.parent.name))
    found = [Path(on_path).resolve().parent] if on_path else places[-1:]
    return found[0] if found else None


@dataclass
class Postgres:
    """PostgreSQL with passwords; `admin` may everything, `reader` may read what is granted."""

    folder: Path
    port: int = 0
    user: str | None = None

    def start(self):
        self.user = drop(self.folder, "postgres")
        self.port = free_port()
        secret = self.folder / "pw"
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o644)
        self.run("initdb", "-D", self.folder / "data", "-U", "admin", "-A", "scram-sha-256", "--pwfile", secret,
                 "--no-sync", "-E", "UTF8", "--locale", "C.UTF-8")  # fmt: skip
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -F"
        self.run(
            "pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o", options, "start"
        )
        return self

    def stop(self):
        self.run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")

    def run(self, program, *words):
        subprocess.run([str(postgres_binaries() / program), *map(str, words)], check=True, user=self.user,
                       cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip

    def connect(self, database="postgres", **more):
        import psycopg

        told = {"user": "admin", "password": PASSWORD, "autocommit": True, **more}
        return psycopg.connect(host="127.0.0.1", port=self.port, dbname=database, **told)

    def sql(self, script, database="postgres"):
        with self.connect(database) as connection:
            connection.execute(script)

    def address(self, database, user="reader", port=None):
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"


@dataclass
class Maria:
    """MariaDB; `admin` may everything, over the socket or with the password."""

    folder: Path
    port: int = 0
    process: subprocess.Popen | None = None

    @staticmethod
    def program():
        return shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")

    def start(self):
        user = drop(self.folder, "mysql")
        self.port = free_port()
        data = self.folder / "data"
        words = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
                 "--skip-test-db"]  # fmt: skip
        subprocess.run(words, check=True, user=user, cwd=self.folder, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)  # fmt: skip
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [self.program(), "--no-defaults", f"--datadir={data}", f"--port={self.port}",
                 "--bind-address=127.0.0.1", f"--socket={self.folder}/s", f"--pid-file={self.folder}/pid",
                 "--skip-name-resolve", "--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0",
                 "--innodb-buffer-pool-size=64M", f"--max-allowed-packet={PACKET}", "--sql-mode="],
                user=user, cwd=self.folder, stdout=log, stderr=log,
            )  # fmt: skip
        end = time.monotonic() + 60
        while True:
            try:
                with self.connect(user="root", password="") as connection:
                    connection.cursor().execute(f"CREATE USER admin@'%' IDENTIFIED BY '{PASSWORD}'")
                    connection.cursor().execute("GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION")
                return self  # noqa: TRY300
            except OSError:
                pass
            except Exception as fault:
                if time.monotonic() > end or fault.args[0] != 2003:
                    raise
            time.sleep(0.2)

    def stop(self):
        self.process.kill()
        self.process.wait(timeout=30)

    def connect(self, database=None, **more):
        import pymysql

        told = {
            "user": "admin",
            "password": PASSWORD.encode(),
            "autocommit": True,
            "charset": "utf8mb4",
            "max_allowed_packet": 64 << 20,
            **more,
        }
        return pymysql.connect(host="127.0.0.1", port=self.port, database=database, **told)

    def sql(self, *statements, database=None):
        with self.connect(database) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def address(self, database, user="reader", port=None, kind="mariadb"):
        return f"{kind}://{user}@127.0.0.1:{port or self.port}/{database}"


@dataclass
class Firebird:
    """Firebird with a root folder, users and a port of its own; `SYSDBA` may everything."""

    folder: Path
    port: int = 0
    process: subprocess.Popen | None = None

    @staticmethod
    def program():
        found = shutil.which("firebird") or shutil.which("firebird", path="/usr/sbin")
        return found if found and Firebird.users().is_file() else None

    @staticmethod
    def users():
        return Path("/var/lib/firebird/3.0/system/security3.fdb")

    def start(self):
        self.port = free_port()
        root = self.folder / "root"
        (self.folder / "data").mkdir()
        (self.folder / "lock").mkdir()
        root.mkdir()
        installed = next(Path("/usr/lib").glob("*/firebird/3.0"))
        for name in ("plugins", "intl", "firebird.msg"):
            (root / name).symlink_to(installed / name)
        shutil.copy(installed / "plugins.conf", root)
        shutil.copy(self.users(), root / "security3.fdb")
        (root / "databases.conf").touch()
        (root / "firebird.conf").write_text(
            f"RemoteServicePort = {self.port}\nRemoteBindAddress = 127.0.0.1\nSecurityDatabase = {root}/security3.fdb\n"
            f"IpcName = LEV{self.port}\nGuardianOption = 0\nDefaultDbCachePages = 256\n"
        )
        self.env = {"PATH": os.environ["PATH"], "FIREBIRD": str(root), "FIREBIRD_LOCK": str(self.folder / "lock"),
                    "LC_ALL": "C.UTF-8"}  # fmt: skip
        script = f"CREATE OR ALTER USER SYSDBA PASSWORD '{PASSWORD}'; COMMIT; CREATE USER READER PASSWORD '{PASSWORD}'; COMMIT;"
        subprocess.run(["isql-fb", "-q", "-b", "-ch", "UTF8", "-user", "SYSDBA", str(root / "security3.fdb")], env=self.env,
                       input=script.encode(), check=True, stdout=subprocess.DEVNULL)  # fmt: skip
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen([self.program()], env=self.env, stdout=log, stderr=log)
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self  # noqa: TRY300
            except OSError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.1)

    def stop(self):
        self.process.kill()
        self.process.wait(timeout=30)

    def path(self, database):
        return f"{self.folder}/data/{database}.fdb"

    def make(self, database, charset="UTF8"):
        script = (f"CREATE DATABASE '127.0.0.1/{self.port}:{self.path(database)}' USER 'SYSDBA' PASSWORD '{PASSWORD}'"
                  f" DEFAULT CHARACTER SET {charset};")  # fmt: skip
        subprocess.run(["isql-fb", "-q", "-b", "-ch", "UTF8"], env=self.env, input=script.encode(), check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip

    def connect(self, database, user="SYSDBA", **more):
        from firebird.driver import connect

        return connect(
            f"127.0.0.1/{self.port}:{self.path(database)}",
            user=user,
            password=PASSWORD,
            **{"charset": "UTF8", **more},
        )

    def sql(self, *statements, database):
        with self.connect(database) as connection:
            for statement in statements:
                connection.execute_immediate(statement)
                connection.commit()

    def address(self, database, user="READER", port=None, **options):
        told = "&".join(f"{name}={value}" for name, value in options.items())
        return f"firebird://{user}@127.0.0.1:{port or self.port}/{self.path(database)}{'?' if told else ''}{told}"
