/* Nanoseconds an occurrence of libical, on the wall clock without zones. Lines in: rule, DTSTART, how many. */
#define _POSIX_C_SOURCE 199309L
#include <libical/ical.h>
#include <stdio.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(void) {
    char rule[256], start[32];
    int most;
    while (scanf("%255s %31s %d", rule, start, &most) == 3) {
        double best = 1e18;
        for (int round = 0; round < 7; round++) {
            double begun = now();
            struct icalrecurrencetype recur = icalrecurrencetype_from_string(rule);
            icalrecur_iterator *it = icalrecur_iterator_new(recur, icaltime_from_string(start));
            int n = 0;
            while (n < most && !icaltime_is_null_time(icalrecur_iterator_next(it)))
                n++;
            icalrecur_iterator_free(it);
            double each = (now() - begun) / (n ? n : 1);
            if (each < best)
                best = each;
        }
        printf("%.1f\n", best);
        fflush(stdout);
    }
    return 0;
}
