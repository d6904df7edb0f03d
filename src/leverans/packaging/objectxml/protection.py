"""The receiver's protection values, derived from the three axes: what is not known is closed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leverans.formats.profiles import Profile
from leverans.model import Agent, Restriction


@dataclass(frozen=True, slots=True)
class Shield:
    """The values of one object, document or file.

    Attributes:
        values: value by attribute, e.g. ``0``, ``10``, ``20``.
        laws: the legal grounds, in order.
    """

    values: Mapping[str, int]
    laws: tuple[str, ...] = ()

    def over(self, others: "Iterable[Shield]") -> "Shield":
        """Give what is as closed as this and each of the others, with the grounds of all."""
        known = [self, *others]
        values = {name: max(one.values[name] for one in known) for name in self.values}
        return Shield(values, tuple(dict.fromkeys(law for one in known for law in one.laws)))

    def under(self, laws: Iterable[str]) -> "Shield":
        """Give the same values with these grounds before its own."""
        return Shield(self.values, tuple(dict.fromkeys((*laws, *self.laws))))


class Protection:
    """Derives values.

    Args:
        profile: which axis answers for which attribute, and how closed an answer is.
    """

    def __init__(self, profile: Profile) -> None:
        self._axes, self._web = profile.words["axis"], profile.words["web"]
        self._closed = int(profile.words["protection"]["closed"])
        self._person = self._axes["personal_data"]

    def of(
        self, restrictions: Iterable[Restriction], above: Shield | None = None, agents: Iterable[Agent] = ()
    ) -> Shield:
        """Give the values of a thing.

        An axis that a thing says nothing of has the value of what it lies in, and is closed where nothing
        says anything. Nothing is more open than what it lies in. An axis that the receiver has no attribute
        for closes them all, unless it lets everything be shown.

        Args:
            restrictions: its own answers.
            above: the values of what it lies in.
            agents: its agents; a protected identity closes personal data.
        """
        told: dict[str, int] = {}
        for one in restrictions:
            value = int(self._web.get(one.web, self._closed))
            names = [self._axes[one.axis]] if one.axis in self._axes else list(self._axes.values())
            for name in names if one.axis in self._axes or value else ():
                told[name] = max(told.get(name, 0), value)
        if any(agent.protected_identity is not None for agent in agents):
            told[self._person] = self._closed
        base = {} if above is None else above.values
        values = {
            name: max(told.get(name, base.get(name, self._closed)), base.get(name, 0))
            for name in self._axes.values()
        }
        return Shield(values, tuple(dict.fromkeys(one.law for one in restrictions if one.law is not None)))
