#!/usr/bin/env python3
"""save.py against a Gate of our own on loopback: a pipeline that is known keeps its id, a refusal is an error."""
import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).parent


class Gate(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.server.saved.get(self.path.rsplit("/", 1)[-1])
        self.answer(200 if known else 404, known or {})

    def do_POST(self):
        pipeline = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.refuses:
            return self.answer(403, {})
        self.server.saved[pipeline["name"]] = {"id": f"made-{pipeline['name']}", **pipeline}
        return self.answer(200, None)

    def answer(self, status, body):
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Saving(unittest.TestCase):
    def setUp(self):
        self.gate = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gate)
        self.gate.saved, self.gate.refuses = {}, False
        threading.Thread(target=self.gate.serve_forever, daemon=True).start()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(self.gate.server_close)
        self.addCleanup(self.gate.shutdown)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "a.json").write_text(json.dumps({"application": "catweb", "name": "a", "stages": []}), encoding="utf-8")

    def save(self):
        url = f"http://127.0.0.1:{self.gate.server_port}"
        return subprocess.run([sys.executable, HERE / "save.py", url, self.folder], capture_output=True, text=True, check=False)

    def test_a_known_pipeline_keeps_its_id(self):
        self.assertEqual(self.save().stdout, "a: new\n")
        self.assertEqual(self.save().stdout, "a: renewed\n")
        self.assertEqual(self.gate.saved["a"]["id"], "made-a")

    def test_a_refusal_is_an_error(self):
        self.gate.refuses = True
        self.assertNotEqual(self.save().returncode, 0)
        self.assertEqual(self.gate.saved, {})


if __name__ == "__main__":
    unittest.main()
