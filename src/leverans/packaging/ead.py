"""EAD3 and EAC-CPF 2: the fonds, series and paper volumes of a package, and its creators.

Cases stand in ERMS; here is what they lie in, also where that is paper only. Text stands in elements, never
in attributes, so that nothing is lost to white space.
"""

import uuid
from collections.abc import Iterable

from leverans.formats.xmltext import attribute, text
from leverans.model import Location
from leverans.packaging.holdings import Creator, HeldFonds, Holdings, Series, whole_day
from leverans.packaging.order import Organisation, PackageOrder

_DAY = len("2003-04-02")


def write_ead(order: PackageOrder, holdings: Holdings) -> str:
    """Write the finding aid of one package."""
    names = order.profile.namespaces
    parts = "".join(_fonds(order, one) for one in holdings.fonds) + _each_series(order, holdings.series)
    body = f'<dsc dsctype="combined">\n{parts}</dsc>' if parts else ""
    code = _element("unitid", order.reference_code)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ead xmlns="{names["ead"]}">{_control(order)}\n<archdesc level="collection"><did>'
        f"<unittitle>{text(_title(order))}</unittitle>{code}"
        f"{_range('inclusive', holdings.first, holdings.last)}{_origination(order, holdings.creators)}"
        f"<repository><corpname><part>{text(order.preservation.name)}</part></corpname></repository>"
        f"</did>{body}</archdesc></ead>\n"
    )


def write_eac(order: PackageOrder, creator: Creator) -> str:
    """Write the authority record of one creator."""
    names = order.profile.namespaces
    number = _element("identityId", creator.number)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<eac xmlns="{names["eac"]}"><control maintenanceStatus="{_status(order)}">'
        f"<recordId>{_record_id(order, creator)}</recordId><maintenanceAgency>"
        f"<agencyName>{_agency(order.municipality)}</agencyName></maintenanceAgency>"
        '<maintenanceHistory><maintenanceEvent maintenanceEventType="created">'
        f'<agent agentType="machine">{text(order.software.label)}</agent>'
        f"<eventDateTime>{text(order.reference_time)}</eventDateTime></maintenanceEvent></maintenanceHistory>"
        '</control><cpfDescription><identity><entityType value="corporateBody"/>'
        f"<nameEntry><part>{text(creator.name)}</part></nameEntry>{number}</identity>"
        f"{_exists(creator)}</cpfDescription></eac>\n"
    )


def _control(order: PackageOrder) -> str:
    when = attribute(order.reference_time)
    code = order.municipality.code
    agency = "" if code is None else f"<otheragencycode>{text(code)}</otheragencycode>"
    return (
        f"<control><recordid>{text(order.id)}</recordid><filedesc><titlestmt>"
        f"<titleproper>{text(_title(order))}</titleproper></titlestmt></filedesc>"
        f'<maintenancestatus value="{_status(order)}"/><maintenanceagency>{agency}'
        f"<agencyname>{text(order.municipality.name)}</agencyname></maintenanceagency>"
        '<maintenancehistory><maintenanceevent><eventtype value="created"/>'
        f'<eventdatetime standarddatetime="{when}">{when}</eventdatetime><agenttype value="machine"/>'
        f"<agent>{text(order.software.label)}</agent></maintenanceevent></maintenancehistory></control>"
    )


def _fonds(order: PackageOrder, fonds: HeldFonds) -> str:
    return (
        f'<c level="fonds"><did><unittitle>{text(fonds.name)}</unittitle>'
        f"{_element('unitid', fonds.reference_code)}{_origination(order, fonds.creators)}</did>"
        f"{_each_series(order, fonds.series)}</c>\n"
    )


def _each_series(order: PackageOrder, series: Iterable[Series]) -> str:
    return "".join(_series(order, one) for one in series)


def _series(order: PackageOrder, series: Series) -> str:
    words = order.profile.words["describing"]
    plan = "" if series.scheme is None else f"<fileplan><p>{text(series.scheme)}</p></fileplan>"
    return (
        f'<c level="series"><did>{_element("unitid", series.code)}{_element("unittitle", series.title)}'
        f"{_range('inclusive', series.first, series.last)}"
        '<physdescstructured coverage="whole" physdescstructuredtype="materialtype">'
        f"<quantity>{series.cases}</quantity><unittype>{text(words['cases'])}</unittype></physdescstructured>"
        f"</did>{plan}{''.join(_volume(words['volume'], one) for one in series.volumes)}</c>\n"
    )


def _volume(word: str, location: Location) -> str:
    """Write where paper lies; `didnote` says whether the data told or an archivist did."""
    return (
        f'<c level="otherlevel" otherlevel="{attribute(word)}"><did>'
        f"<container>{text(location.place)}</container>"
        f"<didnote>{text(location.basis)}</didnote></did></c>"
    )


def _origination(order: PackageOrder, creators: Iterable[Creator]) -> str:
    """Name creators, each by the id of its authority record."""
    return "".join(
        f'<origination><corpname identifier="{_record_id(order, one)}">'
        f"<part>{text(one.name)}</part></corpname></origination>"
        for one in creators
    )


def _record_id(order: PackageOrder, creator: Creator) -> str:
    own = (creator.name, creator.number, creator.valid_from, creator.valid_to)
    return str(uuid.uuid5(uuid.UUID(order.id), f"creator/{own}"))


def _range(kind: str, first: str | None, last: str | None) -> str:
    if first is None and last is None:
        return ""
    inner = f"{_date('fromdate', 'standarddate', first)}{_date('todate', 'standarddate', last)}"
    return f'<unitdatestructured unitdatetype="{kind}"><daterange>{inner}</daterange></unitdatestructured>'


def _exists(creator: Creator) -> str:
    begins = _date("fromDate", "standardDate", creator.valid_from)
    ends = _date("toDate", "standardDate", creator.valid_to)
    if not begins and not ends:
        return ""
    return f"<description><existDates><dateRange>{begins}{ends}</dateRange></existDates></description>"


def _date(name: str, standard: str, value: str | None) -> str:
    """Write a date as the source has it; in the standard form, too, where it is a whole day."""
    if value is None:
        return ""
    whole = len(value) == _DAY and whole_day(value) == value
    known = f' {standard}="{value}"' if whole else ""
    return f"<{name}{known}>{text(value)}</{name}>"


def _element(name: str, value: str | None) -> str:
    return "" if value is None else f"<{name}>{text(value)}</{name}>"


def _title(order: PackageOrder) -> str:
    return f"{order.delivery} {order.partition}"


def _status(order: PackageOrder) -> str:
    return order.profile.words["describing"][order.status]


def _agency(who: Organisation) -> str:
    return text(f"{who.name} ({who.code})" if who.code else who.name)
