"""What files say about themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.media import MediaFacts
from tests.media import encode, make_audio, make_video
from thumbnails import probing
from thumbnails.captioning import MOST_STREAMS, streams_in
from thumbnails.ffmpeg import MediaError, readable
from thumbnails.probing import probe

COVER = ("-f", "lavfi", "-i", "testsrc2=size=300x300:duration=0.04")
TONE = ("-f", "lavfi", "-i", "sine=duration=1")
AS_COVER = ("-c:v", "png", "-disposition:v", "attached_pic")


def test_a_usual_file_tells_all(tmp_path: Path) -> None:
    facts = probe(make_video(tmp_path / "a.mp4", sound=True))
    assert facts.bitrate is not None
    assert facts._replace(bitrate=None) == MediaFacts(
        duration=1.0,
        width=320,
        height=180,
        video_codec="h264",
        audio_codec="aac",
        container="mov,mp4,m4a,3gp,3g2,mj2",
        frame_rate=10.0,
    )
    assert facts.bitrate > 10_000


@pytest.mark.parametrize(
    ("extension", "video", "audio"),
    [
        ("webm", "vp9", "opus"), ("mkv", "h264", "vorbis"), ("ogv", "theora", "vorbis"), ("mov", "h264", "aac"),
        ("avi", "mpeg4", "mp3"), ("wmv", "msmpeg4v3", "wmav2"), ("flv", "flv1", "mp3"), ("m4v", "h264", "aac"),
        ("mpg", "mpeg1video", "mp2"), ("ts", "mpeg2video", "mp2"), ("m2ts", "mpeg2video", "mp2"),
    ],
)  # fmt: skip
def test_every_container_that_the_library_takes_is_read(tmp_path: Path, extension: str, video: str, audio: str) -> None:
    facts = probe(make_video(tmp_path / f"a.{extension}", sound=True, rate=25))
    assert (facts.video_codec, facts.audio_codec, facts.width, facts.height) == (video, audio, 320, 180)
    assert facts.duration == pytest.approx(1, abs=0.15)
    assert facts.frame_rate == 25


def test_3gp_is_read(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.3gp", size="176x144", options=("-c:v", "h263"), rate=25)
    assert probe(path)[1:4] == (192, 144, "h263")  # its pixels are 12:11


def test_fractional_frame_rates_are_exact(tmp_path: Path) -> None:
    facts = probe(make_video(tmp_path / "a.mp4", options=("-r", "24000/1001")))
    assert facts.frame_rate == pytest.approx(24000 / 1001)


@pytest.mark.parametrize(("degrees", "shown"), [("90", (180, 320)), ("-90", (180, 320)), ("180", (320, 180))])
def test_a_rotated_file_is_as_wide_as_it_is_shown(tmp_path: Path, degrees: str, shown: tuple[int, int]) -> None:
    straight = make_video(tmp_path / "a.mp4")
    path = encode(tmp_path / "turned.mp4", "-display_rotation", degrees, "-i", f"file:{straight}", "-c", "copy")
    facts = probe(path)
    assert (facts.width, facts.height) == shown


@pytest.mark.parametrize(("aspect", "width"), [("2/1", 640), ("1/2", 160), ("16/11", 465)])
def test_pixels_that_are_not_square_are_stretched(tmp_path: Path, aspect: str, width: int) -> None:
    facts = probe(make_video(tmp_path / "a.mp4", options=("-vf", f"setsar={aspect}")))
    assert (facts.width, facts.height) == (width, 180)


def test_odd_shapes_are_told_as_they_are(tmp_path: Path) -> None:
    assert probe(make_video(tmp_path / "a.mp4", size="4000x4"))[1:3] == (4000, 4)


def test_a_recording_that_states_no_duration_is_measured(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.webm", duration=3, options=("-f", "webm", "-live", "1"))
    assert probe(path).duration == pytest.approx(3, abs=0.2)


def test_a_stream_that_can_not_be_measured_has_no_duration(tmp_path: Path) -> None:
    (tmp_path / "a.webm").write_bytes(b"nothing")
    assert probing.measure_duration(tmp_path / "a.webm") is None


def test_a_file_with_sound_alone_has_no_picture_but_a_duration(tmp_path: Path) -> None:
    facts = probe(make_audio(tmp_path / "a.mp4"))
    assert (facts.width, facts.height, facts.video_codec, facts.audio_codec) == (None, None, "", "aac")
    assert facts.duration == pytest.approx(1, abs=0.1)


def test_a_cover_picture_is_not_a_video(tmp_path: Path) -> None:
    facts = probe(encode(tmp_path / "a.mp4", *TONE, *COVER, "-c:a", "aac", *AS_COVER))
    assert (facts.width, facts.video_codec, facts.audio_codec) == (None, "", "aac")


def test_beside_a_cover_picture_the_video_counts(tmp_path: Path) -> None:
    scene = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10:duration=1")
    maps = ("-map", "0", "-map", "1", "-c:v:0", "png", "-disposition:v:0", "attached_pic", "-c:v:1", "libx264")
    facts = probe(encode(tmp_path / "a.mp4", *COVER, *scene, *maps, "-pix_fmt:v:1", "yuv420p"))
    assert (facts.width, facts.height, facts.video_codec) == (320, 180, "h264")


def test_subtitles_tags_of_several_lines_and_chapters_disturb_nothing(tmp_path: Path) -> None:
    (tmp_path / "s.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nhello\n")
    (tmp_path / "m.txt").write_text(
        ";FFMETADATA1\ntitle=one\\\n  Duration: 99:00:00.00, bitrate: 1 kb/s\\\n  Stream #0:0: Video: fake, 1x1\n"
        "[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle=first\n"
    )
    path = encode(
        tmp_path / "a.mkv", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10:duration=1",
        "-i", str(tmp_path / "s.srt"), "-i", str(tmp_path / "m.txt"), "-map_metadata", "2", "-c:s", "srt",
    )  # fmt: skip
    facts = probe(path)
    assert (facts.duration, facts.width, facts.video_codec) == (1.0, 320, "h264")


def test_subtitles_alone_are_no_video(tmp_path: Path) -> None:
    (tmp_path / "s.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nhello\n")
    path = encode(tmp_path / "a.mkv", "-i", str(tmp_path / "s.srt"), "-c:s", "srt")
    with pytest.raises(MediaError, match="no video stream"):
        probe(path)


@pytest.mark.parametrize("content", [b"", b"just a text\n" * 100, bytes(range(256)) * 400, b"\0" * 100_000])
def test_what_is_no_media_is_called_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match="Invalid data|no video stream|Invalid argument") as caught:
        probe(path)
    assert str(tmp_path) not in str(caught.value)


def test_a_truncated_file_is_called_so_or_read_as_far_as_it_goes(tmp_path: Path, sample: bytes) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(sample[: len(sample) // 2])
    with pytest.raises(MediaError):
        probe(cut)
    whole = make_video(tmp_path / "whole.ts", duration=2, rate=25).read_bytes()
    (tmp_path / "cut.ts").write_bytes(whole[: len(whole) // 2])
    assert probe(tmp_path / "cut.ts").width == 320


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("Video: h264 (High), none", (None, None, "h264", None)),
        ("Video: none, 320x180", (None, None, "", None)),
        ("Video: h264, yuv420p, 320x180 [SAR 0:1 DAR 0:1], 25 fps", (320, 180, "h264", 25.0)),
        ("Video: h264, yuv420p, 320x180, 90k tbr", (320, 180, "h264", 90000.0)),
    ],
)
def test_what_moviepy_can_not_read_is_left_unknown(stream: str, expected: tuple[object, ...]) -> None:
    text = f"Input #0, avi, from 'file:x':\n  Duration: 00:00:02.50, bitrate: N/A\n  Stream #0:0: {stream}\n"
    facts = probing.parse(text)
    assert (facts.width, facts.height, facts.video_codec, facts.frame_rate) == expected
    assert (facts.duration, facts.bitrate, facts.container) == (2.5, None, "avi")


def test_a_text_without_anything_gives_no_facts() -> None:
    assert probing.parse("") == MediaFacts()


def test_chapters_are_read_with_their_names_or_numbers(tmp_path: Path) -> None:
    described = tmp_path / "chapters"
    lines = [";FFMETADATA1", "title=The whole"]
    for start, end, title in ((0, 400, "title=The  way in"), (400, 700, ""), (700, 1000, "title=été 100%")):
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={start}", f"END={end}", title]
    described.write_text("\n".join(lines) + "\n")
    sources = ("-i", str(make_video(tmp_path / "plain.mp4")), "-f", "ffmetadata", "-i", str(described))
    first, second, third = (0.0, "The way in"), (0.4, "Chapter 2"), (0.7, "été 100%")
    for name, chapters in (
        ("a.mkv", (first, second, third)),
        ("a.mp4", (first, third)),
    ):  # mp4 keeps none without a name
        facts = probe(encode(tmp_path / name, *sources, "-map_metadata", "1", "-c", "copy"))
        assert facts.chapters == chapters
    assert probe(tmp_path / "plain.mp4").chapters == ()


WORDS = (
    "Input #0, mov,mp4, from 'file:a.mp4':", "  Duration: ", "00:00:02.50", "N/A", "-1:59:59.99", ", start: ", "0.0",
    ", bitrate: ", " kb/s", "  Stream #0:0", "[0x1]", "(eng)", ": Video: ", ": Audio: ", ": Subtitle: ", "h264", "none",
    " (attached pic)", " (forced)", ", yuv420p, ", "320x180", "99999999999x0", " [SAR 0:1 DAR 0:1]", " [SAR 1:0 ",
    ", ", "25 fps", "1k tbr", "nan fps", "    Metadata:", "      title           : ", "  Chapters:",
    "    Chapter #0:0: start 0.000000, end 1.000000", "    Chapter #0:1: start -9.5, end nan", "      displaymatrix: ",
    "rotation of -90.00 degrees", "rotation of ..- degrees", "\n", "\n", "\0", "\ufffd",
)  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(WORDS), st.integers().map(str), st.text(max_size=9)), max_size=40))
def test_whatever_ffmpeg_says_is_read(words: list[str]) -> None:
    text = "".join(words)
    facts = probing.parse(text)
    assert facts.duration is None or facts.duration >= 0
    assert facts.width is None or facts.width > 0
    assert all(second >= 0 and name for second, name in facts.chapters)
    assert len(readable(text).splitlines()) <= 3
    assert len({stream.number for stream in streams_in(text)}) <= MOST_STREAMS


@pytest.mark.parametrize(
    "part", ["[", "[a] ", "Input #0, ", " ", "(", "\n", "Chapter #0:0: start 0", ", 1x1 [SAR 1:1 ", "9"]
)
def test_much_of_the_same_takes_no_more_steps_than_it_has_characters(part: str) -> None:
    """Were one pattern quadratic, this would take hours."""
    long = part * ((1 << 17) // len(part))
    for begin in (
        "",
        "Input #0, ",
        "  Stream #0:0: Video: ",
        "  Stream #0:1(",
        "    Chapter #0:0: start ",
        "    title",
    ):
        probing.parse(begin + long)
        streams_in(begin + long)
        readable(begin + long)
