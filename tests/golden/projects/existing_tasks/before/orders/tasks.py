from celery import shared_task


@shared_task
def send_mail_to(address):
    """Mine."""
