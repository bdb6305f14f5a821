#!/usr/bin/env python3
"""Answers rules as python-dateutil does: NDJSON in, NDJSON out, a line for a line.

In:  {"dtstart": "19970902T090000", "rrule": "FREQ=DAILY;COUNT=3", "limit": 20}
Out: {"starts": [...], "partial": false}   partial: a tenth of a second was not enough, the list is its beginning
     {"error": "..."}                      dateutil refuses the rule

tests/it/recurrence/dateutil.rs writes the questions and compares the answers.
"""
import json
import signal
import sys
from datetime import datetime

from dateutil.rrule import rrulestr

FORM = "%Y%m%dT%H%M%S"


class TooLong(Exception):
    pass


def too_long(*_):
    raise TooLong


def answer(question):
    starts = []
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        rule = rrulestr(question["rrule"], dtstart=datetime.strptime(question["dtstart"], FORM))
        for start in rule:
            starts.append(start.strftime(FORM))
            if len(starts) == question["limit"]:
                break
        return {"starts": starts, "partial": False}
    except TooLong:
        return {"starts": starts, "partial": True}
    except ValueError as error:
        return {"error": str(error)}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


signal.signal(signal.SIGALRM, too_long)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
