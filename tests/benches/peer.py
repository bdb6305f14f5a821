"""circuit-maintenance-parser over the corpus, told the vendor of each mail; asked by beside_peer.rs.

For each line on standard input, reads all mails once and prints the processor time in seconds and how many gave a result.
"""

import importlib.metadata
import json
import logging
import pathlib
import sys
import time

import circuit_maintenance_parser as peer

logging.disable(logging.CRITICAL)
providers = {provider.__name__: provider for provider in peer.SUPPORTED_PROVIDERS}
mails = []
for case in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    name = json.loads((case / "case.json").read_text())["provider_class"]
    mails.append((providers[name](), (case / "message.eml").read_bytes()))
print(importlib.metadata.version("circuit-maintenance-parser"), len(mails), flush=True)

for _ in sys.stdin:
    began, read = time.process_time(), 0
    for provider, raw in mails:
        try:
            read += bool(provider.get_maintenances(peer.NotificationData.init_from_email_bytes(raw)))
        except peer.ProviderError:
            pass
    print(time.process_time() - began, read, flush=True)
