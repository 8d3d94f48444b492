"""The order of work: settings, graph, parameters, plan, run. Every command is a walk along this list, up to a point."""

import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import handoff, project, settings
from pipeline.errors import DataError, ParameterError
from pipeline.runs import obituary, presence, provenance, scrubbing
from pipeline.runs.execution import Executor
from pipeline.runs.ledger import Ledger
from pipeline.runs.limits import Limits
from pipeline.runs.nursery import Nursery
from pipeline.runs.plan import Decision, Planner
from pipeline.runs.progress import Progress
from pipeline.runs.record import RunRecord, Status
from pipeline.runs.reports import Reports
from pipeline.runs.runner import Runner
from pipeline.runs.trace import World, python_version
from pipeline.secrecy import KNOWN
from pipeline.stages.graph import Graph, read_graph
from pipeline.stages.injection import Values, resolve_all
from pipeline.store.digest import FileDigests
from pipeline.store.objects import open_store

if TYPE_CHECKING:
    from pipeline.start.another import Another

EXIT_CODES = {Status.SUCCEEDED: 0, Status.REUSED: 0, Status.SKIPPED: 0, Status.REFUSED: 3, Status.CANCELLED: 130}


@dataclass(frozen=True)
class Workflow:
    """What a command asked for, made ready step by step; each step checks before the next begins.

    Attributes
    ----------
    root
        The project's folder.
    targets
        Stages to reach; empty for all.
    given
        Parameters as text, by `name` or `stage.name`.
    overrides
        Settings from the command line.
    only
        Stages that may run; all others stay as they were left last. Empty: any may.
    """

    root: Path
    targets: list[str]
    given: Mapping[str, str]
    overrides: Mapping[str, Any]
    only: frozenset[str] = frozenset()

    @cached_property
    def whole(self) -> Graph:
        """Every stage of the project, in order."""
        sys.path.insert(0, str(self.root))  # defaults and types of parameters may come from modules of the project
        return read_graph(self.root / settings.notebooks(self.root))

    @cached_property
    def graph(self) -> Graph:
        """The stages that are needed, in order."""
        return self.whole.only(self.targets)

    @cached_property
    def settings(self) -> settings.Settings:
        """Settings, checked."""
        declared = (each for stage in self.whole.stages.values() for each in stage.declarations)
        return settings.load(self.root, self.overrides, {key for each in declared if (key := each.setting)})

    @cached_property
    def another(self) -> "Another | None":
        """Settings of another table than the project's, where parameters name one.

        Raises
        ------
        ParameterError
            If it cannot be read, or is not what the parameters say of it.
        """
        keys = {
            each.name: key.removeprefix("data.")
            for stage in self.graph.stages.values()
            for each in stage.declarations
            if (key := each.setting) and key.startswith("data.")
        }
        said = {keys[name]: text for name, text in self.given.items() if name in keys}
        if not said:
            return None
        from pipeline.start import another  # it loads pandas, which costs more than an unchanged run

        try:
            return another.meant(project.table(self.root), said)
        except DataError as error:
            raise ParameterError(str(error)) from error

    @property
    def table(self) -> Mapping[str, Any]:
        """`[tool.pipeline]`, with what a run on another table has in its place."""
        return self.another.table if self.another else project.table(self.root)

    @cached_property
    def values(self) -> dict[str, Values]:
        """Parameters of every stage, checked."""
        asked = [name for stage in self.graph.stages.values() for name in stage.secrets]
        scrubbing.learn([*self.settings.secrets, *asked])
        return resolve_all(self.graph, self.given, partial(handoff.lookup, self.table))

    @cached_property
    def ledger(self) -> Ledger:
        """What is known of past executions."""
        return Ledger(project.state(self.root) / "ledger")

    @cached_property
    def planner(self) -> Planner:
        """Decides what runs."""
        store = open_store(self.settings.store, self.root)
        files = self.ledger.file_digests()
        world = World(root=self.root, files=files, fingerprint=partial(fingerprint, files=files))
        parameters = {name: scrubbing.clean(values.tagged()) for name, values in self.values.items()}
        for name, given in parameters.items():
            if (not self.only or name in self.only) and not any(
                entry.trace.parameters == given for entry in self.ledger.entries(name)
            ):
                self._check_tables(name)
        return Planner(
            graph=self.graph,
            ledger=self.ledger,
            world=world,
            parameters=parameters,
            has_object=store.has,
            only=self.only,
        )

    def _check_tables(self, name: str) -> None:
        """Check that the tables which a stage will load have the columns that it names, before a kernel starts."""
        stage, values = self.graph.stages[name], self.values[name].values
        for taken in stage.loads:
            named = {argument: values[parameter] for argument, parameter in taken.items() if parameter in values}
            if not isinstance(source := named.pop("source", None), str):
                continue
            from pipeline.data import columns

            try:
                columns.check(source, named)
            except DataError as error:
                raise ParameterError(f"{stage.notebook.path.name}: {error}") from error

    def plan(self) -> list[Decision]:
        """Decide about every stage."""
        return list(self.planner.plan())

    @cached_property
    def reports(self) -> Reports:
        """Where executed notebooks are kept."""
        return Reports(self.root / self.settings.reports, self.root)

    def run(self, progress: Progress) -> RunRecord:
        """Run what has to run, once the records of runs that died are finished."""
        planner = self.planner
        with presence.at_work(project.state(self.root), "run") as work, closing(self._nursery(work)) as nursery:
            obituary.finish_dead(self.reports, self.ledger)
            executor = self._executor(nursery, progress)
            runner = Runner(planner=planner, executor=executor, reports=self.reports, jobs=self.settings.jobs)
            record = runner.run(self._blank(nursery.threads))
        self.ledger.keep_file_digests(planner.world.files)
        return record

    def _nursery(self, work: Path) -> Nursery:
        jobs, kernel = self.settings.jobs, self.settings.kernel
        return Nursery(self.graph, self.root, self.reports.folder, work, jobs=jobs, kernel=kernel)

    def _executor(self, nursery: Nursery, progress: Progress) -> Executor:
        chosen = self.settings
        return Executor(
            root=self.root,
            graph=self.graph,
            world=self.planner.world,
            values=self.values,
            ledger=self.ledger,
            progress=progress,
            limits=Limits(
                cell_s=chosen.cell_timeout_s,
                stage_s=chosen.stage_timeout_s,
                run_ends=time.monotonic() + chosen.run_timeout_s,
            ),
            retry={Status(ended): times for ended, times in chosen.retry.items()},
            nursery=nursery,
        )

    def _blank(self, threads: int) -> RunRecord:
        return RunRecord(
            run="",
            started="",
            targets=self.targets,
            given=dict(self.given),
            by=provenance.starter(self.root),
            git=provenance.git(self.root, self.reports.folder),
            python=python_version(),
            lock=provenance.lock(self.root),
            threads=threads,
        )


def fingerprint(uri: str, files: FileDigests) -> str:
    """Digest what is behind a URI now: a source of data, who is champion, or what its service has answered."""
    uri = KNOWN.reveal(uri)  # a trace has the names of secrets
    if uri.startswith("champion:"):
        from pipeline.models import promotion

        return promotion.fingerprint(uri)
    if uri.startswith("traffic:"):
        from pipeline.serving import marks

        return marks.fingerprint(uri)
    from pipeline.data import fingerprints

    return fingerprints.fingerprint(uri, files)


def exit_code(record: RunRecord) -> int:
    """Return the exit code that the status of a run means."""
    return EXIT_CODES.get(record.status, 1)
