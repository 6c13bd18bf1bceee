"""The main job on the reference project, live, on this machine, in a few minutes.

Everything happens in a scratch folder. The machine's own crontab is never read or written.
"""
