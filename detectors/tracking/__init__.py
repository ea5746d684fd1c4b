"""Owns which person is which from look to look. Must not know rules, zones or storage.

The Kalman filter is OpenCV's (``cv2.KalmanFilter``), the assignment is lapx's (Jonker-Volgenant),
the order of matching ByteTrack's: sure detections first, then faint ones for the tracks that are
left. No whole tracker was taken. A worker killed at any look must go on as if never stopped, so
everything a track knows has to be data that can be stored, and looks come at irregular times.
Trackers of ``trackers`` 2.6 and ``norfair`` 2.3 keep state in objects with no way in or out but
pickle, count frames instead of seconds, and install what breaks us: the former the GUI build of
OpenCV over the headless one, the latter numpy < 2; ``supervision`` 0.31 no longer has one.
"""

from detectors.tracking.step import track
from detectors.tracking.tracks import Track, Tracks

__all__ = ["Track", "Tracks", "track"]
