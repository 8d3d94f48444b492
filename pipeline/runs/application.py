"""The program that a stage's kernel is: ipykernel's, made to lose no output and to end in order.

Started as `python -m pipeline.runs.application -f FILE ...`; in a forked process the zygote starts it.
"""

import atexit
import faulthandler
import sys
from pathlib import Path
from typing import Any

from ipykernel.kernelapp import IPKernelApp

OPTIONS = (
    "--InteractiveShellApp.extra_extensions=['pipeline.runs.tracing']",
    "--HistoryManager.hist_file=:memory:",
)
LEAVING_S = 5.0


class StageApplication(IPKernelApp):
    """An IPython kernel for a stage."""

    def init_iopub(self, context: Any) -> None:  # noqa: ANN401 - of zmq
        """Open the socket for output; by default it drops what is not taken fast enough after a thousand messages."""
        context.sndhwm = 0
        super().init_iopub(context)  # type: ignore[no-untyped-call]
        atexit.register(self._end_control)  # runs before what ends the output

    def _end_control(self) -> None:
        """End the thread that answers requests while its output is still taken, all by force after `LEAVING_S`.

        ipykernel 7.4 ends the output first, which that thread may be flushing: then it waits for ever.
        """
        faulthandler.dump_traceback_later(LEAVING_S, exit=True, file=2)
        self.control_thread.stop()
        self.control_thread.join(LEAVING_S)


def main() -> None:
    """Be a kernel; the working folder is not where libraries come from until IPython puts it back."""
    if Path(sys.path[0]) == Path.cwd():
        del sys.path[0]
    StageApplication.launch_instance()


if __name__ == "__main__":
    main()
