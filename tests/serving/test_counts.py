from prometheus_client.parser import text_string_to_metric_families

from pipeline.serving.counts import Counts


def test_prometheus_is_told_how_many_requests_took_at_most_how_long() -> None:
    counts = Counts()
    for seconds in (0.001, 0.003, 0.2, 99.0):
        counts.request("/predict", 200, seconds)
    counts.request("/labels", 422, 0.002)
    text = counts.text(model="m", version=1, swaps=0, behind=False).decode()
    families = {each.name: each for each in text_string_to_metric_families(text)}
    told = {
        (sample.name.removeprefix("pipeline_request_seconds_"), sample.labels.get("le")): sample.value
        for sample in families["pipeline_request_seconds"].samples
        if sample.labels["route"] == "/predict"
    }
    ends = {end: count for (kind, end), count in told.items() if kind == "bucket"}
    assert {end: ends[end] for end in ("0.001", "0.0025", "0.005", "0.25", "2.5", "+Inf")} == {
        "0.001": 1,
        "0.0025": 1,
        "0.005": 2,
        "0.25": 3,
        "2.5": 3,
        "+Inf": 4,
    }
    assert (told["count", None], round(told["sum", None], 3)) == (4, 99.204)
    ended = {
        (each.labels["route"], each.labels["status"]): each.value for each in families["pipeline_requests"].samples
    }
    assert ended == {("/predict", "200"): 4, ("/labels", "422"): 1}
