"""Places that declare jobs: one module per kind, text in, jobs with their places out.

To add one: a module with a ``SOURCE`` (see source.py), a row in ``kinds.SOURCES``, samples
under crontabs/samples/ with ``# expect:`` annotations, a paragraph in docs/reference/sources.md.
"""
