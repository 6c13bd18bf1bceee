"""The pages of the dashboard: values in, HTML out; the Django app gathers the values and serves the pages."""
