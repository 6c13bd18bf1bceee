"""The work of a legal-advice office: cases, events, staff, courts, and the jobs that cron runs over them."""
