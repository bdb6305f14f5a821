"""Reads one calendar from standard input with python-icalendar and with circuit-maintenance-parser's generic provider.

Writes a line for each event, `icalendar UID SEQUENCE STATUS START END ATTENDEES`, and one for each maintenance of the
parser, `parser MAINTENANCE ACCOUNT SEQUENCE STATUS START END ASSET=IMPACT,…`; instants are seconds since 1970. Fails when
either complains.
"""

import sys
import warnings

from circuit_maintenance_parser import GenericProvider, NotificationData
from icalendar import Calendar

warnings.simplefilter("error", UserWarning)
raw = sys.stdin.buffer.read()

calendar = Calendar.from_ical(raw)
assert not calendar.errors, calendar.errors
events = calendar.walk("VEVENT")
for event in events:
    assert not event.errors, event.errors
    attendees = event.get("ATTENDEE", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    start, end = (int(event.decoded(name).timestamp()) for name in ("DTSTART", "DTEND"))
    print("icalendar", event["UID"], event["SEQUENCE"], event["STATUS"], start, end, len(attendees))
assert calendar.to_ical() == Calendar.from_ical(calendar.to_ical()).to_ical()

notification = NotificationData.init_from_raw("ical", raw)
for found in GenericProvider().get_maintenances(notification):
    circuits = ",".join(sorted(f"{circuit.circuit_id}={circuit.impact.value}" for circuit in found.circuits))
    print("parser", found.maintenance_id, found.account, found.sequence, found.status.value, found.start, found.end, circuits)
