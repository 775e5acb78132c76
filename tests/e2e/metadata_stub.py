#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""EC2's instance metadata service, version 2, as far as tests need it.

metadata_stub.py FOLDER: serves FOLDER/PATH for GET /latest/meta-data/PATH with a token from
PUT /latest/api/token, 401 without one, 404 for files that are not there. The port is written
to FOLDER/port. Shapes as in the EC2 user guide ("Use IMDSv2", "Spot Instance interruption
notices", "EC2 instance rebalance recommendations").
"""

import http.server
import os
import secrets
import sys

folder = sys.argv[1]
token = secrets.token_urlsafe(40)


class Metadata(http.server.BaseHTTPRequestHandler):
    def answer(self, status, text=""):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        life = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
        if self.path != "/latest/api/token" or not life:
            self.answer(400)
        else:
            self.answer(200, token)

    def do_GET(self):
        prefix = "/latest/meta-data/"
        if self.headers.get("X-aws-ec2-metadata-token") != token:
            self.answer(401)
            return
        path = os.path.join(folder, self.path.removeprefix(prefix))
        if not self.path.startswith(prefix) or ".." in self.path or not os.path.isfile(path):
            self.answer(404)
            return
        with open(path, encoding="utf-8") as page:
            self.answer(200, page.read())

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
with open(os.path.join(folder, "port.new"), "w", encoding="utf-8") as out:
    out.write(str(server.server_port))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
