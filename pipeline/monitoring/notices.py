"""Notices: news of alerts sent to people, by mail, chat or webhook. The one importer of apprise."""

import apprise

from pipeline.monitoring.alerts import Alert, News


def send(news: News, url: str) -> bool:
    """Send news to a place, and say whether it took them.

    Parameters
    ----------
    news
        Something to tell.
    url
        As apprise knows it: `mailto://`, `slack://`, `json://` and a hundred more.
    """
    kind = apprise.NotifyType.FAILURE if news.began else apprise.NotifyType.SUCCESS
    body = "\n\n".join([*map(_began, news.began), *map(_ended, news.ended)])
    channel = apprise.Apprise()
    return channel.add(url) and bool(
        channel.notify(title=news.summary, body=body, notify_type=kind, body_format=apprise.NotifyFormat.TEXT)
    )


def _began(alert: Alert) -> str:
    read = f" Read {alert.report}." if alert.report else ""
    return f"{alert.kind} {alert.subject} (version {alert.version}): {alert.message}{read}"


def _ended(alert: Alert) -> str:
    return f"Over: {alert.kind} {alert.subject}, since {alert.since:%Y-%m-%d %H:%M %Z}."
