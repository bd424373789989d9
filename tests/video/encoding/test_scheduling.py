import io
import os
import threading
from fractions import Fraction

import av
import pytest

from video.core.colour_codes import LIMITED, Colour
from video.core.containers import CONTAINERS
from video.core.frames import Clip
from video.core.options import Options
from video.encoding.choice import choose_encoder
from video.encoding.encoder import add_video_stream
from video.encoding.scheduling import ordinary_scheduling

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setscheduler"), reason="needs Linux's scheduling")


def policies():
    return {os.sched_getscheduler(int(task)) for task in os.listdir("/proc/self/task")}


def become_realtime():
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def become_ordinary():
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@pytest.fixture
def may_be_realtime():
    """Skips a test where this process is not given real-time priority: root in a container may not be."""
    try:
        become_realtime()
    except PermissionError:
        pytest.skip("this process is not given real-time priority")
    become_ordinary()
    yield
    become_ordinary()


def test_no_encoder_leaves_a_thread_with_real_time_priority():
    clip = Clip(64, 64, Fraction(1, 25), Fraction(25), None, Colour(1, LIMITED, 1, 1))
    encoder = choose_encoder(CONTAINERS[".mkv"], Options(codec="av1"), clip)
    with av.open(io.BytesIO(), "w", format="matroska") as output:
        stream = add_video_stream(output, encoder, clip)
        assert policies() == {os.SCHED_OTHER}
        stream.encode(None)


@pytest.mark.usefixtures("may_be_realtime")
def test_threads_started_by_a_real_time_thread_are_reset():
    leave = threading.Event()
    with ordinary_scheduling():
        become_realtime()
        thread = threading.Thread(target=leave.wait)
        thread.start()
        assert os.sched_getscheduler(thread.native_id) == os.SCHED_FIFO
    assert policies() == {os.SCHED_OTHER}
    leave.set()
    thread.join()


@pytest.mark.usefixtures("may_be_realtime")
def test_an_error_inside_is_raised_and_the_priority_is_reset():
    with pytest.raises(KeyError), ordinary_scheduling():
        become_realtime()
        raise KeyError
    assert policies() == {os.SCHED_OTHER}


@pytest.mark.usefixtures("may_be_realtime")
def test_a_process_that_was_started_with_real_time_priority_keeps_it():
    become_realtime()
    with ordinary_scheduling():
        pass
    assert os.sched_getscheduler(0) == os.SCHED_FIFO
