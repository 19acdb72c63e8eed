"""Starts the harness: prints one line of JSON when it is ready, ends when its standard input closes."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

# Nothing on this machine may leak into the account, and nothing of it may leave.
for name in ("AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL"):
    os.environ.pop(name, None)
os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "testing"
# moto's own 1,300 images bring as many snapshots into every region, all of which every list would wade through.
os.environ["MOTO_AMIS_PATH"] = str(Path(__file__).with_name("images.json"))

from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

from .app import Harness  # noqa: E402


class Handler(WSGIRequestHandler):
    """Speaks HTTP/1.1 without writing a log."""

    protocol_version = "HTTP/1.1"

    def send_response(self, code: int, message: str | None = None) -> None:
        """Leaves the date to the answer, which may come from another clock."""
        self.log_request(code)
        self.send_response_only(code, message)

    def end_headers(self) -> None:
        """Dates the answers that carry no date."""
        if not any(line.lower().startswith(b"date:") for line in self._headers_buffer):
            self.send_header("Date", self.date_time_string())
        super().end_headers()

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """Does not look for a second request on a connection that is gone."""
        self.close_connection = True


def main() -> None:
    """Runs until the caller is gone."""
    words = argparse.ArgumentParser(prog="orch_harness", description=__doc__)
    words.add_argument("--port", type=int, default=0, help="0 takes a free one")
    words.add_argument("--page-size", type=int, default=None, help="items a page, for sessions that set nothing")
    chosen = words.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = Harness({"page_size": chosen.page_size})
    server = make_server("127.0.0.1", chosen.port, app, threaded=True, request_handler=Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    sys.stdin.buffer.read()
    os._exit(0)


main()
