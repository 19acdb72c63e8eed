"""Adds the rows of `billing.rs` up with orch, DuckDB and polars for Python: time, memory, and the ratio of them.

usage: billing.py BENCH_BINARY DIR ROWS [ROUNDS]

Each engine runs in a process of its own, in turn, several times; the best time of each counts, and the most
memory. The engines' answers must be the same.
"""

import os
import pathlib
import subprocess
import sys
import time

DUCKDB = """
import duckdb, sys
duckdb.sql("set enable_progress_bar = false")
answer = duckdb.sql(f\"\"\"
    select count(*), sum(rows), sum(billed), sum(effective) from (
        select ServiceName, RegionId, ChargePeriodStart::date as day,
               sum(BilledCost) as billed, sum(EffectiveCost) as effective, count(*) as rows
        from read_parquet('{sys.argv[1]}/*.parquet') group by all)
\"\"\").fetchall()[0]
print("{} groups, {} rows, billed {}, effective {}".format(*(f"{part:f}".rstrip("0").rstrip(".") if i > 1 else part for i, part in enumerate(answer))))
"""

POLARS = """
import polars as pl, sys
groups = (
    pl.scan_parquet(f"{sys.argv[1]}/*.parquet")
    .group_by("ServiceName", "RegionId", pl.col("ChargePeriodStart").dt.date().alias("day"))
    .agg(pl.col("BilledCost", "EffectiveCost").sum(), pl.len().alias("rows"))
    .collect(engine="streaming")
)
plain = lambda amount: f"{amount:f}".rstrip("0").rstrip(".")
print(f"{groups.height} groups, {groups['rows'].sum()} rows, billed {plain(groups['BilledCost'].sum())}, effective {plain(groups['EffectiveCost'].sum())}")
"""


def measured(command):
    """The answer, seconds of wall, and MiB at the peak."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    answer = child.stdout.read().strip()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"failed: {command[0]}")
    return answer, time.monotonic() - start, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def main():
    bench, directory, rows = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    subprocess.run([bench, "generate", directory, rows], check=True)
    size = sum(path.stat().st_size for path in pathlib.Path(directory).glob("*.parquet"))
    print(f"{rows} rows, {size / 1e9:.2f} GB of Parquet, {os.cpu_count()} processors")
    engines = {
        "orch": [bench, "group", directory],
        "DuckDB": [sys.executable, "-c", DUCKDB, directory],
        "polars for Python": [sys.executable, "-c", POLARS, directory],
    }
    best, peak, cpu, answers = {}, {}, {}, {}
    for _ in range(rounds):
        for name, command in engines.items():
            answer, wall, memory, used = measured(command)
            answers.setdefault(answer, []).append(name)
            best[name] = min(best.get(name, wall), wall)
            cpu[name] = min(cpu.get(name, used), used)
            peak[name] = max(peak.get(name, 0), memory)
    for name in engines:
        ratio = best[name] / best["DuckDB"]
        print(f"{name:18} {best[name]:7.2f} s wall {cpu[name]:7.2f} s CPU {peak[name]:7.0f} MiB  {ratio:.2f} x DuckDB")
    if len(answers) != 1:
        sys.exit(f"the engines disagree: {answers}")
    print(next(iter(answers)))


main()
