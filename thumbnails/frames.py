"""Which of several frames says the most. Pure: takes pictures, knows neither files nor ffmpeg."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageFilter, ImageStat

GOOD = 0.45
"""A score with which a frame is worth showing, without a look at further ones."""

_SAMPLE = (160, 160)


def best(pictures: Sequence[Image.Image]) -> Image.Image:
    """The picture with the highest score; of equals the first."""
    return max(pictures, key=score)


def score(picture: Image.Image) -> float:
    """From 0, a single colour, to about 1, a scene rich in tones, detail and colour.

    A title card loses most of it: however sharp its letters, nearly all of it is one colour.
    """
    sample = picture.convert("RGB")
    sample.thumbnail(_SAMPLE, Image.Resampling.BOX)
    grey = sample.convert("L")
    worth = 0.35 * _tones(grey) + 0.25 * _contrast(grey) + 0.2 * _detail(grey) + 0.2 * _colour(sample)
    return worth * _exposure(grey) * (1 - _emptiness(sample))


def _tones(grey: Image.Image) -> float:
    """How many shades are in use: the histogram's entropy, of 8 bits."""
    return grey.entropy() / 8


def _contrast(grey: Image.Image) -> float:
    return min(ImageStat.Stat(grey).stddev[0] / 64, 1)


def _detail(grey: Image.Image) -> float:
    """How much of it is edges; a blurred frame has few, television snow no more than a sharp scene."""
    edges = grey.filter(ImageFilter.FIND_EDGES)
    return min(ImageStat.Stat(edges).mean[0] / 40, 1)


def _colour(sample: Image.Image) -> float:
    """Mean saturation, weighted by brightness: dark pixels have random hues."""
    _hue, saturation, value = (ImageStat.Stat(band).mean[0] for band in sample.convert("HSV").split())
    return min(math.sqrt(saturation * value) / 128, 1)


def _exposure(grey: Image.Image) -> float:
    """1 in the middle, falling to 0 towards black and white."""
    mean = ImageStat.Stat(grey).mean[0]
    return min(mean / 50, (255 - mean) / 40, 1)


def _emptiness(sample: Image.Image) -> float:
    """0 while no colour, of 512, fills more than two fifths of the picture; 1 when one fills all of it."""
    coarse = sample.point([value & 0xE0 for value in range(256)] * 3)
    colours = coarse.getcolors(512) or [(0, None)]
    share = max(count for count, _colour in colours) / (sample.width * sample.height)
    return max((share - 0.4) / 0.6, 0)
