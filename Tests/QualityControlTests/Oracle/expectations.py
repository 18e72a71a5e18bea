"""Asks ioos_qc for the flags that QualityControlTests compares with: `make oracle`.

Each line of expectations.jsonl holds one series and one check: the series (inline, or the name of a
file of the demo and how to read it), the parameters under ioos_qc's own names, and the flags,
run-length coded as "flag*count" with spaces between.

Argument: the folder to write to. The demo's rivers are read from Sources/ReplaySource/Rivers.
"""

import csv
import datetime
import json
import math
import pathlib
import random
import sys
import warnings

import numpy as np
from ioos_qc import qartod

warnings.simplefilter("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[3]
RIVERS = ROOT / "Sources/ReplaySource/Rivers"
NAN = math.nan
INF = math.inf


def run_lengths(flags):
    """[1, 1, 3] -> "1*2 3*1"."""
    runs = []
    for flag in (int(flag) for flag in flags):
        if runs and runs[-1][0] == flag:
            runs[-1][1] += 1
        else:
            runs.append([flag, 1])
    return " ".join(f"{flag}*{count}" for flag, count in runs)


def judge(check, values, seconds, parameters):
    """The flags of one check; times in seconds since 1970."""
    times = (np.array(seconds, dtype=np.float64) * 1000).round().astype("datetime64[ms]")
    times = times.astype("datetime64[ns]")
    values = [NAN if value is None else value for value in values]
    if check == "gross_range":
        return qartod.gross_range_test(values, **parameters)
    if check == "spike":
        return qartod.spike_test(values, **parameters)
    if check == "rate_of_change":
        return qartod.rate_of_change_test(values, times, **parameters)
    if check == "flat_line":
        return qartod.flat_line_test(values, times, **parameters)
    if check == "attenuated_signal":
        return qartod.attenuated_signal_test(values, times, **parameters)
    if check == "climatology":
        return qartod.climatology_test(
            parameters["config"], values, times, zinp=[NAN] * len(values))
    if check == "gap":
        return qartod.time_gap_test(times, **parameters)
    raise ValueError(check)


def instant(text):
    """Seconds since 1970 of a time without zone."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC).timestamp()


def dead_run():
    """Gage height in feet, every five minutes without a gap."""
    with open(RIVERS / "dead-run/DeadRun_01589330_2018-06.csv") as file:
        rows = list(csv.DictReader(file))
    return (
        [float(row["gage_height_ft"]) if row["gage_height_ft"] else NAN for row in rows],
        [instant(row["time_utc"].rstrip("Z")) for row in rows],
    )


def kuji():
    """Stage in metres, on a whole ten-minute grid: a gap is so many missing readings."""
    with open(RIVERS / "kuji-nukada/nukada_10min.csv") as file:
        known = {
            instant(row["time_jst"]): float(row["level_m"]) if row["level_m"] else NAN
            for row in csv.DictReader(file)
        }
    seconds = list(np.arange(min(known), max(known) + 1, 600))
    return [known.get(second, NAN) for second in seconds], seconds


def trout_creek():
    """Range in centimetres, every five minutes give or take a second."""
    values, seconds = [], []
    with open(RIVERS / "trout-creek/Log00017.txt") as file:
        for line in list(file)[2:]:
            cells = line.split(",")
            if len(cells) > 6:
                seconds.append(instant(cells[0].replace("/", "-")))
                values.append(float(cells[6]))
    return values, seconds


def logan():
    """Stage in centimetres, every 15 minutes."""
    with open(ROOT / "Tests/QualityControlTests/Fixtures/logan-2019-stage.csv") as file:
        rows = list(csv.DictReader(file))
    values = [float(row["stage_cm"]) if row["stage_cm"] else NAN for row in rows]
    return values, [index * 900 for index in range(len(values))]


def floodnet(name):
    """Distance in millimetres, at odd intervals."""
    with open(ROOT / f"Tests/QualityControlTests/Fixtures/{name}.csv") as file:
        rows = list(csv.DictReader(file))
    return (
        [float(row["dist_mm"]) for row in rows],
        [instant(row["time_utc"].rstrip("Z")) for row in rows],
    )


def random_walk(seed, count, interval, holes=0.0):
    """A noisy river with spikes, dropouts and stretches in which nothing moves."""
    source = random.Random(seed)
    values, level, stuck = [], 1.0, 0
    for _ in range(count):
        if stuck > 0:
            stuck -= 1
        else:
            level = round(level + source.gauss(0, 0.02), 3)
            if source.random() < 0.02:
                stuck = source.randrange(2, 40)
        value = level
        if source.random() < 0.03:
            value = round(level + source.choice([-1, 1]) * source.uniform(0.05, 3), 3)
        if source.random() < holes:
            value = source.choice([NAN, NAN, NAN, INF, -INF])
        values.append(value)
    return values, [index * interval for index in range(count)]


def cases():
    """(series description, values, seconds, interval or None, check, parameters)."""
    minutes = lambda values: [index * 60 for index in range(len(values))]
    spikes = [
        [1, 1, 1, 4, 1, 1, 1, 3, 1, 1], [0, 0, 2, 0, 0], [0, 0, 2.5, 0, 0],
        [1, 2, NAN, 4, 5, 50, 5, 4], [1, 1, 1, 9, 9, 9, 9], [50, 1, 1, 1, 50], [1, 1, INF, 1, 1],
        [NAN, 1, 1, NAN], [1], [1, 9],
        # Beyond 9e307 numpy's masked division refuses; ours compares such values as they are.
        [0, 1e300, -1e300, 1e300, 1e300, 0],
    ]
    for values in spikes:
        for method in ["average", "differential"]:
            for thresholds in [(2, 3), (3, 2), (None, 3), (2, None), (0, 0)]:
                yield None, values, minutes(values), 60, "spike", {
                    "method": method, "suspect_threshold": thresholds[0],
                    "fail_threshold": thresholds[1],
                }
    flats = [
        [1, 2, 2.0001, 1.9999, 2, 2, 2, 2, 2, 5, 5, 5], [2, 2, NAN, 2, 2, 2, 2, 2, 2],
        [2, NAN, NAN, NAN, NAN, NAN, NAN, 2, 3], [NAN, NAN, NAN, 1, 1, 1], [1, 1, 1],
        [1, INF, 1, 1, 1, 1, 1, 1, 1, 1],
    ]
    for values in flats:
        for interval in [1, 1.5, 60, 90.5]:
            seconds = [index * interval for index in range(len(values))]
            for suspect, fail in [(180, 300), (300, 180), (30, 60), (59, 60.9), (2, 4), (3600, 9)]:
                for tolerance in [0, 0.0001, 0.01, 0.1]:
                    yield None, values, seconds, interval, "flat_line", {
                        "suspect_threshold": suspect, "fail_threshold": fail,
                        "tolerance": tolerance,
                    }
    weak = [
        [1, 2, 1, 2, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5], [1, 2, NAN, 2, 1.5, 1.5, 1.5, 1.5, 1.5, NAN],
        [NAN, NAN, 1, 1, 1, 1, 5, 5], [3, 3, 3, INF, 3, 3, 3, 3], [7],
    ]
    for values in weak:
        for check_type in ["std", "range"]:
            for period in [30, 180, 200, 240.5]:
                for least in [{}, {"min_obs": 3}, {"min_obs": 4}, {"min_obs": 50},
                              {"min_period": 150}, {"min_period": 20}]:
                    if "min_period" in least and len(values) < 2:
                        continue
                    for suspect, fail in [(0.6, 0.2), (0.2, 0.6), (1.0, 0.49)]:
                        yield None, values, minutes(values), 60, "attenuated_signal", {
                            "check_type": check_type, "test_period": period,
                            "suspect_threshold": suspect, "fail_threshold": fail, **least,
                        }
    days = [instant("2023-11-14") + 21600 * index for index in range(7)]
    values = [1, 3, 0.5, 3.5, -1, 5, NAN]
    for config in [
        [{"tspan": ["2023-11-14", "2023-11-15"], "vspan": [1, 3], "fspan": [0, 4]}],
        [{"tspan": ["2023-11-14", "2023-11-15"], "vspan": [1, 3]},
         {"tspan": ["2023-11-14T12:00", "2023-11-15T06:00"], "vspan": [3, 4]}],
    ]:
        yield None, values, days, 21600, "climatology", {"config": config}
    years = [instant("2019-12-25") + 5 * 86400 * index for index in range(160)]
    values = [index % 21 for index in range(160)]
    for config in [
        [{"tspan": [1, 3], "vspan": [1, 3], "period": "month"},
         {"tspan": [3, 5], "vspan": [10, 20], "fspan": [5, 20], "period": "month"}],
        [{"tspan": [60, 61], "vspan": [1, 3], "period": "dayofyear"},
         {"tspan": [360, 366], "vspan": [9, 13], "fspan": [4, 16], "period": "dayofyear"}],
        [{"tspan": [4, 4], "vspan": [1, 3], "period": "quarter"},
         {"tspan": [1, 2], "vspan": [9, 13], "fspan": [4, 16], "period": "quarter"}],
    ]:
        yield None, values, years, 432000, "climatology", {"config": config}

    for seconds in [[0, 18000, 21600], [0, 7200, 14401, 14401], [0, 1], [5, 10, 4e6, 4e6 + 3]]:
        for span in [0.5, 1, 2, 1.9999]:
            yield None, [1] * len(seconds), seconds, None, "gap", {"fail_span": span}

    series = [
        ("dead-run", *dead_run(), 300), ("kuji-nukada", *kuji(), 600),
        ("trout-creek", *trout_creek(), None), ("logan-2019-stage", *logan(), 900),
        ("daily-happy-satyr", *floodnet("daily-happy-satyr"), None),
        ("tired-red-monkey", *floodnet("tired-red-monkey"), None),
    ]
    series += [(None, *random_walk(seed, 400, 60, 0.02 * seed), 60) for seed in range(3)]
    series += [(None, *random_walk(seed, 400, 600, 0.1), 600) for seed in range(3, 6)]
    for name, values, seconds, interval in series:
        finite = [value for value in values if math.isfinite(value)]
        low, high = np.percentile(finite, [1, 99])
        step = max(float(np.percentile(np.abs(np.diff(finite)), 90)), 0.001)
        spacing = interval or 300
        for wide in [0.5, 1]:
            span = [float(low) * 1 - wide * step, float(high) + wide * step]
            outer = [span[0] - step, span[1] + step]
            yield name, values, seconds, interval, "gross_range", {
                "fail_span": outer, "suspect_span": span}
        for factor in [0.7, 1.3, 3.1]:
            for method in ["average", "differential"]:
                if not interval and method == "average":
                    continue  # Where intervals differ, ours goes by time.
                yield name, values, seconds, interval, "spike", {
                    "method": method, "suspect_threshold": factor * step,
                    "fail_threshold": 2.3 * factor * step}
            yield name, values, seconds, interval, "rate_of_change", {
                "threshold": factor * step / spacing, "fail_threshold": 3.3 * factor * step / spacing}
        yield name, values, seconds, interval, "gap", {"fail_span": 0.5}
        if interval:
            for tolerance in [0.0011, 1.1 * step]:
                for suspect, fail in [(5, 12), (12.5, 40.2), (1, 2)]:
                    yield name, values, seconds, interval, "flat_line", {
                        "suspect_threshold": suspect * interval, "fail_threshold": fail * interval,
                        "tolerance": tolerance}
        for check_type in ["std", "range"]:
            for period, least in [(7.5, {}), (12, {"min_obs": 5}), (72, {"min_period": 20 * spacing})]:
                if "min_period" in least and not interval:
                    continue
                yield name, values, seconds, interval, "attenuated_signal", {
                    "check_type": check_type, "test_period": period * spacing,
                    "suspect_threshold": 0.8173 * step, "fail_threshold": 0.3719 * step, **least}


def places():
    """Positions of a device, each judged by its way from the station as from one point to the next."""
    for latitude, longitude in [(38.7, 139.8), (-33.9, 18.4), (64.1, -21.9), (0, 179.999)]:
        steps = [0, 1e-4, 8e-4, 0.0011, 0.0047, 0.0091, 0.3, 20]
        places = [(latitude + north, longitude + east) for north in steps for east in steps]
        places += [(latitude - step, longitude - 2 * step) for step in steps]
        places += [(0, 0), (90, 0), (90.001, 0), (-91, 18), (12, 180), (12, 180.001), (12, -181),
                   (NAN, longitude), (latitude, NAN)]
        for range_max in [50, 500, 2500]:
            flags = [
                qartod.location_test(
                    [longitude, place[1]], [latitude, place[0]], range_max=range_max)[1]
                for place in places]
            yield {
                "series": "places", "check": "location",
                "parameters": {
                    "range_max": range_max, "latitude": latitude, "longitude": longitude},
                "latitudes": " ".join("-" if math.isnan(p[0]) else repr(p[0]) for p in places),
                "longitudes": " ".join("-" if math.isnan(p[1]) else repr(p[1]) for p in places),
                "flags": run_lengths(flags)}


def main():
    lines = list(places())
    inline = {}
    for name, values, seconds, interval, check, parameters in cases():
        flags = run_lengths(judge(check, values, seconds, parameters))
        if name is None:
            texts = ["" if math.isnan(v) else repr(float(v)) for v in values]
            key = (tuple(texts), tuple(seconds))
            name = inline.get(key)
            if name is None:
                name = inline[key] = f"made-{len(inline) + 1}"
                lines.append({
                    "series": name, "values": " ".join(text or "-" for text in texts),
                    "seconds": [float(second) for second in seconds]})
        lines.append({
            "series": name, "interval": interval, "check": check,
            "parameters": {key: value for key, value in parameters.items() if value is not None},
            "flags": flags})
    path = pathlib.Path(sys.argv[1]) / "expectations.jsonl"
    with open(path, "w") as file:
        for line in lines:
            file.write(json.dumps(line, separators=(",", ":")) + "\n")
    print(f"{path}: {len(lines)} lines")


main()
