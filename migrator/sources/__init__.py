"""Places that declare jobs: one module per kind, text in, jobs with their places out.

To add one: a module with a function from text to ``Found``, a case in ``inventory._read``,
samples under crontabs/samples/ with ``# expect:`` annotations.
"""
