"""The ledger: runs, claims, hand-overs, and the cron hosts that follow them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, Kind
from migrator.contrib.django.instants import Instant


def _choices(words: type) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]  # type: ignore[attr-defined]


class Run(models.Model):
    """One execution, would-be execution or yield; its end is filled in once, nothing else changes."""

    run = models.CharField(max_length=64, unique=True)
    job = models.CharField(max_length=200)
    side = models.CharField(max_length=16, choices=_choices(Side))
    action = models.CharField(max_length=16, choices=_choices(Action))
    kind = models.CharField(max_length=16, choices=_choices(Kind))
    slot = models.CharField(max_length=40, blank=True)
    due = Instant(null=True, blank=True)
    published = Instant(null=True, blank=True)
    received = Instant(null=True, blank=True)
    started = Instant()
    finished = Instant(null=True, blank=True)
    exit = models.IntegerField(null=True, blank=True)
    signal = models.IntegerField(null=True, blank=True)
    reason = models.CharField(max_length=255, blank=True)
    output = models.TextField(blank=True)
    host = models.CharField(max_length=128, blank=True)
    user = models.CharField(max_length=64, blank=True)
    worker = models.CharField(max_length=255, blank=True)
    pid = models.IntegerField(null=True, blank=True)
    task = models.CharField("task id", max_length=255, blank=True)
    demo = models.BooleanField(default=False)
    # by process: what it counted, or null where it never said
    effects = models.JSONField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["job", "started"], name="migrator_run_started"),
            models.Index(fields=["job", "slot"], name="migrator_run_slot"),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.slot or self.kind} {self.side} {self.action}"


class SlotState(models.TextChoices):
    """How far a claim has come; ``waiting``: for the retry that the task has announced."""

    CLAIMED = "claimed"
    STARTED = "started"
    WAITING = "waiting"
    DONE = "done"


class Slot(models.Model):
    """The single right to execute a slot; the unique row is the claim."""

    job = models.CharField(max_length=200)
    slot = models.CharField(max_length=40)
    due = Instant()
    owner = models.CharField(max_length=16, choices=_choices(Owner))
    state = models.CharField(max_length=16, choices=SlotState.choices, default=SlotState.CLAIMED)
    holder = models.CharField("task id of the holder", max_length=255)
    run = models.CharField(max_length=64)
    attempt = models.PositiveIntegerField(default=0)
    claimed_at = Instant()
    started_at = Instant(null=True, blank=True)
    finished_at = Instant(null=True, blank=True)
    demo = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="migrator_one_claim")]

    def __str__(self) -> str:
        return f"{self.job} {self.slot} {self.state}"


class Handover(models.Model):
    """From a slot on, another owner: one row for each request, never changed: the audit log."""

    job = models.CharField(max_length=200, db_index=True)
    owner = models.CharField(max_length=16, choices=_choices(Owner))
    previous = models.CharField(max_length=16, choices=_choices(Owner))
    from_slot = models.CharField(max_length=40)
    from_due = Instant()
    reason = models.TextField(blank=True)
    accepted = models.TextField("risk accepted because", blank=True)
    who = models.CharField(max_length=150)
    at = Instant(default=timezone.now)

    class Meta:
        verbose_name = "hand-over"
        verbose_name_plural = "hand-overs"
        permissions = [
            ("view_dashboard", "Can look at the dashboard"),
            ("view_output", "Can read what jobs print"),
            ("change_owner", "Can change who executes a job"),
            ("accept_risk", "Can hand a job over although its evidence is not complete"),
            ("abort", "Can give every job back to cron"),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.owner} from {self.from_slot}"


class Over(models.TextChoices):
    """How a cron host reaches the ledger; over the broker it cannot read owners."""

    DATABASE = "database"
    BROKER = "broker"


class Host(models.Model):
    """A cron host, as the user whose crontab runs ``migrator sync`` there."""

    name = models.CharField(max_length=128)
    user = models.CharField(max_length=64)
    spool = models.CharField(max_length=255)
    first_seen = Instant(default=timezone.now)
    last_seen = Instant(default=timezone.now)
    left_at = Instant(null=True, blank=True)
    over = models.CharField(max_length=16, choices=Over.choices, default=Over.DATABASE)
    quarantined = models.PositiveIntegerField("unreadable lines", default=0)
    # measured at the last sync: seconds ahead of the database's clock, and the zone of the machine's
    ahead = models.FloatField("clock ahead, in seconds", null=True, blank=True)
    timezone = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "cron host"
        constraints = [models.UniqueConstraint(fields=["name", "user", "spool"], name="migrator_one_host")]

    def __str__(self) -> str:
        return f"{self.user}@{self.name}:{self.spool}"


class Acknowledgement(models.Model):
    """A host's word that its slot table follows a hand-over from an instant on."""

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="acknowledgements")
    host = models.ForeignKey(Host, models.CASCADE, related_name="acknowledgements")
    effective = Instant()
    applied = models.BooleanField(default=False)
    at = Instant(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.host} {self.handover} at {self.effective:%Y-%m-%dT%H:%M:%SZ}"


class UnrecordedStart(models.Model):
    """A management command that cron starts without the recorder: one row for all its starts on a host."""

    host = models.CharField(max_length=128)
    user = models.CharField(max_length=64)
    command = models.CharField(max_length=255)
    times = models.PositiveIntegerField(default=1)
    first_seen = Instant(default=timezone.now)
    last_seen = Instant(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "user", "command"], name="migrator_one_unrecorded")
        ]

    def __str__(self) -> str:
        return f"{self.user}@{self.host}: {self.command}"


class Digest(models.Model):
    """A mail of what went wrong in a period: its unique row is the right to send it."""

    period = models.CharField(max_length=40, unique=True)
    since = Instant()
    until = Instant()
    begun_at = Instant(default=timezone.now)
    sent_at = Instant(null=True, blank=True)
    host = models.CharField(max_length=128, blank=True)
    recipients = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.period


class Horizon(models.Model):
    """One row: runs of slots due before this instant are pruned, or about to be."""

    before = Instant()
    done = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.before:%Y-%m-%dT%H:%M:%SZ}"


class Judged(models.Model):
    """The verdict on a job when its slots were last compared: what the board shows without comparing them.

    ``handover``: the key of the latest hand-over then. ``begun``: somebody is at it since then.
    """

    job = models.CharField(max_length=200, unique=True)
    at = Instant(null=True, blank=True)
    begun = Instant(null=True, blank=True)
    handover = models.BigIntegerField(default=0)
    demo = models.BooleanField(default=False)
    document = models.JSONField(default=dict)

    class Meta:
        verbose_name = "verdict"

    def __str__(self) -> str:
        return f"{self.job} {self.document.get('verdict', '-')}"


class Settled(models.Model):
    """What the slots of a job before a day of its clock add up to; it can be thrown away at any time."""

    job = models.CharField(max_length=200)
    demo = models.BooleanField(default=False)
    day = models.DateField(null=True, blank=True)
    rules = models.CharField(max_length=64, blank=True)  # a fingerprint of what the sums follow from
    newest = models.BigIntegerField(default=0)  # key of a run: those after it are not in the sums
    version = models.BigIntegerField(default=0)  # how often word has come that more is told of its slots
    sums = models.JSONField(default=dict)
    latest = models.JSONField(default=dict)  # the outcomes of the latest settled slots, and when they hold

    class Meta:
        verbose_name = verbose_name_plural = "settled past"
        constraints = [models.UniqueConstraint(fields=["job", "demo"], name="migrator_one_settled")]

    def __str__(self) -> str:
        return f"{self.job} {self.day}"
