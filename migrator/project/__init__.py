"""The project: its management commands, what they take, and what their code does.

Pure: the texts of modules in, values out. Nothing of the project is imported or executed.
"""
