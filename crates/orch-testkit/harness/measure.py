"""Measures the release binary as a whole process: `cargo xtask bench` calls it.

    python measure.py startup|scale|account BINARY

Wall time, processor time and peak memory are the kernel's own accounting of the finished child.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HARNESS = Path(__file__).parent
PROJECT = HARNESS.parents[2]
REGIONS = "us-east-1,eu-west-1,ap-southeast-2"
KEY = "AKIAORCHMEASURE00001"


def timed(command: list[str], env: dict[str, str], out: Path) -> tuple[float, float, float]:
    """Runs a command; gives wall seconds, processor seconds and peak MiB."""
    with out.open("wb") as stdout, open(os.devnull, "wb") as stderr:
        begin = time.perf_counter()
        child = subprocess.Popen(command, env=env, stdout=stdout, stderr=stderr, cwd=PROJECT)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1, 3):
        sys.exit(f"{command} ended with {child.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def show(name: str, runs: list[tuple[float, float, float]]) -> None:
    """Prints minimum, median and maximum of each figure."""
    for column, unit in enumerate(("wall s", "cpu s", "peak MiB")):
        values = [run[column] for run in runs]
        print(f"{name}: {unit}: min {min(values):.3f}  median {statistics.median(values):.3f}  max {max(values):.3f}")


def startup(binary: str) -> None:
    """The demo estate, from start to finish."""
    command = [binary, "audit", "--snapshot", "fixtures/estates/demo"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report"
        runs = [timed(command, {"HOME": folder}, out) for _ in range(22)][2:]
    show("demo estate, table", runs)


def scale(binary: str) -> None:
    """A hundred thousand resources from disk; `cargo bench` leaves them in the target folder."""
    folder = Path(binary).parents[1] / "bench-estate"
    if not folder.is_dir():
        sys.exit(f"{folder} is missing: run `cargo xtask bench engine` first")
    command = [binary, "audit", "--snapshot", str(folder), "--format", "json"]
    with tempfile.TemporaryDirectory() as home:
        out = Path(home) / "report.json"
        runs = [timed(command, {"HOME": home}, out) for _ in range(4)][1:]
        size = out.stat().st_size / 2**20
    show(f"100,000 resources from disk, json of {size:.0f} MiB", runs)


def account(binary: str) -> None:
    """The first account of the tests, over loopback, with pages as large as AWS gives."""
    harness = subprocess.Popen(
        [sys.executable, "-m", "orch_harness", "--port", "0"],
        cwd=HARNESS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    assert harness.stdout
    url = json.loads(harness.stdout.readline())["url"]
    build = PROJECT / "fixtures/accounts/first/build.py"
    subprocess.run([sys.executable, str(build), url], check=True, stdout=subprocess.DEVNULL)
    request = urllib.request.Request(
        f"{url}/__orch__/session?key={KEY}", method="POST", data=json.dumps({"page_size": None}).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).read()
    command = [binary, "audit", "--provider", "aws", "--regions", REGIONS, "--format", "json"]
    with tempfile.TemporaryDirectory() as folder:
        env = {
            "HOME": folder, "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": "orch-test-secret", "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }
        out = Path(folder) / "report.json"
        runs = [timed(command, env, out) for _ in range(6)][1:]
        api = json.loads(out.read_text())["api"]
    show("first account, json", runs)
    print(f"first account, json: {api['calls']} calls, {api['least_calls']} would be the least")
    harness.stdin.close()
    harness.wait(10)


if __name__ == "__main__":
    {"startup": startup, "scale": scale, "account": account}[sys.argv[1]](os.path.abspath(sys.argv[2]))
