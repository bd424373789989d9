import pickle

import video
from video.plan import plan_video
from video.segment_run import ClipWork, grouping_of


def test_work_can_be_sent_to_another_process(make_clip, tmp_path):
    plan = plan_video(make_clip(), tmp_path / "out.mp4", video.Options(steady=0.5))
    work = ClipWork.of(plan, 120, 4)
    sent = pickle.loads(pickle.dumps((plan.source, work)))  # noqa: S301 - what Ray does between its processes
    assert sent == (plan.source, work)


def test_only_steadied_segments_need_the_frames_before_them():
    assert grouping_of(video.Options(), 120).lead_frames == 0
    assert grouping_of(video.Options(steady=0.5), 120).lead_frames > 0
