"""Pages with one article per session, whose parts are told apart by their class."""

from __future__ import annotations

from html.parser import HTMLParser

from tasks.parsers.hearing import Hearing, PageError, moment

REQUIRED = ("number", "time")


def parse_cards(html: str) -> list[Hearing]:
    """The sessions in the page's articles."""
    cards = _Cards()
    cards.feed(html)
    cards.close()
    if not cards.listed:
        raise PageError('the page has no element with the class "court-list"')
    return [_hearing(card) for card in cards.found]


def _hearing(card: dict[str, str]) -> Hearing:
    for part in REQUIRED:
        if not card.get(part):
            raise PageError(f"a card has no {part}: {card}")
    return Hearing(
        number=card["number"],
        starts_at=moment(card["time"], "%Y-%m-%dT%H:%M"),
        room=card.get("room", ""),
        judge=card.get("judge", ""),
    )


class _Cards(HTMLParser):
    """Collects the text of each classed part, and the time that an element carries, card by card."""

    def __init__(self) -> None:
        super().__init__()
        self.listed = False
        self.found: list[dict[str, str]] = []
        self._in_card = False
        self._part: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        names = (values.get("class") or "").split()
        if "court-list" in names:
            self.listed = True
        elif tag == "article":
            self._in_card = True
            self.found.append({})
        elif self._in_card and tag == "time":
            self.found[-1]["time"] = values.get("datetime") or ""
        elif self._in_card:
            self._part = next((name for name in ("number", "room", "judge") if name in names), None)

    def handle_endtag(self, tag: str) -> None:
        self._part = None
        if tag == "article":
            self._in_card = False

    def handle_data(self, data: str) -> None:
        if self._part and self.found:
            card = self.found[-1]
            card[self._part] = " ".join(f"{card.get(self._part, '')} {data}".split())
