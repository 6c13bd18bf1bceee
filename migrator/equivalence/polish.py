"""Days and months in Polish sentences of cron-descriptor, which names them by LC_TIME: in English."""

from __future__ import annotations

import calendar
import gettext
import re

_NAME = "|".join((*calendar.day_name, *filter(None, calendar.month_name)))
_RANGE = re.compile(rf"\bod ({_NAME}) do ({_NAME})\b", re.IGNORECASE)
_AFTER_COLON = re.compile(rf"(?<=: )({_NAME})\b", re.IGNORECASE)
_ALONE = re.compile(rf"\b({_NAME})\b", re.IGNORECASE)


def polished(text: str, names: gettext.NullTranslations) -> str:
    """The sentence with its names in the case that it asks for; ``names`` has them by context."""

    def say(context: str, name: str) -> str:
        return names.pgettext(context, name.capitalize())

    text = _RANGE.sub(lambda m: f"od {say('range', m[1])} do {say('range', m[2])}", text)
    text = _AFTER_COLON.sub(lambda m: say("name", m[1]), text)
    text = _ALONE.sub(lambda m: say("when", m[1]), text)
    return text.replace(", i ", " i ")  # no comma before the last of a list in Polish
