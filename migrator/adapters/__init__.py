"""The hands: files, this host's crontabs, processes, the clock."""
