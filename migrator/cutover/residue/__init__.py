"""What is left of cron in a tree: texts and an inventory in, findings out.

One module per kind of trace; ``survey`` asks them all. Words such as chronological, acronym and
micron are no cron, and neither is prose: what counts is a command, a setting, a name or a path.
"""
