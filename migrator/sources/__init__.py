"""Places that declare jobs: one module per kind, text in, jobs with their places out.

To add one: a module with a function from text to ``Reading``s of its jobs, a line in
``inventory.SOURCES``, samples under crontabs/samples/ with ``# expect:`` annotations.
"""
