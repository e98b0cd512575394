"""The demo itself, with its real servers, as a process."""

import json
import re
import signal
import subprocess
import threading
import urllib.request

# Reached only by a demo that does not start or end at all.
PATIENCE_S = 120


class Demo:
    def __init__(self, program, arguments, log, patience=PATIENCE_S):
        self._patience = patience
        self._log = open(log, "a", encoding="utf-8")
        self._process = subprocess.Popen(
            [program, "--web", *arguments], stdout=subprocess.PIPE, stderr=self._log, text=True, encoding="utf-8"
        )
        self._address = None
        self._told = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    # Also when nobody asks: a full pipe would hold the demo up.
    def _read(self):
        for line in self._process.stdout:
            self._log.write(line)
            self._log.flush()
            found = re.search(r"the page: (http://\S+)", line)
            if found:
                self._address = found[1]
                self._told.set()
        self._told.set()

    @property
    def address(self):
        """With a slash at its end; waits until the page is served."""
        if not self._told.wait(self._patience) or self._address is None:
            self.end()
            raise RuntimeError(f"the demo serves no page; its log: {self._log.name}")
        return self._address

    def state(self):
        with urllib.request.urlopen(self.address + "state", timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def stop(self):
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def end(self):
        """As Ctrl-C or a service manager does. Returns the exit code."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            code = self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._reader.join(PATIENCE_S)
        self._process.stdout.close()
        self._log.close()
        return code
