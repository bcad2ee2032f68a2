"""Which frame says the most."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw, ImageFilter

from thumbnails import frames

SIZE = (320, 180)


def flat(colour: str) -> Image.Image:
    return Image.new("RGB", SIZE, colour)


def title_card() -> Image.Image:
    card = flat("#102040")
    draw = ImageDraw.Draw(card)
    for line in range(3):
        draw.text((90, 60 + 20 * line), "A TITLE IN SHARP LETTERS", fill="white")
    return card


def scene() -> Image.Image:
    """Hills below a sky, with some texture."""
    picture = Image.linear_gradient("L").resize(SIZE).convert("RGB")
    draw = ImageDraw.Draw(picture)
    seeded = random.Random(7)
    for _ in range(150):
        x, y = seeded.randrange(320), seeded.randrange(60, 180)
        colour = (seeded.randrange(60, 250), seeded.randrange(40, 200), seeded.randrange(150))
        draw.ellipse((x, y, x + 30, y + 18), fill=colour)
    return picture


def test_a_single_colour_is_worth_nothing() -> None:
    assert [frames.score(flat(colour)) for colour in ("black", "white", "red", "gray")] == [0, 0, 0, 0]


def test_a_scene_is_good_and_a_title_card_is_not() -> None:
    assert frames.score(scene()) > frames.GOOD > 2 * frames.score(title_card()) > 0


def test_the_best_is_the_scene_wherever_it_stands() -> None:
    chosen = scene()
    assert frames.best([flat("black"), title_card(), chosen]) is chosen
    assert frames.best([chosen, title_card(), flat("white")]) is chosen


def test_sharp_beats_blurred_and_bright_beats_dark() -> None:
    sharp = scene()
    blurred = sharp.filter(ImageFilter.GaussianBlur(6))
    dark = sharp.point([value // 8 for value in range(256)] * 3)
    assert frames.best([blurred, dark, sharp]) is sharp


def test_of_equals_the_first_is_taken() -> None:
    first, second = scene(), scene()
    assert frames.best([first, second]) is first


def test_any_shape_has_a_score() -> None:
    assert frames.score(Image.new("RGB", (640, 1), "red")) == 0
    assert frames.score(Image.new("RGB", (1, 1), "red")) == 0
