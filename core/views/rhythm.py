"""How often data comes, and when its absence is late: as the monitors judge it."""

from core.monitoring.rhythm import AT_ONCE as AT_ONCE
from core.monitoring.rhythm import gaps as gaps
from core.monitoring.rhythm import late as late
from core.monitoring.rhythm import span as span
from core.monitoring.rhythm import usual as usual
