"""Which frames a clip's packets promise, and which of them never come.

Decoders lose frames without a word: what a damaged packet held, what refers to it, what threads had
begun. But a packet says when its frame is shown, so a frame that comes later than a promise breaks it.
"""

import heapq

import av

# MPEG-4 has packets that only say that nothing has changed (ISO/IEC 14496-2, vop_coded).
_EMPTY_BYTES = 16


class Promises:
    """Keeps account of one stream's packets and frames; times are in the stream's time base.

    Args:
        begins_anywhere: the clip may begin with frames that need others in front of the first key frame.
            Otherwise its first frame is a key frame, even if damage makes it look like another.
        by_slot: the container has no times of display, only an order (AVI): the packets' places in the
            file are the places of the frames in order of display.

    Attributes:
        first_key_time: pts of the first key frame; None before it, and by slot.
        num_void: packets whose frames need others in front of the first key frame, which are not there.
    """

    def __init__(self, *, begins_anywhere: bool, by_slot: bool):
        self._begins_anywhere, self._by_slot = begins_anywhere, by_slot
        self._pending, self._broken, self._small = [], set(), set()
        self._has_key, self.first_key_time, self._lacks_times = by_slot, None, False
        self._last_time, self._step, self._is_interlaced = None, None, False
        self.num_void = 0

    def add(self, packet: av.Packet, codec: str) -> None:
        """Takes a packet that goes to the decoder."""
        if packet.is_discard or not shows_a_frame(packet, codec):
            return
        time = packet.dts if self._by_slot else packet.pts
        if time is None:
            # Without every packet's time no frame can be missed, only refused.
            self._lacks_times, self._pending = True, []
        if self._lacks_times:
            return
        if not self._has_key and (packet.is_keyframe or not self._begins_anywhere):
            self._has_key, self.first_key_time = True, time
        if self.is_void(time):
            self.num_void += 1
            return
        heapq.heappush(self._pending, time)
        if self._by_slot and packet.size <= _EMPTY_BYTES:
            self._small.add(time)

    def refuse(self, packet: av.Packet) -> bool:
        """Takes a packet that the decoder refused.

        Returns:
            Whether its frame will be missed by its time; else its loss has to be told now.
        """
        if self._lacks_times:
            return False
        if self._by_slot:
            self._broken.add(packet.dts)
        return True

    def take(self, frame: av.VideoFrame, num_reordered: int) -> tuple[list[int], int | None]:
        """Takes a decoded frame.

        Args:
            frame: as it came, in order of display; by slot its pts is its packet's place.
            num_reordered: how many frames may be stored in front of a frame and shown behind it.

        Returns:
            (times of frames that were promised before it and did not come, its own time). The time is
            None when the clip does not say.
        """
        if self._lacks_times:
            return [], frame.pts
        self._is_interlaced = frame.interlaced_frame
        if self._by_slot:
            return self._take_slot(frame.pts, num_reordered)
        time = frame.pts
        if time is None:
            return [], None
        missed = self._pop(lambda promised: promised < time)
        if self._pending and self._pending[0] == time:
            heapq.heappop(self._pending)
        missed = self._without_fields(missed)
        self._step = time - self._last_time if self._last_time is not None and not missed else self._step
        self._last_time = time
        return missed, time

    def is_void(self, time: int | None) -> bool:
        """Returns whether a frame of that time needs others that lie in front of the first key frame."""
        if time is None or self._lacks_times:
            return False
        return not self._has_key or (self.first_key_time is not None and time < self.first_key_time)

    def rest(self) -> list[int]:
        """Returns the times of all promised frames that have not come, when no more can come."""
        return self._without_fields([time for time in self._pop(lambda _: True) if time not in self._small])

    def _take_slot(self, own: int | None, num_reordered: int) -> tuple[list[int], int | None]:
        """Gives the frame the first place that is left.

        More places in front of the frame's own than can be tell that one of them stays empty.
        """
        missed = self._pop(lambda slot: slot in self._broken)
        num_before = 0 if own is None else sum(slot < own for slot in self._pending)
        for _ in range(num_before - num_reordered):
            slot = heapq.heappop(self._pending)
            missed += [] if slot in self._small else [slot]
        slot = heapq.heappop(self._pending) if self._pending else None
        self._small = {small for small in self._small if slot is not None and small > slot}
        return missed, slot

    def _pop(self, is_due) -> list[int]:
        due = []
        while self._pending and is_due(self._pending[0]):
            due.append(heapq.heappop(self._pending))
        return due

    def _without_fields(self, missed: list[int]) -> list[int]:
        """Leaves out what may be a second field: interlaced frames can come in two packets."""
        if not self._is_interlaced or self._by_slot:
            return missed
        if self._last_time is None or self._step is None:
            return []
        return [time for time in missed if 4 * (time - self._last_time) > 3 * self._step]


def shows_a_frame(packet: av.Packet, codec: str) -> bool:
    """Returns whether a packet of the video holds a frame to show.

    Some VP8 frames only serve to predict others; a bit of their first byte says so (RFC 6386, 9.1).
    """
    return codec != "vp8" or bool(memoryview(packet)[0] & 0x10)
