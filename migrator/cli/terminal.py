"""What a terminal is given: a crontab may hold codes that would move its cursor or change its title."""

# C0 but tab and line feed, DEL, and C1, which some terminals obey: each as one character, so that widths stay
_CONTROLS = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"},
    0x7F: "\u2421",
    **dict.fromkeys(range(128, 160), "�"),
}


def shown(text: str) -> str:
    """The text with its control characters made visible: ESC as \u241b."""
    return text if text.isascii() and text.isprintable() else text.translate(_CONTROLS)
