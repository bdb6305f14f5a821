"""Nanoseconds an occurrence of python-dateutil, on the wall clock without zones. Lines in: rule, DTSTART, how many."""
import sys
from datetime import datetime
from itertools import islice
from time import perf_counter_ns

from dateutil.rrule import rrulestr

for line in sys.stdin:
    rule, start, most = line.split()
    start, most, best = datetime.strptime(start, "%Y%m%dT%H%M%S"), int(most), None
    for _ in range(5):
        begun = perf_counter_ns()
        count = sum(1 for _ in islice(rrulestr(rule, dtstart=start), most))
        each = (perf_counter_ns() - begun) / count
        best = each if best is None else min(best, each)
    print(f"{best:.1f}", flush=True)
