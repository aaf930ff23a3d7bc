"""Open pages in headless Chromium and hear everything that they complain about.

Chromium is driven through its DevTools protocol over two pipes: messages are JSON, each ended by a
zero byte (chromedevtools.github.io/devtools-protocol, ``--remote-debugging-pipe``).
"""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

TIMEOUT_S = 60.0
ENDS_IN_S = 10.0
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
# Chromium reads commands from descriptor 3 and answers on 4; the pipes are moved there first.
LAUNCHER = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for target, end in zip((3, 4), ends):
    os.dup2(end, target)
os.execv(sys.argv[3], sys.argv[3:])
"""


def chromium_path() -> str:
    """Return where Chromium is; a missing one fails the test that asks."""
    path = shutil.which("chromium")
    if path is None:
        raise FileNotFoundError(
            "the page tests need Chromium: install the Debian package 'chromium' "
            "(apt-get install chromium)"
        )
    return path


class Chromium:
    """One browser with one page."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._buffer = b""
        self._number = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    @classmethod
    @contextmanager
    def open(cls, profile: Path) -> Iterator[Self]:
        """Start Chromium with an empty ``profile`` folder; end it afterwards."""
        command_read, command_write = os.pipe()
        answer_read, answer_write = os.pipe()
        ends = (command_read, answer_write)
        command = [sys.executable, "-c", LAUNCHER, *map(str, ends), chromium_path(), *FLAGS]
        with subprocess.Popen(
            [*command, f"--user-data-dir={profile}"],
            pass_fds=ends,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            for end in ends:
                os.close(end)
            try:
                yield cls(command_write, answer_read)
            finally:
                os.close(command_write)
                os.close(answer_read)
                process.terminate()
                try:
                    process.wait(ENDS_IN_S)
                except subprocess.TimeoutExpired:
                    process.kill()

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """Send one command and return its result; events that arrive meanwhile are kept."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        deadline_s = time.monotonic() + TIMEOUT_S
        while True:
            answer = self._next(deadline_s)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def _next(self, deadline_s: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or not select.select([self._answers], [], [], left_s)[0]:
                raise TimeoutError(f"Chromium gave no answer within {TIMEOUT_S} s")
            chunk = os.read(self._answers, 1 << 20)
            if not chunk:
                raise ConnectionError("Chromium ended before it answered")
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def show(self, page: Path, *, width: int = 1280, scheme: str = "light") -> None:
        """Load ``page`` and wait until its figures are drawn."""
        self.events.clear()
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.prefer(scheme)
        self.call("Page.navigate", url=page.as_uri())
        deadline_s = time.monotonic() + TIMEOUT_S
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next(deadline_s))
        while not self.evaluate("document.documentElement.hasAttribute('data-drawn')"):
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"the figures were not drawn: {self.complaints()}")
            time.sleep(0.05)

    def prefer(self, scheme: str) -> None:
        """Make the reader prefer the "light" or "dark" colour scheme."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def evaluate(self, expression: str) -> Any:
        """Return what a JavaScript ``expression`` gives; promises are awaited."""
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def complaints(self) -> list[str]:
        """Return errors and warnings of the console, of scripts and of the browser's log."""
        found: list[str] = []
        for event in self.events:
            method, params = event["method"], event["params"]
            if method == "Runtime.exceptionThrown":
                found.append(str(params["exceptionDetails"]))
            elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
                found.append(f"{params['type']}: {params['args']}")
            elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                found.append(str(params["entry"]))
        return found

    def requests(self) -> list[str]:
        """Return the address of everything that the page asked for."""
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def screenshot(self, path: Path) -> None:
        """Write a picture of the whole page to ``path``."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(picture["data"]))

    def print_pdf(self, path: Path) -> None:
        """Write the page to ``path`` as it would be printed on A4."""
        pages = self.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)
        path.write_bytes(base64.b64decode(pages["data"]))
