"""From any bytes to WebVTT."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.thumbnails.awkward_subtitles import Awkward, ass, corpus, srt, vtt
from thumbnails.webvtt import converting
from thumbnails.webvtt.converting import MOST_BYTES, MOST_CUES, Conversion, convert

TIME = r"(\d\d:[0-5]\d:[0-5]\d\.\d{3})"
TIMING = re.compile(rf"{TIME} --> {TIME}((?: (?:line|position|size|align|vertical):[a-z0-9.%-]+)*)")
MARKUP = re.compile(r"<(/?)(i|b|u|c)((?:\.[\w-]+)*)>", re.ASCII)
FILES = list(corpus())


def cues_of(webvtt: str) -> list[tuple[str, str, str, str]]:
    """(start, end, settings, text) of a file that is as strict as the standard; else the test fails."""
    head, *blocks = webvtt.removesuffix("\n").split("\n\n")
    assert head == "WEBVTT"
    cues = []
    for block in blocks:
        timing, _, text = block.partition("\n")
        match = TIMING.fullmatch(timing)
        assert match, timing
        assert match[1] < match[2]
        assert all(line.strip() for line in text.split("\n"))
        assert is_balanced(text), text
        cues.append((match[1], match[2], match[3].strip(), text))
    return cues


def is_balanced(text: str) -> bool:
    """Whether nothing but our tags is markup, and each is closed."""
    way: list[str] = []
    for closing, name, _classes in MARKUP.findall(text):
        if not closing:
            way.append(name)
        elif not way or way.pop() != name:
            return False
    rest = MARKUP.sub("", text)
    return not way and not re.search("[<>\0\r]", rest) and not re.search(r"&(?!(amp|lt|gt);)", rest)


def is_sound(conversion: Conversion) -> bool:
    cues = cues_of(conversion.webvtt)
    conversion.webvtt.encode()
    in_order = all(first[0] <= second[0] for first, second in pairwise(cues))
    return in_order and len(cues) == conversion.cues and bool(cues) != bool(conversion.problem)


@given(st.binary(max_size=2000))
@example(b"\xff\xfe\x00\xd8")
@example(b"WEBVTT\n\n00:01.000 --> 00:02.000\n&#" + b"1" * 9000 + b";")
def test_any_bytes_are_converted(content: bytes) -> None:
    assert is_sound(convert(content))


LIKELY = st.sampled_from(
    [
        *("\n", "\n\n", "\r\n", "1", " ", "-->", "00:00:01,000 --> 00:00:02,000\n", "0:1.5 --> 9:9", "<i>", "</i>"),
        *("<c.x>", "</c>", "<b", ">", "&amp;", "&#10;", "{\\an8}", "{\\i1", "}", "{\\p1}", "\\N", "WEBVTT\n", "NOTE"),
        *("[Events]\n", "Format: Start, End, Text\n", "Dialogue: 0,0:00:01.00,0:00:02.00,,,,,,,", "Style: a,,,1\n"),
        *("\0", "\u202e", "\ufeff", "line:0", "align:left", "X", "é"),
    ]
)


@given(st.lists(LIKELY | st.text(max_size=5), max_size=60).map("".join), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_whatever_looks_like_subtitles_is_converted(text: str, encoding: str) -> None:
    assert is_sound(convert(text.encode(encoding, errors="replace")))


@given(st.sampled_from(FILES), st.data())
def test_damaged_subtitles_are_converted(file: Awkward, data: st.DataObject) -> None:
    content = bytearray(file.content[:3000])
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(start + 40, len(content))))
        content[start:end] = data.draw(st.binary(max_size=10) | st.just(bytes(content[end : end + 200])))
    assert is_sound(convert(bytes(content), data.draw(st.sampled_from(["", "ru", "ja", "und", "pt-BR"]))))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_awkward_files_keep_their_cues(file: Awkward) -> None:
    conversion = convert(file.content)
    assert is_sound(conversion)
    assert conversion.cues == file.cues


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (srt("<i>a</i> & <3 <b>b"), [("", "<i>a</i> &amp; &lt;3 <b>b</b>")]),
        (srt("<FONT color=red>a</FONT><script>"), [("", "a&lt;script&gt;")]),
        (srt("a<br>b", "1984"), [("", "a\nb"), ("", "1984")]),
        (srt(r"{\an8}top", r"{\an4}left"), [("line:0", "top"), ("line:50% align:left", "left")]),
        (vtt("NOTE x", "id\n00:01.000 --> 00:02.000 align:start foo:1\n<v Ann>A &amp; <c.x>B</c>"),
         [("align:start", "A &amp; <c.x>B</c>")]),
        (ass(r"{\i1}a{\i0}\Nb{\p1}m 0 0{\p0}", r"{\an7}c{\k9}d"), [("", "<i>a</i>\nb"), ("line:0 align:left", "cd")]),
        (ass(r"sign{\r}", r"{\rDefault}plain", style="Sign"),
         [("line:0", "<b><i>sign</i></b>"), ("line:0", "plain")]),
    ],
)  # fmt: skip
def test_what_becomes_of_styles_and_places(content: str, expected: list[tuple[str, str]]) -> None:
    assert [(settings, text) for _, _, settings, text in cues_of(convert(content.encode()).webvtt)] == expected


def test_cues_come_in_the_order_of_their_times() -> None:
    times = ("00:00:05,5 --> 00:00:06", "-00:00:01,000 --> 00:01:02,050")
    content = "\n\n".join(f"{time}\n{time[-1]}" for time in times).encode()
    assert [cue[:2] for cue in cues_of(convert(content).webvtt)] == [
        ("00:00:00.000", "00:01:02.050"),
        ("00:00:05.500", "00:00:06.000"),
    ]


@pytest.mark.parametrize(
    ("text", "encoding", "language"),
    [
        ("Größe, bitte schön", "cp1252", ""),
        ("Où est passée l'Étoile ?", "cp1252", "fr"),
        ("Żółw źle śpi", "cp1250", "pl"),
        ("Привет, как дела? Хорошо", "cp1251", ""),
        ("Привет, как дела? Хорошо", "koi8_r", ""),
        ("Καλημέρα σας, τι κάνετε;", "cp1253", ""),
        ("שלום, מה שלומך?", "cp1255", "he"),
        ("こんにちは、元気ですか。", "cp932", ""),
        ("你好，我們走吧。謝謝", "big5", ""),
        ("안녕하세요, 어떻게 지내세요?", "cp949", "ko"),
        ("é", "utf-8-sig", ""),
        ("é", "utf-16", ""),
        ("é and more", "utf-16-be", ""),
        ("日本", "utf-8", "ru"),
    ],
)
def test_old_encodings_are_guessed_the_language_helps(text: str, encoding: str, language: str) -> None:
    assert text in convert(srt(text).encode(encoding), language).webvtt


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "It is empty."),
        (b" \r\n\n", "It is empty."),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10, "No subtitles were found in it."),
        (b"x" * (MOST_BYTES + 1), "It is larger than 16 MB."),
    ],
)
def test_what_holds_no_subtitles_says_why(content: bytes, problem: str) -> None:
    assert convert(content) == Conversion("WEBVTT\n", 0, problem)


def test_too_many_cues_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_CUES == 50_000
    monkeypatch.setattr(converting, "MOST_CUES", 2)
    assert convert(srt("a", "b").encode()).cues == 2
    assert convert(srt("a", "b", "c").encode()).problem == "It has more than 2 cues."


def test_a_cue_is_cut_where_nobody_could_read_it() -> None:
    conversion = convert((srt("a" * 50_000) + "b\n" * 50_000).encode())
    assert len(conversion.webvtt) < 2100


@pytest.mark.parametrize("part", ["<", "{\\", "<a ", "\n", "0:", "&", "{\\t(", "[", "-->", "Dialogue:,,", " ", "<b>"])
def test_a_megabyte_of_the_same_takes_no_more_steps_than_it_has_characters(part: str) -> None:
    """Were one pattern quadratic, this would take hours."""
    long = part * (1_000_000 // len(part))
    for begin in (
        "00:01 --> 00:02\n",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n",
        "[Events]\nDialogue: 0,0:0:1,0:0:2,,,,,,,",
    ):
        assert is_sound(convert((begin + long).encode()))


def test_a_tag_that_never_ends_costs_each_cue_no_more_than_its_length() -> None:
    """Were the pattern quadratic, these would take a second each, and the time be up."""
    conversion = convert(srt(*["<" + "a" * 10_000] * 1_000).encode())
    assert (conversion.problem, conversion.cues) == ("", 1_000)


def test_a_file_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converting, "TIME_LIMIT", 0)
    assert convert(srt("a").encode()) == Conversion("WEBVTT\n", 0, "It takes longer than 0 seconds to read.")
    assert convert(ass("a").encode()).problem == "It takes longer than 0 seconds to read."
