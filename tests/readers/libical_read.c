/* Reads one calendar from standard input with libical, strictly, and writes what it holds: a line for each thing wrong
 * (`error …`), and for each event its UID, SEQUENCE, STATUS, start and end (in UTC), and attendees.
 * Exit status 1 when anything was wrong. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int wrong = 0;

static void errors(icalcomponent *component) {
    for (icalproperty *p = icalcomponent_get_first_property(component, ICAL_XLICERROR_PROPERTY); p;
         p = icalcomponent_get_next_property(component, ICAL_XLICERROR_PROPERTY)) {
        printf("error %s\n", icalproperty_get_xlicerror(p));
        wrong = 1;
    }
    for (icalcomponent *c = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT); c;
         c = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT))
        errors(c);
}

int main(void) {
    static char text[1 << 20];
    size_t length = fread(text, 1, sizeof text - 1, stdin);
    text[length] = 0;
    icalcomponent *calendar = icalparser_parse_string(text);
    if (!calendar) {
        printf("error no calendar\n");
        return 1;
    }
    /* What iTIP and RFC 5545 ask of each component is noted in it as errors. */
    icalrestriction_check(calendar);
    errors(calendar);
    for (icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event;
         event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
        struct icaltimetype start = icalcomponent_get_dtstart(event), end = icalcomponent_get_dtend(event);
        icalproperty *status = icalcomponent_get_first_property(event, ICAL_STATUS_PROPERTY);
        int attendees = icalcomponent_count_properties(event, ICAL_ATTENDEE_PROPERTY);
        printf("event %s %d %s %lld %lld %d\n", icalcomponent_get_uid(event), icalcomponent_get_sequence(event),
               status ? icalproperty_enum_to_string(icalproperty_get_status(status)) : "-",
               (long long)icaltime_as_timet_with_zone(start, icaltimezone_get_utc_timezone()),
               (long long)icaltime_as_timet_with_zone(end, icaltimezone_get_utc_timezone()), attendees);
    }
    icalcomponent_free(calendar);
    return wrong;
}
