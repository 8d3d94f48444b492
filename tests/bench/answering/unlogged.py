"""Our service, but for its log of predictions: `python unlogged.py PORT`, in the project."""

import sys

from pipeline.serving import logbook, server
from pipeline.serving.access import Access
from pipeline.serving.app import Service
from pipeline.serving.following import Champion
from pipeline.serving.terms import Terms

if __name__ == "__main__":
    champion = Champion("model")
    service = Service(champion, logbook.writing(champion.predictor, Terms()), Access.from_environment("127.0.0.1"))
    service.rehearses = True
    server.serve(service, "127.0.0.1", int(sys.argv[1]), lambda *_: None)
