"""Which frames the packets of a clip announce, and which of them are never decoded.

Decoders silently drop frames: those of a damaged packet, those that refer to it, those that other threads
had started. But every packet has the PTS of its frame. A frame with a later PTS than an expected one shows
that the expected one is missing.
"""

import heapq
from collections.abc import Callable

import av

# MPEG-4 has packets that only signal that nothing has changed (ISO/IEC 14496-2, vop_coded).
_EMPTY_BYTES = 16


class ExpectedFrames:
    """The expected timestamps of one stream, in its time base.

    Args:
        may_start_mid_gop: whether the clip may start with frames that refer to frames before the first
            keyframe. Otherwise its first frame is a keyframe, even if damage makes it look different.
        dts_only: whether the container stores no PTS, only an order (AVI). Then the positions of the packets
            in the file are the positions of the frames in display order.

    Attributes:
        first_key_time: PTS of the first keyframe; None before it, and with `dts_only`.
        num_leading: packets whose frames refer to frames before the first keyframe, which are not there.
    """

    def __init__(self, *, may_start_mid_gop: bool, dts_only: bool):
        self._may_start_mid_gop, self._dts_only = may_start_mid_gop, dts_only
        self._pending, self._broken, self._small = [], set(), set()
        self.first_key_time: int | None = None
        self._has_key, self._lacks_times = dts_only, False
        self._last_time: int | None = None
        self._step: int | None = None
        self._is_interlaced = False
        self.num_leading = 0

    def add(self, packet: av.Packet, codec: str) -> None:
        """Expect the frame of a packet that goes to the decoder."""
        if packet.is_discard or not shows_a_frame(packet, codec):
            return
        time = packet.dts if self._dts_only else packet.pts
        if time is None:
            # Unless every packet has a timestamp, only refused packets can be reported.
            self._lacks_times, self._pending = True, []
        if self._lacks_times:
            return
        if not self._has_key and (packet.is_keyframe or not self._may_start_mid_gop):
            self._has_key, self.first_key_time = True, time
        if self.is_leading(time):
            self.num_leading += 1
            return
        heapq.heappush(self._pending, time)
        if self._dts_only and packet.size <= _EMPTY_BYTES:
            self._small.add(time)

    def reject(self, packet: av.Packet) -> bool:
        """Note a packet that the decoder refused.

        Returns:
            Whether the timestamps will show that its frame is missing; otherwise report it now.
        """
        if self._lacks_times:
            return False
        if self._dts_only:
            self._broken.add(packet.dts)
        return True

    def match(self, frame: av.VideoFrame, num_reordered: int) -> tuple[list[int], int | None]:
        """Match a decoded frame with the expected ones.

        Args:
            frame: from the decoder, in display order; with `dts_only`, its PTS is the DTS of its packet.
            num_reordered: how many frames may be stored before a frame and shown after it.

        Returns:
            (PTS of the expected frames before it that are missing, its own PTS). Its own PTS is None if the
            clip does not have it.
        """
        time = frame.pts
        if self._lacks_times:
            return [], time
        self._is_interlaced = frame.interlaced_frame
        if self._dts_only:
            return self._match_position(time, num_reordered)
        if time is None:
            return [], None
        missed = self._pop(lambda expected: expected < time)
        if self._pending and self._pending[0] == time:
            heapq.heappop(self._pending)
        missed = self._without_fields(missed)
        self._step = time - self._last_time if self._last_time is not None and not missed else self._step
        self._last_time = time
        return missed, time

    def is_leading(self, time: int | None) -> bool:
        """Return whether a frame with this PTS refers to frames before the first keyframe."""
        if time is None or self._lacks_times:
            return False
        return not self._has_key or (self.first_key_time is not None and time < self.first_key_time)

    def remaining(self) -> list[int]:
        """Return the PTS of all frames that are still expected; call it after the last frame."""
        return self._without_fields([time for time in self._pop(lambda _: True) if time not in self._small])

    def _match_position(self, own: int | None, num_reordered: int) -> tuple[list[int], int | None]:
        """Give the frame the first free position.

        If more positions before its own are free than reordering explains, one of them stays empty.
        """
        missed = self._pop(lambda position: position in self._broken)
        num_before = 0 if own is None else sum(position < own for position in self._pending)
        for _ in range(num_before - num_reordered):
            position = heapq.heappop(self._pending)
            missed += [] if position in self._small else [position]
        first = heapq.heappop(self._pending) if self._pending else None
        self._small = {small for small in self._small if first is not None and small > first}
        return missed, first

    def _pop(self, is_due: Callable[[int], bool]) -> list[int]:
        due = []
        while self._pending and is_due(self._pending[0]):
            due.append(heapq.heappop(self._pending))
        return due

    def _without_fields(self, missed: list[int]) -> list[int]:
        """Drop what may be a second field: an interlaced frame can come in two packets."""
        if not self._is_interlaced or self._dts_only:
            return missed
        if self._last_time is None or self._step is None:
            return []
        return [time for time in missed if 4 * (time - self._last_time) > 3 * self._step]


def shows_a_frame(packet: av.Packet, codec: str) -> bool:
    """Return whether a video packet contains a frame that is shown.

    VP8 has frames that are only used for prediction; a bit of the first byte says so (RFC 6386, 9.1).
    """
    return codec != "vp8" or bool(memoryview(packet)[0] & 0x10)
