"""Sends requests: pooled, bounded, gently, again after outages; tells what a server says apart."""

import base64
import logging
import random
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import BinaryIO, cast
from urllib.parse import quote, urlencode, urljoin, urlsplit

import urllib3

from leverans.clock import Clock, SystemClock
from leverans.errors import AccessDenied, ConfigurationError, LeveransError, Outage, Refused
from leverans.sources.gently import Gate
from leverans.sources.wire.address import Address, origin_of

logging.getLogger("urllib3").setLevel(logging.WARNING)  # its debug lines hold whole addresses

LARGEST_ANSWER = 4 << 30
ATTEMPTS = 4
_IN_MEMORY = 1 << 20
_CHUNK = 1 << 18
_LONGEST_WAIT = 120.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_PART = 206
"""Part of an answer (RFC 9110, 15.3.7), which nobody asks for here."""
_TIMEOUT = urllib3.Timeout(connect=15.0, read=120.0)


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        operation: what it is called, in messages and in the log of requests.
        path: below the service's own path; or a whole address on the same server.
        query: parameters; their values stand in no message and no log.
        body: what is sent, or None for a GET.
        headers: besides the usual ones.
    """

    operation: str
    path: str = ""
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Answer:
    """What came back.

    Attributes:
        status: HTTP status.
        kind: media type without parameters, in small letters.
        charset: declared encoding, or an empty text.
        link: address of the next page that the server names, or an empty text.
        body: the bytes, from their beginning; in memory where they are few, else in a file without name.
        lied: the encoding that it really had, where that is not what it said; else an empty text.
    """

    status: int
    kind: str
    charset: str
    link: str
    body: BinaryIO
    lied: str = ""


class Unfit(Exception):
    """An answer that is none: a page of HTML, a fault, something cut off.

    Args:
        code: a code of `leverans.findings`.
        passing: another try may bring the right one.
        parameters: what fills the code's text; nothing out of the answer.
    """

    def __init__(self, code: str, *, passing: bool, **parameters: str | int) -> None:
        self.code = code
        self.passing = passing
        self.parameters = parameters
        super().__init__(code)


Judge = Callable[[Answer], None]
"""Looks at an answer and raises `Unfit` or an error of the whole source."""


class Client:
    """Asks one server.

    Args:
        name: name of the source, for messages.
        address: where it is.
        gate: lets every request through.
        clock: tells the time for ``Retry-After``.
        pause: waits some seconds.
        largest: bytes of an answer at most.
    """

    def __init__(
        self,
        name: str,
        address: Address,
        gate: Gate,
        *,
        clock: Clock | None = None,
        pause: Callable[[float], object] = time.sleep,
        largest: int = LARGEST_ANSWER,
    ) -> None:
        self._name = name
        self._address = address
        self._gate = gate
        self._clock = clock or SystemClock()
        self._pause = pause
        self._largest = largest
        self._sent: dict[str, None] = {}
        self._made: urllib3.HTTPConnectionPool | None = None

    @property
    def address(self) -> Address:
        """Where the server is."""
        return self._address

    def statements(self) -> tuple[str, ...]:
        """Give every different request sent so far, without values."""
        return tuple(self._sent)

    def close(self) -> None:
        """Let all connections go; the next request opens new ones."""
        if self._made is not None:
            self._made.close()
            self._made = None

    def passed(self, items: int) -> None:
        """Tell that so many items were read; waits as long as the delivery's limits say."""
        self._gate.passed(items)

    def ask(self, request: Request, judge: Judge) -> Answer:  # noqa: C901  # what is tried again, at one glance
        """Send a request until the answer is fit, four times at most.

        Raises:
            Unfit: the answer is not what was asked for, and stays so.
            AccessDenied: SRC170 login, SRC171 permission.
            ConfigurationError: SRC173 certificate, SRC174 no such request, SRC175 another host.
            Outage: SRC172 the server does not answer.
        """
        for attempt in range(ATTEMPTS):
            self._gate.look()
            wait = min(30.0, 2.0**attempt) * (0.75 + random.random() / 2)  # noqa: S311  # no secret: spreads retries
            try:
                answer = self._once(request)
            except Outage:
                if attempt == ATTEMPTS - 1:
                    raise
            except _Later as later:
                if attempt == ATTEMPTS - 1:
                    raise Outage(
                        "SRC172", self._name, operation=request.operation, reason=str(later.status)
                    ) from None
                wait = later.seconds if later.seconds is not None else wait
            else:
                try:
                    self._judged(answer, request, judge)
                except Unfit as fault:
                    answer.body.close()
                    if not fault.passing or attempt == ATTEMPTS - 1:
                        raise
                except BaseException:
                    answer.body.close()
                    raise
                else:
                    return answer
            self._pause(wait)
        raise AssertionError(ATTEMPTS)  # pragma: no cover

    def _judged(self, answer: Answer, request: Request, judge: Judge) -> None:
        if answer.status == 401:
            raise AccessDenied("SRC170", self._name, account=self._address.user or self._address.auth)
        if answer.status == 403:
            raise AccessDenied("SRC171", self._name, operation=request.operation)
        if answer.status == _PART:
            raise Unfit("SRC195", passing=True, operation=request.operation, status=answer.status)
        judge(answer)
        if answer.status >= 400:
            raise Unfit("SRC174", passing=False, operation=request.operation, status=answer.status)

    def _once(self, request: Request) -> Answer:
        url = self._url(request)
        for _ in range(_MOST_REDIRECTS):
            response = self._sent_to(url, request)
            try:
                if response.status not in _REDIRECTS:
                    return self._answer(response, url, request)
                target = urljoin(url, response.headers.get("location", ""))
            finally:
                response.release_conn()
            if origin_of(target) != self._address.origin or request.body is not None:
                break
            url = target
        raise Refused("SRC175", self._name, operation=request.operation)

    def _url(self, request: Request) -> str:
        told = self._address
        root = f"{told.scheme}://{told.host}:{told.port}"
        if "://" in request.path:
            if origin_of(request.path) != told.origin:
                raise Unfit("SRC175", passing=False, operation=request.operation)
            url = request.path
        else:
            url = root + told.path + request.path
        if request.query:
            url += ("&" if urlsplit(url).query else "?") + urlencode(request.query, quote_via=quote)
        return url

    def _sent_to(self, url: str, request: Request) -> urllib3.BaseHTTPResponse:
        method = "GET" if request.body is None else "POST"
        names = "&".join(key for key, _ in request.query)
        self._sent.setdefault(f"{method} {request.operation}{'?' + names if names else ''}")
        told = urlsplit(url)
        try:
            return self._pool().request(
                method,
                told.path + (f"?{told.query}" if told.query else "") or "/",
                body=request.body,
                headers={**self._headers(), **request.headers},
                retries=False,
                redirect=False,
                preload_content=False,
                timeout=_TIMEOUT,
            )
        except (urllib3.exceptions.HTTPError, OSError) as fault:
            raise self._fault(fault, request) from None

    def _answer(self, response: urllib3.BaseHTTPResponse, url: str, request: Request) -> Answer:
        if response.status in _PASSING and (response.status != 500 or request.body is None):
            raise _Later(response.status, self._seconds(response.headers.get("retry-after", "")))
        body = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115  # the answer owns it
        size = 0
        try:
            for chunk in response.stream(_CHUNK, decode_content=True):
                size += len(chunk)
                if size > self._largest:
                    raise Unfit(  # noqa: TRY301  # what was read is closed below
                        "SRC178", passing=False, operation=request.operation, limit=self._largest >> 20
                    )
                body.write(chunk)
        except (urllib3.exceptions.HTTPError, OSError) as fault:
            body.close()
            response.close()
            raise self._fault(fault, request) from None
        except Unfit:
            body.close()
            response.close()
            raise
        body.seek(0)
        kind, _, rest = response.headers.get("content-type", "").lower().partition(";")
        charset = rest.partition("charset=")[2].partition(";")[0].strip(" \"'")
        link = _next_link(response.headers.get("link", ""))
        return Answer(response.status, kind.strip(), charset, urljoin(url, link) if link else "", body)

    def _fault(self, fault: Exception, request: Request) -> LeveransError:
        """Tell what failed by its class; what the driver says may hold addresses."""
        inner: BaseException | None = fault
        while inner is not None:
            if isinstance(inner, ssl.SSLCertVerificationError):
                return ConfigurationError("SRC173", self._name, reason=inner.verify_message or "TLS")
            inner = inner.__cause__ or inner.__context__
        return Outage("SRC172", self._name, operation=request.operation, reason=type(fault).__name__)

    def _seconds(self, told: str) -> float | None:
        """How long the server wants to be left alone; two minutes at most."""
        try:
            if told.strip().isdigit():
                wanted = float(told)
            else:
                wanted = (parsedate_to_datetime(told) - self._clock.now()).total_seconds()
        except (ValueError, TypeError):
            return None
        return max(0.0, min(wanted, _LONGEST_WAIT))

    def _headers(self) -> dict[str, str]:
        told = self._address
        headers = {"User-Agent": "leverans", "Accept-Encoding": "gzip"}
        if told.auth == "basic":
            pair = base64.b64encode(f"{told.user}:{told.secret}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        elif told.auth == "bearer":
            headers["Authorization"] = f"Bearer {told.secret}"
        elif told.auth == "header":
            headers[told.header] = told.secret
        return headers

    def _pool(self) -> urllib3.HTTPConnectionPool:
        if self._made is None:
            told = self._address
            if told.scheme == "http":
                self._made = urllib3.HTTPConnectionPool(told.host, told.port, maxsize=2)
            else:
                try:
                    context = ssl.create_default_context(cafile=str(told.ca) if told.ca else None)
                except OSError:
                    raise ConfigurationError("SRC173", self._name, reason="?ca=") from None
                self._made = urllib3.HTTPSConnectionPool(told.host, told.port, maxsize=2, ssl_context=context)
        return self._made


class _Later(Exception):
    """The server says: not now."""

    def __init__(self, status: int, seconds: float | None) -> None:
        self.status = status
        self.seconds = seconds


def _next_link(told: str) -> str:
    for part in told.split(","):
        target, _, rest = part.strip().partition(";")
        if 'rel="next"' in rest.replace(" ", "") or "rel=next" in rest.replace(" ", ""):
            return target.strip().strip("<>")
    return ""
