"""Task runners: what ``make TARGET``, ``just RECIPE`` and ``invoke NAME`` run, as shell text."""
