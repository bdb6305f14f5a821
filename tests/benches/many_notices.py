#!/usr/bin/env python3
"""Writes many notices, made of the shipped samples, to import them: `many_notices.py COUNT FOLDER|FILE.mbox`.

Each maintenance is told by all samples of one vendor, in their order, with a reference, minutes, receipts and Message-IDs
of its own. A name that ends in .mbox becomes an mbox, any other a maildir. The same count gives the same bytes.
"""

import datetime
import email
import email.policy
import os
import pathlib
import re
import sys
import tomllib

VENDORS = pathlib.Path(__file__).resolve().parents[2] / "schedules" / "vendors"
# Received and written, one a minute from here on.
FIRST = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)


def texts(mail):
    return [part for part in mail.walk() if part.get_content_maintype() == "text"]


def vendors():
    """The samples of each vendor whose references stand in a text, so that they can be changed."""
    found = []
    for folder in sorted(VENDORS.iterdir()):
        profile = folder / "profile.toml"
        if not profile.is_file():
            continue
        samples = []
        for name in tomllib.loads(profile.read_text()).get("samples", []):
            told = tomllib.loads((folder / f"{name}.toml").read_text())
            references = {said["reference"] for said in told["announcement"]}
            raw = (folder / f"{name}.eml").read_bytes()
            mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
            words = str(mail["Subject"]) + "".join(part.get_content() for part in texts(mail))
            if all(reference in words for reference in references):
                samples.append((raw, sorted(references, key=len, reverse=True)))
        if samples:
            found.append(samples)
    return found


def renamed(reference, number):
    """The reference with another number in the place of its longest one."""
    runs = sorted(re.finditer(r"\d+", reference), key=lambda run: (run.end() - run.start(), run.start()))
    if not runs:
        return f"{reference}{number}"
    start, end = runs[-1].span()
    return f"{reference[:start]}{number:0{end - start}d}{reference[end:]}"


def notice(raw, references, maintenance, number):
    """One sample as another maintenance's notice."""
    mail = email.message_from_bytes(raw, policy=email.policy.SMTP)

    def changed(text):
        for reference in references:
            text = text.replace(reference, renamed(reference, 100_000 + maintenance))
        return re.sub(r"\b([01]\d|2[0-3]):00\b", lambda hour: f"{hour[1]}:{maintenance % 59 + 1:02d}", text)

    # Calendars and lists that are attached give the reference too: left as they were, every notice of a vendor that is read
    # from one would be of one maintenance.
    for part in texts(mail):
        disposition, name = part.get_content_disposition(), part.get_filename()
        text, subtype = changed(part.get_content()), part.get_content_subtype()
        part.set_content(text, subtype=subtype, cte="quoted-printable", disposition=disposition, filename=name)
    at = email.utils.format_datetime(FIRST + datetime.timedelta(minutes=number))
    for name, value in (("Subject", changed(str(mail["Subject"]))), ("Message-ID", f"<{number}@many.example>"), ("Date", at)):
        del mail[name]
        mail[name] = value
    del mail["Received"]
    return f"Received: from a.example by mx.example; {at}\r\n".encode() + mail.as_bytes()


def notices(count):
    told, number, maintenance = vendors(), 0, 0
    while True:
        for raw, references in told[maintenance % len(told)]:
            if number == count:
                return
            yield notice(raw, references, maintenance, number)
            number += 1
        maintenance += 1


def main():
    count, place = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    if place.suffix == ".mbox":
        with place.open("wb") as mbox:
            for raw in notices(count):
                lines = raw.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
                mbox.write(b"From mx@many.example Wed Jan  1 00:00:00 2020\n" + lines + b"\n")
        return
    for name in ("cur", "new", "tmp"):
        os.makedirs(place / name, exist_ok=True)
    for number, raw in enumerate(notices(count)):
        (place / "new" / f"{1577836800 + number}.M{number}.many").write_bytes(raw)


main()
