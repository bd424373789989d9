"""The demo's scenes: drawn landscapes whose true summer-to-winter mapping is known.

A scene is drawn once as two maps, what each pixel is made of and how brightly it is lit; a season only
colours them. So the two seasons share every edge, and the mapping to be learned is a recolouring by object.
"""

from collections.abc import Callable

import cv2
import numpy as np

SEASONS = ("summer", "winter")
OBJECT_SCALE = 64
"""Pixels of one unit of length: a training picture is one unit wide, a house about a quarter."""
SUPERSAMPLING = 4
"""Height and width of the drawing, before it is shrunk, over those of the picture."""

_PALETTE = {
    # material: shadow and light in summer, shadow and light in winter. No two materials of a season share a
    # tint, or the way back to the other season would be a guess.
    "sky": ("3d8fe0", "bfe6fa", "8799d2", "efdde2"),
    "cloud": ("dfe9f5", "ffffff", "cfd0d6", "f4f1ee"),
    "sun": ("ffd75a", "fff2a8", "ffd28a", "fff0c4"),
    "far hill": ("4f9a86", "83c59c", "9db8e6", "bcd3f4"),
    "middle hill": ("4a9440", "8cc858", "b4cbee", "dbe8fb"),
    "near hill": ("5a9a2c", "b0d84e", "c3daf3", "fbfdff"),
    "conifer": ("0f4a33", "3f8a4c", "2f6670", "a9d6d2"),
    "round tree": ("3c6b12", "86b024", "7d7494", "d9cfe4"),
    "trunk": ("4a2d1c", "7d5233", "43302c", "735548"),
    "wall": ("c9a878", "fbe6bd", "b99a78", "efd8b6"),
    "roof": ("a8321f", "e0603c", "d9b9cc", "fae6ee"),
    "eave": ("7c2418", "96301f", "7c2a24", "94382c"),
    "window": ("31506e", "4f7898", "e8a63c", "ffd76a"),
    "lake": ("1562a6", "3f9fd4", "74b8c8", "b2e2e6"),
    "path": ("c08a4c", "eac588", "aca099", "d6cabc"),
}
_MATERIALS = {name: index for index, name in enumerate(_PALETTE)}


class _Canvas:
    """A scene's two maps, drawn in units of length with the origin at the top left.

    Attributes:
        material: index into the palette, uint8 (height, width), supersampled.
        light: from 0, in shadow, to 1, float32, of the same shape.
        wide, tall: the picture's size in units.
        x, y: the pixels' places in units, (1, width) and (height, 1).
    """

    def __init__(self, width: int, height: int, unit: int):
        self.scale = unit * SUPERSAMPLING
        self.wide, self.tall = width / unit, height / unit
        self.material = np.zeros((height * SUPERSAMPLING, width * SUPERSAMPLING), np.uint8)
        self.light = np.zeros(self.material.shape, np.float32)
        rows, columns = self.material.shape
        self.x = (np.arange(columns, dtype=np.float32)[None] + 0.5) / self.scale
        self.y = (np.arange(rows, dtype=np.float32)[:, None] + 0.5) / self.scale

    def polygon(self, points, material: str | None, light: float):
        """Paint a polygon of (x, y) corners; without a material it only changes the light."""
        corners = [np.rint(np.asarray(points) * self.scale).astype(np.int32)]
        cv2.fillPoly(self.light, corners, light)
        if material:
            cv2.fillPoly(self.material, corners, _MATERIALS[material])

    def ellipse(self, centre, radii, material: str | None, light: float):
        """Paint an upright ellipse."""
        angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        self.polygon(np.asarray(centre) + circle * np.asarray(radii), material, light)

    def box(self, foot, half: float, height: float, material: str, light: float):
        """Paint an upright box that stands on its foot."""
        (x, y), top = foot, foot[1] - height
        self.polygon([(x - half, y), (x - half, top), (x + half, top), (x + half, y)], material, light)


def draw_scene(seed: int, season: str, *, width: int = 64, height: int = 64, unit: int = OBJECT_SCALE):
    """Draw one landscape in one season.

    Args:
        seed: which scene, at least 0. Geometry and texture depend on it and on the size, never on the season.
        season: "summer" or "winter".
        width: in pixels.
        height: in pixels.
        unit: pixels of one unit of length. A wider picture with the same unit shows more objects, of the
            same size; a greater unit shows the same scene larger.

    Returns:
        RGB, uint8 (height, width, 3).
    """
    return shrink(draw_supersampled(seed, season, width=width, height=height, unit=unit))


def draw_supersampled(seed: int, season: str, *, width: int, height: int, unit: int = OBJECT_SCALE):
    """Draw a scene without shrinking it, so that pieces can be cut from it at fractions of a pixel.

    The arguments are those of `draw_scene`, in pixels of the picture that `shrink` makes of it.

    Returns:
        RGB, float32 (height * SUPERSAMPLING, width * SUPERSAMPLING, 3) in [0, 255].
    """
    return _coloured(_compose(seed, width, height, unit), season)


def shrink(drawing: np.ndarray) -> np.ndarray:
    """Average the supersampled pixels of each pixel.

    Args:
        drawing: RGB, float32 in [0, 255]; its height and width are multiples of SUPERSAMPLING.

    Returns:
        RGB, uint8 (height / SUPERSAMPLING, width / SUPERSAMPLING, 3).
    """
    size = (drawing.shape[1] // SUPERSAMPLING, drawing.shape[0] // SUPERSAMPLING)
    return np.rint(cv2.resize(drawing, size, interpolation=cv2.INTER_AREA)).astype(np.uint8)


def _coloured(canvas: _Canvas, season: str) -> np.ndarray:
    """Return the supersampled picture, float32 (height, width, 3) in [0, 255]."""
    if season not in SEASONS:
        raise ValueError(f"expected season to be one of {SEASONS}. Received: season={season!r}")
    column = 2 * SEASONS.index(season)
    codes = np.array([list(bytes.fromhex(code)) for row in _PALETTE.values() for code in row], np.float32)
    colours = codes.reshape(-1, 4, 3)[:, column : column + 2]
    shadow, lit = colours[canvas.material, 0], colours[canvas.material, 1]
    return shadow + (lit - shadow) * canvas.light[..., None]


def _compose(seed: int, width: int, height: int, unit: int) -> _Canvas:
    """Draw a scene from back to front; every stretch one unit wide has a feature between trees."""
    canvas, rng = _Canvas(width, height, unit), np.random.default_rng(seed)
    _draw_sky(canvas, rng)
    levels = {1: (0.56,), 2: (0.45, 0.6), 3: (0.38, 0.5, 0.64)}[int(rng.choice((1, 2, 2, 3, 3)))]
    for name, level in zip(("far hill", "middle hill", "near hill")[-len(levels) :], levels):
        ridge = _draw_hill(canvas, rng, name, level * canvas.tall)
        if name == "middle hill":
            for x in rng.uniform(0, canvas.wide, int(rng.integers(3, 8) * np.ceil(canvas.wide))):
                _draw_tree(canvas, rng, (x, ridge(x) + rng.uniform(0.01, 0.05)), rng.uniform(0.09, 0.14))
    first = int(rng.integers(3))
    for stretch in range(int(np.ceil(canvas.wide))):
        draw_feature = (_draw_house, _draw_lake, _draw_path)[(first + stretch) % 3]
        draw_feature(canvas, rng, stretch + rng.uniform(0.4, 0.6), ridge)
        sides = np.repeat((0.07, 0.93), rng.integers(1, 3, 2))
        depths = np.sort(rng.uniform(0.04, 0.9 * (canvas.tall - ridge(stretch + 0.5)), sides.size))
        for x, depth in zip(stretch + rng.permutation(sides) + rng.uniform(-0.1, 0.1, sides.size), depths):
            _draw_tree(canvas, rng, (x, ridge(x) + depth), rng.uniform(0.24, 0.3) + 0.3 * depth)
    _add_texture(canvas, rng)
    return canvas


def _add_texture(canvas: _Canvas, rng):
    """Vary the light by smooth noise, half as much in the sky as on the ground."""
    strength = np.where(canvas.material == _MATERIALS["sky"], 0.03, 0.065)
    for cells in (5, 20):
        grid = (int(np.ceil(canvas.tall * cells)), int(np.ceil(canvas.wide * cells)))
        noise = cv2.resize(rng.standard_normal(grid), canvas.light.shape[::-1], interpolation=cv2.INTER_CUBIC)
        canvas.light += (strength * noise).astype(np.float32)
    np.clip(canvas.light, 0, 1, out=canvas.light)


def _draw_sky(canvas: _Canvas, rng):
    slope, start = rng.uniform((0.8, 0), (1, 0.15))
    canvas.light[:] = start + slope * np.clip(canvas.y / (0.6 * canvas.tall), 0, 1)
    if rng.random() < 0.6:
        sun, radius = rng.uniform((0.1, 0.1), (0.9, 0.22)), rng.uniform(0.05, 0.07)
        canvas.ellipse(sun, (radius, radius), "sun", 0.2)
        canvas.ellipse(sun, (0.7 * radius, 0.7 * radius), "sun", 0.9)
    for _ in range(int(rng.integers(1, 4) * np.ceil(canvas.wide))):
        x, y, size = rng.uniform((0, 0.1 * canvas.tall, 0.045), (canvas.wide, 0.3 * canvas.tall, 0.075))
        puffs = rng.uniform((0.5, 0.8, 0.7, 0.45), (0.7, 1.1, 0.95, 0.65))
        for light, lift in ((0.15, 0), (0.9, 0.3)):
            for step, puff in zip((-1.2, -0.3, 0.6, 1.4), size * puffs):
                canvas.ellipse(
                    (x + step * size, y - 0.5 * puff - lift * size), (puff, 0.75 * puff), "cloud", light
                )


def _draw_hill(canvas: _Canvas, rng, name: str, level: float) -> Callable:
    """Draw rolling ground below a level and return its ridge: x to y, in units."""
    lengths, phases = rng.uniform((4, 8), (7, 13)), rng.uniform(0, 2 * np.pi, 2)
    heights = rng.uniform((0.03, 0.01), (0.06, 0.025))

    def ridge(x):
        return level + sum(h * np.sin(k * x + p) for h, k, p in zip(heights, lengths, phases))

    depth = canvas.y - ridge(canvas.x)
    roll = 0.12 * np.sin(9 * depth / canvas.tall + 3 * canvas.x + phases[0])
    light = np.clip(0.95 - 1.7 * depth / canvas.tall, 0.25, 1) + roll
    canvas.material[depth > 0], canvas.light[depth > 0] = _MATERIALS[name], light[depth > 0]
    return ridge


def _draw_tree(canvas: _Canvas, rng, foot, height: float):
    x, y = foot
    canvas.ellipse((x + 0.13 * height, y), (0.3 * height, 0.06 * height), None, 0.1)
    (_draw_conifer if rng.random() < 0.6 else _draw_round_tree)(canvas, x, y, height)


def _draw_conifer(canvas: _Canvas, x: float, y: float, height: float):
    canvas.box((x, y), 0.05 * height, 0.2 * height, "trunk", 0.5)
    for bottom, top, half in ((0.14, 0.56, 0.27), (0.36, 0.74, 0.22), (0.58, 1, 0.16)):
        sides = np.array([(-half, -bottom), (0, -top), (half, -bottom), (0.02, -bottom - 0.12)])
        canvas.polygon((x, y) + sides[:3] * height, "conifer", 0.15)
        canvas.polygon((x, y) + sides[[0, 1, 3]] * height, "conifer", 0.85)


def _draw_round_tree(canvas: _Canvas, x: float, y: float, height: float):
    """Draw a crown of three balls, lit from the upper left."""
    canvas.box((x, y), 0.05 * height, 0.5 * height, "trunk", 0.6)
    for light, shift, grow in ((0.15, 0, 1), (0.55, 0.04, 0.8), (0.9, 0.09, 0.45)):
        for across, up, radius in ((-0.14, 0.52, 0.2), (0.15, 0.54, 0.19), (0, 0.74, 0.24)):
            centre = (x + (across - shift) * height, y - (up + shift) * height)
            canvas.ellipse(centre, (grow * radius * height, grow * radius * height), "round tree", light)


def _draw_house(canvas: _Canvas, rng, x: float, ridge: Callable):
    half, height, depth = rng.uniform((0.11, 0.11, 0.1), (0.14, 0.14, 0.16))
    y, eaves, peak = ridge(x) + depth, half + 0.035, half - 0.05
    top = y - height
    canvas.ellipse((x + 0.06, y), (half + 0.02, 0.02), None, 0.1)
    canvas.box((x + 0.5 * half, top), 0.02, 0.14, "trunk", 0.6)
    canvas.box((x, y), half, height, "wall", 0.8)
    canvas.box((x + 0.75 * half, y), 0.25 * half, height, "wall", 0.2)
    canvas.box((x - 0.35 * half, y), 0.022, 0.075, "trunk", 0.4)
    canvas.box((x + 0.25 * half, y - 0.04), 0.022, 0.04, "window", 0.6)
    slope = [(x - eaves, top), (x - peak, top - 0.11), (x + peak, top - 0.11), (x + eaves, top)]
    canvas.polygon(slope, "roof", 0.75)
    canvas.polygon([(x + 0.6 * peak, top), *slope[2:]], "roof", 0.35)
    canvas.box((x, top + 0.018), eaves, 0.018, "eave", 0.5)


def _draw_lake(canvas: _Canvas, rng, x: float, ridge: Callable):
    """Draw a lake with a shore and three glints."""
    wide, tall, depth = rng.uniform((0.24, 0.07, 0.15), (0.29, 0.095, 0.2))
    centre, radii = np.array([x, ridge(x) + depth]), np.array([wide, tall])
    canvas.ellipse(centre - (0, 0.01), radii + (0.02, 0.015), "path", 0.4)
    canvas.ellipse(centre, radii, "lake", 0.25)
    for across, down, length in ((-0.3, -0.35, 0.4), (0.2, 0.1, 0.5), (-0.2, 0.5, 0.35)):
        canvas.ellipse(centre + radii * (across, down), radii * (length, 0.13), "lake", 0.9)


def _draw_path(canvas: _Canvas, rng, x: float, ridge: Callable):
    """Draw a path that winds from the ridge to the lower edge and widens as it comes nearer."""
    near = np.linspace(0, 1, 24)
    middle = x + rng.choice([-1, 1]) * (0.09 * np.sin(5.5 * near) + 0.1 * near**2)
    y, half = ridge(x) + near * (canvas.tall - ridge(x)), 0.012 + 0.1 * near**1.5
    right, left = np.stack([middle + half, y], axis=1), np.stack([middle - half, y], axis=1)
    canvas.polygon(np.concatenate([right, left[::-1]]), "path", 0.65)
