#!/usr/bin/env python3
"""Answers rules as python-dateutil does: NDJSON in, NDJSON out, a line for a line.

In:  {"dtstart": "19970902T090000", "rrule": "FREQ=DAILY;COUNT=3", "limit": 20}
Out: {"starts": [...], "partial": false}   partial: a tenth of a second of processor time was not enough, the list is its beginning
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


armed = False


def too_long(*_):
    # The alarm may be heard a moment late, when the answer is there already.
    if armed:
        raise TooLong


def answer(question):
    global armed
    starts = []
    try:
        armed = True
        # Processor time, so that a busy machine changes nothing.
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.1)
        rule = rrulestr(question["rrule"], dtstart=datetime.strptime(question["dtstart"], FORM))
        for start in rule:
            starts.append(start.strftime(FORM))
            if len(starts) == question["limit"]:
                break
        armed = False
        return {"starts": starts, "partial": False}
    except TooLong:
        return {"starts": starts, "partial": True}
    except ValueError as error:
        armed = False
        return {"error": str(error)}


def answered(line):
    global armed
    try:
        return answer(json.loads(line))
    except TooLong:
        return {"starts": [], "partial": True}
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


signal.signal(signal.SIGVTALRM, too_long)
for line in sys.stdin:
    print(json.dumps(answered(line)), flush=True)
