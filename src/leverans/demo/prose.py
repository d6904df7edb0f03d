"""What the documents say: paragraphs about serving permits, drawn sentence by sentence."""

from datetime import timedelta
from random import Random

from leverans.demo.lexicon import lexicon
from leverans.demo.things import Case, Document, Letter


def compose(case: Case, document: Document, chance: Random) -> Letter:
    """The letter that a document of a case is."""
    return Letter(
        reference=case.reference,
        number=document.number,
        title=document.heading,
        at=document.at,
        place=case.place,
        counterpart=case.counterpart,
        handler=case.handler,
        outgoing=document.direction == "U",
        paragraphs=_paragraphs(case, document, chance),
    )


def _slots(case: Case, document: Document, chance: Random) -> dict[str, object]:
    words = lexicon().words
    return {
        "reference": case.reference,
        "place": case.place,
        "counterpart": case.counterpart,
        "handler": case.handler,
        "date": f"{document.at - timedelta(chance.randrange(1, 60)):%Y-%m-%d}",
        "street": chance.choice(words["streets"]),
        "authority": chance.choice(words["authorities"]).capitalize(),
        "number": chance.randrange(2, 60),
        "seats": chance.randrange(20, 240),
        "hour": chance.choice(("22", "23", "01", "02")),
        "amount": f"{chance.randrange(20, 900)} {chance.randrange(1000):03d}",
    }


def _paragraphs(case: Case, document: Document, chance: Random) -> tuple[str, ...]:
    sentences = lexicon().words["sentences"]
    paragraphs = []
    for _ in range(chance.choice((2, 3, 4, 5, 6, 8, 12, 24))):
        slots = _slots(case, document, chance)
        chosen = chance.sample(sentences, chance.randrange(3, 8))
        paragraphs.append(" ".join(chosen).format_map(slots))
    return tuple(paragraphs)
