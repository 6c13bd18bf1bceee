"""The work of a legal-advice office: cases, events, staff, court sessions, and the jobs that cron runs over them."""
