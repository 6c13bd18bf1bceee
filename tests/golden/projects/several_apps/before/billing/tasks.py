"""Tasks of ours."""
import logging
from celery import shared_task

log = logging.getLogger(__name__)

@shared_task
def send_invoices(customer):
    """One customer's, when he asks for them."""
    log.info("sent to %s", customer)
