"""A made-up API of Open ePlatform: the list of cases, each case's form, and services in undeclared Windows-1252.

The shapes are those of real answers; every person, case and text is invented.
"""

import json
from datetime import datetime, timedelta

FAMILY, FLOW, SPACE = 832, 2411, "http://www.oeplatform.org/version/2.0/schemas/flowinstance"
_START = datetime(2024, 11, 4, 7, 30)  # noqa: DTZ001  # the platform's times have no zone
_PEOPLE = (("Påhittad", "Exempelsson"), ("Provia", "Låtsasdotter"), ("Östen", "Exempelgren"))


class Platform:
    """Answers what the connector asks; `count` cases from number 4001 on."""

    def __init__(self, count=7):
        self.count, self.extra, self.gone = count, {}, set()

    @property
    def numbers(self):
        return [4001 + number for number in range(self.count)]

    def __call__(self, _method, path, _query, _headers, _body):
        if path == "/api/v1/getflows/json":
            return 200, {"Content-Type": "application/json"}, self._services()
        if path == "/api/instanceapi/getinstances":
            return 200, {"Content-Type": "text/xml"}, self._list()
        number = int(path.split("/")[-2])
        if number in self.gone:
            return 404, {"Content-Type": "text/html"}, b"<html>404</html>"
        return 200, {"Content-Type": "text/xml"}, self._form(number)

    def _services(self):
        told = [
            {
                "ID": FLOW + number, "FlowFamilyID": FAMILY + number, "Name": name, "Category": "Anställd på kommunen",
                "URL": "https://etjanster.example/1", "FlowFamilyURL": "https://etjanster.example/2", "CategoryID": 4,
                "Icon": "https://etjanster.example/3", "ShortDescription": "<p>Kort</p>", "LongDescription": "<p>Lång</p>",
                "RequiresAuthentication": True, "RequiresSigning": False, "PaymentSupportEnabled": False, "Enabled": True,
                "Aliases": ["https://etjanster.example/sjuk"],
            }
            for number, name in enumerate(("Anmälan om sjukfrånvaro", "Bygglov för åtgärd", "Felanmälan"))
        ]  # fmt: skip
        return json.dumps({"Flows": told}, ensure_ascii=False).encode("cp1252")

    def _list(self):
        items = "".join(
            f"<FlowInstance><flowInstanceID>{number}</flowInstanceID><added>{_at(number):%Y-%m-%d %H:%M}</added>"
            f"<firstSubmitted>{_at(number):%Y-%m-%d %H:%M}</firstSubmitted><fullyPopulated>true</fullyPopulated>"
            f"<stepID>5312</stepID><lastStatusChange>{_at(number):%Y-%m-%d %H:%M}</lastStatusChange>"
            f"<lastEventAdded>{_at(number) + timedelta(days=8):%Y-%m-%d %H:%M}</lastEventAdded><profileID>1</profileID>"
            f"<remote>false</remote><flowFamilyID>{FAMILY}</flowFamilyID></FlowInstance>"
            for number in self.numbers
        )
        return f"<FlowInstances>{items}</FlowInstances>".encode()

    def _form(self, number):
        first, last = _PEOPLE[number % len(_PEOPLE)]
        person = (
            f"<Firstname><![CDATA[{first}]]></Firstname><Lastname><![CDATA[{last}]]></Lastname>"
            f"<Email><![CDATA[person{number}@etjanster.example]]></Email><ID>{number}</ID>"
        )
        times = "".join(
            f"<{name}>{_at(number):%Y-%m-%dT%H:%M:%S}</{name}>"
            for name in ("Posted", "FirstSubmitted", "LastSubmitted")
        )
        answers = _answer("administrativeUnit", "Vilken förvaltning?", "<Value>vof</Value>")
        answers += _answer("employmentType", "Gäller det en", "<Value>Månadsavlönad</Value>")
        answers += _answer("absentNewOld", "Sjukfrånvaro avser", "<Value>Ny sjukfrånvaro</Value>")
        day = f"<StartDate>{_at(number):%Y-%m-%d}</StartDate>"
        answers += _answer("absentDateFrom", "Datum första sjukdag", day) + self.extra.get(number, "")
        text = (
            f'<?xml version="1.0" encoding="ISO-8859-1" standalone="no"?><FlowInstance xmlns="{SPACE}"><Header><Flow>'
            f"<FamilyID>{FAMILY}</FamilyID><Version>4</Version><FlowID>{FLOW}</FlowID><Name><![CDATA[Anmälan om "
            f"sjukfrånvaro]]></Name></Flow><FlowInstanceID>{number}</FlowInstanceID><Status><ID>17453</ID><Name>"
            f"<![CDATA[Avslutad]]></Name></Status><Poster>{person}</Poster><Owner>{person}</Owner>{times}</Header>"
            f"<Values>{answers}</Values></FlowInstance>"
        )
        return text.encode("iso-8859-1")


def _at(number):
    return _START + timedelta(days=11, minutes=3) * (number - 4001)


def _answer(alias, question, inner):
    return f"<{alias}><QueryID>66864</QueryID><Name><![CDATA[{question}]]></Name>{inner}</{alias}>"
