"""From cron's schedule to Celery's, exactly or not at all, and the proof of it."""
