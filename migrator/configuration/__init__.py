"""``migrator.toml``: which sources, which project, and what the team has decided.

Pure: text in, values out.
"""

from migrator.configuration.decided import FILE_NAME as FILE_NAME
from migrator.configuration.decided import FORMATTERS as FORMATTERS
from migrator.configuration.decided import LEAVE as LEAVE
from migrator.configuration.decided import RESULTS as RESULTS
from migrator.configuration.decided import Configuration as Configuration
from migrator.configuration.decided import EvidenceNeeded as EvidenceNeeded
from migrator.configuration.decided import Generate as Generate
from migrator.configuration.decided import Instrument as Instrument
from migrator.configuration.decided import JobDecision as JobDecision
from migrator.configuration.decided import Ledger as Ledger
from migrator.configuration.decided import Project as Project
from migrator.configuration.reading import read_configuration as read_configuration
