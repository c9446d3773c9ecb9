"""The soak in short; scripts/torture --soak MINUTES is the long one."""
import random

from cases import case
from soak import Soak

SECONDS = 60  # with what comes up before and after it about 90 s of a full run


# case 158
@case(seconds=SECONDS + 300)
def under_traffic_and_faults_nothing_is_lost_and_nothing_grows(stage):
    Soak(stage, random.randrange(1 << 30)).run(SECONDS)
