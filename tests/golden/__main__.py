"""Write the golden files anew, to be read before they are committed: `python -m tests.golden`."""

from __future__ import annotations

import os

from driftcheck import capture
from driftcheck.testing import PlaybackServer
from tests.conftest import RECORDINGS, SECRET_KEY
from tests.golden.recorded import ENDINGS, NAMESPACES, file_of, report, result_of

os.environ["DRIFTCHECK_SECRET_KEY"] = SECRET_KEY
for recording, file in RECORDINGS.items():
    with PlaybackServer(file) as server:
        kubeconfig = str(server.kubeconfig)
        result = result_of([capture(name, kubeconfig=kubeconfig) for name in NAMESPACES])
    for format_ in ENDINGS:
        file_of(recording, format_).write_bytes(report(result, format_))
