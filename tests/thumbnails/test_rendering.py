"""From a file to its poster."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from library.media import MediaFacts
from tests.media import BLACK, SCENE, TITLE_CARD, encode, make_audio, make_sequence, make_video
from tests.thumbnails.conftest import Impostor
from thumbnails import frames, rendering
from thumbnails.ffmpeg import MediaError
from thumbnails.probing import probe


def pictures_of(path: Path) -> dict[int, Image.Image]:
    content = rendering.draw(path, probe(path))
    return {width: Image.open(io.BytesIO(each), formats=["WEBP"]) for width, each in content.items()}


def sizes_of(path: Path) -> dict[int, tuple[int, int]]:
    return {width: picture.size for width, picture in pictures_of(path).items()}


def test_a_poster_is_two_webp_pictures(tmp_path: Path) -> None:
    assert sizes_of(make_video(tmp_path / "a.mp4", size="1280x720")) == {320: (320, 180), 640: (640, 360)}


@pytest.mark.parametrize(
    ("size", "large", "small"),
    [
        ("180x320", (180, 320), (180, 320)),
        ("720x1280", (360, 640), (180, 320)),
        ("4000x4", (640, 1), (320, 1)),
        ("64x48", (64, 48), (64, 48)),
    ],
)
def test_the_whole_picture_fits_into_its_box_and_is_never_enlarged(
    tmp_path: Path, size: str, large: tuple[int, int], small: tuple[int, int]
) -> None:
    assert sizes_of(make_video(tmp_path / "a.mp4", size=size)) == {640: large, 320: small}


def test_a_poster_is_turned_and_stretched_as_players_do(tmp_path: Path) -> None:
    straight = make_video(tmp_path / "a.mp4")
    turned = encode(tmp_path / "t.mp4", "-display_rotation", "90", "-i", f"file:{straight}", "-c", "copy")
    assert sizes_of(turned)[640] == (180, 320)
    assert sizes_of(make_video(tmp_path / "wide.mp4", options=("-vf", "setsar=2/1")))[640] == (640, 180)
    assert sizes_of(make_video(tmp_path / "tall.mp4", options=("-vf", "setsar=1/2")))[640] == (160, 180)


def test_the_first_good_frame_will_do(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", duration=30, rate=5, options=("-g", "5"))
    assert len(rendering.candidates(path, probe(path))) == 1


@pytest.mark.parametrize("each", [1.0, 12.0], ids=["a short film", "a long film, by its keyframes"])
def test_black_and_title_cards_give_way_to_a_scene(tmp_path: Path, each: float) -> None:
    path = make_sequence(tmp_path / "a.mp4", BLACK, TITLE_CARD, SCENE, BLACK, each=each, rate=5)
    assert frames.score(pictures_of(path)[320].convert("RGB")) > frames.GOOD


def test_a_long_film_whose_keyframes_are_black_is_searched_between_them(tmp_path: Path) -> None:
    path = make_sequence(tmp_path / "a.mkv", BLACK, SCENE, each=12, rate=5, options=("-g", "999", "-sc_threshold", "0"))
    assert frames.score(pictures_of(path)[320].convert("RGB")) > frames.GOOD


@pytest.mark.parametrize("extension", ["mp4", "webm", "avi", "ts", "mpg"])
def test_a_film_of_one_frame_has_a_poster(tmp_path: Path, extension: str) -> None:
    path = make_video(tmp_path / f"a.{extension}", duration=0.04, rate=25)
    assert sizes_of(path)[640] == (320, 180)


def test_a_film_that_states_no_duration_has_a_poster(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.webm", duration=3, options=("-f", "webm", "-live", "1"))
    facts = probe(path)._replace(duration=None)
    assert set(rendering.draw(path, facts)) == {320, 640}


def test_a_black_film_has_a_black_poster(tmp_path: Path) -> None:
    picture = pictures_of(make_video(tmp_path / "a.mp4", source=BLACK))[320]
    assert max(high for _low, high in picture.convert("RGB").getextrema()) < 8  # type: ignore[misc]


def test_sound_alone_has_no_poster(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"^no video stream$"):
        pictures_of(make_audio(tmp_path / "a.mp4"))


def test_a_cover_picture_is_the_poster_of_sound(tmp_path: Path) -> None:
    path = encode(
        tmp_path / "a.mp4", "-f", "lavfi", "-i", "sine=duration=1", "-f", "lavfi", "-i", "testsrc2=size=300x300:d=0.04",
        "-c:a", "aac", "-c:v", "png", "-disposition:v", "attached_pic",
    )  # fmt: skip
    assert sizes_of(path)[640] == (300, 300)


def test_a_film_that_breaks_off_is_drawn_from_what_is_left(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "whole.mkv", duration=4, rate=25, options=("-g", "5")).read_bytes()
    path = tmp_path / "cut.mkv"
    path.write_bytes(whole[: len(whole) // 2])
    assert sizes_of(path)[640] == (320, 180)


def test_a_film_whose_frames_are_all_broken_says_so(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.avi", options=("-c:v", "mpeg4"))
    content = bytearray(path.read_bytes())
    start = content.index(b"movi") + 12
    content[start:-2000] = bytes(len(content) - 2000 - start)
    path.write_bytes(content)
    with pytest.raises(MediaError):
        pictures_of(path)


def test_a_picture_of_sixteen_thousand_pixels_has_a_poster(tmp_path: Path) -> None:
    single = "color=red:size={size}:rate={rate}:duration={duration}"
    options = ("-c:v", "mjpeg", "-q:v", "31")
    path = make_video(tmp_path / "a.mkv", size="15360x8640", duration=0.1, source=single, options=options)
    assert sizes_of(path)[640] == (640, 360)


def test_the_time_for_one_poster_is_bounded(instead_of_ffmpeg: Impostor, monkeypatch: pytest.MonkeyPatch) -> None:
    instead_of_ffmpeg.does("exec sleep 1000")
    monkeypatch.setattr(rendering, "FRAME_TIME_LIMIT", 0.2)
    monkeypatch.setattr(rendering, "TIME_LIMIT", 0.1)
    with pytest.raises(MediaError, match="longer than"):
        rendering.draw(Path("/nowhere"), MediaFacts(duration=100, video_codec="h264"))
    instead_of_ffmpeg.wait_until_gone()
