"""Leaving: lets a kernel end at once, where ipykernel could wait for its own threads for ever.

The thread that answers a request to end may still flush output while the thread that takes output is already gone
(ipykernel 7.4). Here it is waited for first, while it is still listened to.
"""

import atexit
import faulthandler
from typing import Any

GRACE_S = 5.0


def end_in_order(application: Any) -> None:  # noqa: ANN401 - ipykernel's IPKernelApp
    """Have a kernel end in order, and by force where that takes longer than `GRACE_S`.

    Called before the first cell, so that whatever the notebook itself registered to happen at the end comes before.
    """
    atexit.register(_end, application.control_thread)


def _end(control: Any) -> None:  # noqa: ANN401 - ipykernel's thread
    faulthandler.dump_traceback_later(GRACE_S, exit=True, file=2)
    control.stop()
    control.join(GRACE_S)
