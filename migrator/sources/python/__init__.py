"""Schedules declared in Python: settings, decorators, classes, calls; read as a tree, never imported or run.

One module per library; ``python_file.py`` beside this package puts them together. To add one: a
``Reader`` (see reader.py), a row in ``python_file.READERS``, samples under crontabs/samples/python/.
"""
