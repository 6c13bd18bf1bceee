"""Tell whether the broker of the settings answers: prints ``settings`` or ``none``, or says who refused.

Runs in .venv from the project's folder, because only the project knows its broker.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from amqp.exceptions import AccessRefused, NotAllowed
from kombu.utils.url import maybe_sanitize_url

from config.celery import app


def main() -> int:
    """Log in to the broker once, without retries."""
    with app.connection_for_write(connect_timeout=3) as connection:
        address = maybe_sanitize_url(connection.as_uri())
        try:
            connection.connect()
        except (AccessRefused, NotAllowed) as refusal:
            said = str(refusal.reply_text).partition(". ")[0]
            print(
                f"the broker at {address} refuses the login ({said}): "
                "set CELERY_BROKER_URL=amqp://USER:PASSWORD@HOST:5672/VHOST",
                file=sys.stderr,
            )
            return 3
        except connection.connection_errors as problem:
            if "CELERY_BROKER_URL" not in os.environ and isinstance(problem, ConnectionRefusedError):
                print("none")
                return 0
            print(
                f"no broker answers at {address} ({problem}): start it, or set CELERY_BROKER_URL",
                file=sys.stderr,
            )
            return 3
    print("settings")
    return 0


if __name__ == "__main__":
    sys.exit(main())
