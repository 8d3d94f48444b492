"""The program that a stage's kernel is: ipykernel's, made to lose no output and to end in order.

Started as `python -m pipeline.runs.application -f FILE ...`; in a forked process the zygote starts it.
"""

import faulthandler
import sys
from pathlib import Path
from typing import Any

from ipykernel.kernelapp import IPKernelApp

LEAVING_S = 5.0


class StageApplication(IPKernelApp):
    """An IPython kernel for a stage."""

    def init_iopub(self, context: Any) -> None:  # noqa: ANN401 - of zmq
        """Open the socket for output; by default it drops what is not taken fast enough after a thousand messages."""
        context.sndhwm = 0
        super().init_iopub(context)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Close the sockets as the process ends, by force where that takes longer than `LEAVING_S`.

        ipykernel 7.4 closes the output first, and then waits for the thread that answers the request to end, which may
        still be flushing output and so wait for ever.
        """
        faulthandler.dump_traceback_later(LEAVING_S, exit=True, file=2)
        self.control_thread.stop()
        self.control_thread.join(LEAVING_S)
        super().close()  # type: ignore[no-untyped-call]


def main() -> None:
    """Be a kernel; the working folder is not where libraries come from until IPython puts it back."""
    if Path(sys.path[0]) == Path.cwd():
        del sys.path[0]
    StageApplication.launch_instance()


if __name__ == "__main__":
    main()
