"""From a film to its storyboard."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from library.media import MediaFacts
from tests.media import BLACK, SCENE, encode, make_audio, make_sequence, make_video
from tests.thumbnails.conftest import Impostor
from thumbnails import storyboards, tiling
from thumbnails.ffmpeg import MediaError
from thumbnails.probing import probe
from thumbnails.storyboards import Sheet

PLAIN = "color={}:size={{size}}:rate={{rate}}:duration={{duration}}"
RED, GREEN, BLUE = (PLAIN.format(name) for name in ("red", "lime", "blue"))
EACH_KEYFRAME = ("-g", "1")


def sheet_of(path: Path) -> Sheet:
    sheet = tiling.draw(path, probe(path))
    assert sheet
    return sheet


def colours(sheet: Sheet) -> str:
    """The first letter of the colour that each tile mostly has."""
    letters = ""
    with Image.open(io.BytesIO(sheet.picture), formats=["WEBP"]) as picture:
        for tile in range(sheet.layout.tiles):
            left, top = sheet.layout.place_of(tile)
            pixel = picture.convert("RGB").getpixel(
                (left + sheet.layout.tile_width // 2, top + sheet.layout.tile_height // 2)
            )
            assert isinstance(pixel, tuple)
            letters += "RGB"[pixel.index(max(pixel))]
    return letters


def size_of(sheet: Sheet) -> tuple[int, int]:
    with Image.open(io.BytesIO(sheet.picture), formats=["WEBP"]) as picture:
        return picture.size


@pytest.fixture
def by_seeking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat each film as one that is too large to be read."""
    monkeypatch.setattr(tiling, "LARGE", 0)
    monkeypatch.setattr(tiling, "LARGE_INDEXED", 0)
    monkeypatch.setattr(tiling, "read", None)


def test_each_tile_of_a_short_film_shows_its_second(tmp_path: Path) -> None:
    path = make_sequence(tmp_path / "a.mp4", RED, GREEN, BLUE, each=4, options=("-g", "999", "-sc_threshold", "0"))
    sheet = sheet_of(path)
    assert colours(sheet) == "RRRRGGGGBBBB"
    assert (sheet.layout.interval, sheet.duration, size_of(sheet)) == (1, 12, (1600, 180))


@pytest.mark.parametrize("extension", ["mp4", "mkv", "webm", "avi", "ts", "mpg"])
def test_tiles_of_a_longer_film_are_its_keyframes(tmp_path: Path, extension: str) -> None:
    path = make_sequence(tmp_path / f"a.{extension}", RED, GREEN, BLUE, each=10, rate=25, size="160x90")
    sheet = sheet_of(path)
    assert colours(sheet)[:6] == "RRGGBB"
    assert sheet.layout.interval == 5


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
def test_tiles_that_are_sought_are_those_that_are_read(
    tmp_path: Path, extension: str, request: pytest.FixtureRequest
) -> None:
    path = make_video(tmp_path / f"a.{extension}", duration=41, rate=5, options=("-g", "15"))
    read = sheet_of(path)
    request.getfixturevalue("by_seeking")
    assert sheet_of(path) == read


def test_what_is_broken_costs_only_its_own_tiles(tmp_path: Path, by_seeking: None) -> None:
    path = make_sequence(tmp_path / "a.mp4", RED, GREEN, BLUE, each=20, rate=2, options=EACH_KEYFRAME)
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    third = (content.index(b"moov") - start) // 3
    content[start + third : start + 2 * third] = b"\xff" * third
    path.write_bytes(content)
    found = colours(sheet_of(path))
    assert (found[:6], found[8:]) == ("RRRRRR", "BBBB")


def test_a_film_that_breaks_off_ends_with_the_last_that_is_left(tmp_path: Path) -> None:
    path = make_sequence(tmp_path / "a.mkv", RED, GREEN, BLUE, each=10, rate=25, options=("-g", "25"))
    facts = probe(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    sheet = tiling.draw(path, facts)
    assert sheet
    assert (len(colours(sheet)), colours(sheet)[0], colours(sheet)[-1]) == (6, "R", "G")


def test_a_film_whose_frames_change_their_size_is_one_film(tmp_path: Path) -> None:
    parts = [
        make_video(tmp_path / f"{size}.ts", source=source, size=size, duration=10, options=("-g", "10"))
        for size, source in (("320x180", RED), ("640x480", GREEN), ("160x90", BLUE))
    ]
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    sheet = tiling.draw(path, probe(path)._replace(duration=30))
    assert sheet
    assert colours(sheet) == "RRGGBB"


def turned(path: Path) -> Path:
    straight = make_video(path.with_name("straight.mp4"), duration=2)
    return encode(path, "-display_rotation", "90", "-i", f"file:{straight}", "-c", "copy")


@pytest.mark.parametrize(
    ("make", "tile"),
    [
        (lambda path: make_video(path, duration=2), (160, 90)),
        (lambda path: make_video(path, size="1280x720", duration=2), (160, 90)),
        (lambda path: make_video(path, size="180x320", duration=2), (51, 90)),
        (lambda path: make_video(path, size="640x480", duration=2), (120, 90)),
        (lambda path: make_video(path, size="2000x20", duration=2), (160, 2)),
        (lambda path: make_video(path, size="64x48", duration=2), (120, 90)),
        (lambda path: make_video(path, duration=2, options=("-vf", "setsar=2/1")), (160, 45)),
        (turned, (51, 90)),
    ],
    ids=["small", "large", "portrait", "old television", "a line", "tiny", "anamorphic", "turned"],
)
def test_a_tile_has_the_shape_that_players_show(
    tmp_path: Path, make: Callable[[Path], Path], tile: tuple[int, int]
) -> None:
    sheet = sheet_of(make(tmp_path / "a.mp4"))
    assert (sheet.layout.tile_width, sheet.layout.tile_height) == tile
    assert size_of(sheet) == (2 * tile[0], tile[1])


@pytest.mark.parametrize(
    "make",
    [
        lambda path: make_audio(path, duration=9),
        lambda path: make_video(path, duration=0.04, rate=25),
        lambda path: make_video(path, duration=0.9),
        lambda path: make_video(path, source=BLACK, duration=9),
        lambda path: make_video(path, source=SCENE, duration=40, rate=2, options=("-g", "999", "-sc_threshold", "0")),
    ],
    ids=["sound", "one frame", "less than a second", "one scene", "one keyframe"],
)
def test_a_film_without_two_scenes_has_no_storyboard(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path / "a.mp4")
    assert tiling.draw(path, probe(path)) is None


@pytest.mark.parametrize("unknown", ["duration", "width", "height"])
def test_a_film_of_unknown_measures_has_no_storyboard(tmp_path: Path, unknown: str) -> None:
    path = make_video(tmp_path / "a.mp4", duration=2)
    assert tiling.draw(path, probe(path)._replace(**{unknown: None})) is None


@pytest.mark.parametrize("duration", [20.01, 499.9, 500.1, 7200, 7199.9999, 86_400, 1e7])
def test_no_storyboard_has_more_than_a_hundred_tiles(duration: float) -> None:
    layout = tiling.plan(MediaFacts(duration=duration, width=1920, height=1080, video_codec="h264"))
    assert layout
    assert layout.tiles <= 100
    assert (layout.tiles - 1) * layout.interval < duration <= layout.tiles * layout.interval


def test_a_film_of_which_nothing_can_be_decoded_says_so(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = make_video(tmp_path / "a.avi", duration=30, options=("-c:v", "mpeg4"))
    facts = probe(path)
    content = bytearray(path.read_bytes())
    start = content.index(b"movi") + 12
    content[start:-2000] = bytes(len(content) - 2000 - start)
    path.write_bytes(content)
    with pytest.raises(MediaError):
        tiling.draw(path, facts)
    request.getfixturevalue("by_seeking")
    with pytest.raises(MediaError, match="no frame can be decoded"):
        tiling.draw(path, facts)


@pytest.mark.parametrize("large", [False, True])
def test_the_time_for_a_storyboard_is_bounded(
    tmp_path: Path, instead_of_ffmpeg: Impostor, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"a film")
    instead_of_ffmpeg.does("exec sleep 1000")
    monkeypatch.setattr(tiling, "TIME_LIMIT", 0.3)
    monkeypatch.setattr(tiling, "GROUP_TIME_LIMIT", 0.2)
    monkeypatch.setattr(tiling, "LARGE", 0 if large else 1000)
    with pytest.raises(MediaError, match="longer than"):
        tiling.draw(path, MediaFacts(duration=100, width=160, height=90, video_codec="h264"))
    instead_of_ffmpeg.wait_until_gone()


@given(
    st.floats(0, 1e13, allow_nan=False, exclude_min=True),
    st.integers(1, 2**31),
    st.integers(1, 2**31),
)
def test_of_any_film_a_storyboard_is_small_and_its_index_names_only_places_in_it(
    duration: float, width: int, height: int
) -> None:
    layout = tiling.plan(MediaFacts(duration, width, height, "h264"))
    if layout is None:
        return
    assert 1 < layout.tiles <= tiling.MOST_TILES
    assert 1 <= layout.tile_width <= tiling.BOX[0]
    assert 1 <= layout.tile_height <= tiling.BOX[1]
    index = storyboards.index("a.webp", layout, duration)
    places = [tuple(map(int, place.split(","))) for place in re.findall(r"#xywh=([0-9,]+)$", index, re.MULTILINE)]
    assert len(places) == layout.tiles
    for left, top, wide, high in places:
        assert left + wide <= layout.columns * layout.tile_width
        assert top + high <= layout.rows * layout.tile_height
