"""Sends mails of 4 KB by smtplib, a thread a connection, each kept: HOST PORT CONNECTIONS MAILS READER. Prints mails a second."""

import smtplib
import sys
import threading
import time

host, port, connections, mails, reader = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
head = "From: <noc@noc.test>\r\nTo: <%s>\r\nSubject: Work\r\nMessage-ID: <py-%d-%f@noc.test>\r\n\r\n"


def work(numbers):
    with smtplib.SMTP(host, port) as server:
        for number in numbers:
            mail = head % (reader, number, time.time())
            mail += ("x" * 70 + "\r\n") * ((4096 - len(mail)) // 72)
            server.sendmail("noc@noc.test", [reader], mail)


threads = [threading.Thread(target=work, args=(range(start, mails, connections),)) for start in range(connections)]
began = time.time()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(mails / (time.time() - began))
